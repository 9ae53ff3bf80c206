// SPDX-License-Identifier: MIT
// A program cannot tell tables that are filled when they are read from others.
#include "allocator_test.h"
#include "random.h"
#include "soak.h"

/*
 * Two instances, of which the second imports a table of the first, are made twice: by an
 * allocator that fills tables at once, and by one that does when they are read. The same calls
 * have to have the same results in both.
 */
#define INSTANCES 2
#define IMPORTED 2 /* functions of the host's */
#define FUNCTIONS 12
#define TABLES 3
#define SEGMENTS 6
#define ELEMENTS 24 /* of a table, at most, before it grows */
#define OFFSET 0    /* the global with an offset, and the one with a reference */
#define REFERENCE 1

struct plan {
	struct shim_module_desc desc;
	struct shim_import imports[IMPORTED + 3];
	uint32_t types[FUNCTIONS];
	struct shim_export exports[FUNCTIONS];
	struct shim_table_plan tables[TABLES];
	struct shim_element_segment segments[SEGMENTS];
	struct shim_element elements[SEGMENTS][ELEMENTS];
	struct shim_module *module;
};

struct world {
	struct shim_allocator *allocator;
	struct shim_instance *instances[INSTANCES];
};

enum { EAGER, LAZY, WORLDS };

static struct plan plans[INSTANCES];
static struct world worlds[WORLDS];
static struct shim_vm_global offset, reference;
static struct shim_vm_func_ref host_function;
static const void *code[FUNCTIONS];
static uint64_t seed;

static uint32_t below(uint32_t bound)
{
	return random_below(&seed, bound);
}

/* ---- modules ------------------------------------------------------------------------- */

static const struct shim_table_plan *table_plan(const struct plan *plan, uint32_t table)
{
	bool is_imported = plan == &plans[1];

	if (is_imported && !table)
		return &plans[0].tables[0];
	return &plan->tables[table - is_imported];
}

static uint32_t table_count(const struct plan *plan)
{
	return plan->desc.defined_table_count + (plan == &plans[1]);
}

static uint32_t function_table(const struct plan *plan)
{
	uint32_t table;

	do
		table = below(table_count(plan));
	while (table_plan(plan, table)->type != SHIM_TYPE_FUNCREF);
	return table;
}

static void imports_make(struct plan *plan)
{
	uint32_t count = 0;

	for (; count < IMPORTED; count++)
		plan->imports[count] = (struct shim_import){ .kind = SHIM_EXTERN_FUNCTION };
	plan->imports[count].kind = SHIM_EXTERN_GLOBAL;
	plan->imports[count++].global.type = SHIM_TYPE_I32;
	plan->imports[count].kind = SHIM_EXTERN_GLOBAL;
	plan->imports[count++].global.type = SHIM_TYPE_FUNCREF;
	if (plan == &plans[1]) {
		plan->imports[count].kind = SHIM_EXTERN_TABLE;
		plan->imports[count++].table = (struct shim_table_plan){
			.type = SHIM_TYPE_FUNCREF, .flags = plans[0].tables[0].flags & SHIM_PLAN_64
		};
	}
	for (uint32_t i = 0; i < count; i++) {
		plan->imports[i].module = (struct shim_name){ "m", 1 };
		plan->imports[i].name = (struct shim_name){ "n", 1 };
	}
	plan->desc.imports = plan->imports;
	plan->desc.import_count = count;
}

static void functions_make(struct plan *plan)
{
	static const struct shim_type type = { .kind = SHIM_KIND_FUNCTION };
	static const char names[] = "abcdefghijklmnop";

	plan->desc.types = &type;
	plan->desc.type_count = 1;
	plan->desc.defined_function_count = FUNCTIONS - IMPORTED;
	plan->desc.defined_functions = plan->types;
	for (uint32_t i = 0; i < FUNCTIONS; i++)
		plan->exports[i] = (struct shim_export){ { &names[i], 1 }, 0, i };
	plan->desc.exports = plan->exports;
	plan->desc.export_count = FUNCTIONS;
}

/* The last is of references that are no functions. */
static void tables_make(struct plan *plan)
{
	plan->desc.defined_table_count = TABLES - below(2);
	plan->desc.defined_tables = plan->tables;
	for (uint32_t i = 0; i < TABLES; i++) {
		plan->tables[i] = (struct shim_table_plan){
			.type = i == TABLES - 1 ? SHIM_TYPE_EXTERNREF : SHIM_TYPE_FUNCREF,
			.flags = below(3) ? 0 : SHIM_PLAN_64,
			.minimum = below(4) ? ELEMENTS : below(ELEMENTS),
		};
		if (i < TABLES - 1 && !below(6))
			plan->tables[i].init =
				(struct shim_const_instr){ .op = SHIM_CONST_REF_FUNC,
							   .index = below(FUNCTIONS) };
	}
}

static struct shim_element element_make(uint32_t rare)
{
	if (rare && !below(rare))
		return (struct shim_element){ SHIM_CONST_GLOBAL_GET, REFERENCE };
	if (!below(8))
		return (struct shim_element){ SHIM_CONST_REF_NULL, SHIM_TYPE_FUNCREF };
	return (struct shim_element){ SHIM_CONST_REF_FUNC, below(FUNCTIONS) };
}

static void segment_make(struct plan *plan, uint32_t index)
{
	struct shim_element_segment *segment = &plan->segments[index];
	uint32_t rare = below(6) ? 0 : 3;
	bool is_long;

	*segment = (struct shim_element_segment){
		.mode = below(4) ? SHIM_SEGMENT_ACTIVE : 1 + below(2),
		.type = SHIM_TYPE_FUNCREF,
		.count = below(ELEMENTS / 2),
		.elements = plan->elements[index],
	};
	for (uint32_t i = 0; i < segment->count; i++)
		plan->elements[index][i] = element_make(rare);
	if (segment->mode != SHIM_SEGMENT_ACTIVE)
		return;
	segment->table = function_table(plan);
	is_long = table_plan(plan, segment->table)->flags & SHIM_PLAN_64;
	segment->offset.op = is_long ? SHIM_CONST_I64 : SHIM_CONST_I32;
	segment->offset.bits = below(ELEMENTS / 2 + 2);
	if (!is_long && !below(6))
		segment->offset =
			(struct shim_const_instr){ .op = SHIM_CONST_GLOBAL_GET, .index = OFFSET };
}

static void plan_make(struct plan *plan)
{
	memset(plan, 0, sizeof(*plan));
	shim_module_desc_init(&plan->desc);
	tables_make(plan);
	imports_make(plan);
	functions_make(plan);
	plan->desc.element_count = below(SEGMENTS + 1);
	plan->desc.elements = plan->segments;
	for (uint32_t i = 0; i < plan->desc.element_count; i++)
		segment_make(plan, i);
	plan->module = module_create(&plan->desc);
}

/* ---- instances ------------------------------------------------------------------------ */

static void instance_make(struct world *world, uint32_t which)
{
	const struct shim_vm_function_import functions[IMPORTED] = { { .body = code[0] },
								     { .body = code[1] } };
	const struct shim_vm_global_import globals[] = { { &offset }, { &reference } };
	struct shim_instance_request request = request_of(plans[which].module);
	struct shim_vm_table_import table;

	request.imports.functions = functions;
	request.imports.function_count = IMPORTED;
	request.functions = &code[IMPORTED];
	request.imports.globals = globals;
	request.imports.global_count = 2;
	if (which) {
		must(shim_instance_export_table(world->instances[0], 0, &table));
		request.imports.tables = &table;
		request.imports.table_count = 1;
	}
	must(shim_allocator_allocate(world->allocator, &request, &world->instances[which]));
}

/* Those that are gone took their references with them, wherever these are. */
static void instances_remake(void)
{
	for (int w = 0; w < WORLDS; w++)
		for (uint32_t which = INSTANCES; which-- > 0;)
			shim_allocator_deallocate(worlds[w].allocator, worlds[w].instances[which]);
	for (int w = 0; w < WORLDS; w++)
		for (uint32_t which = 0; which < INSTANCES; which++)
			instance_make(&worlds[w], which);
}

/* ---- what a reference is in either world ------------------------------------------------ */

#define OF_HOST (INSTANCES * FUNCTIONS)
#define NOTHING UINT32_MAX

/* All functions have one, in their order; nothing is asked that would make them whole. */
static const struct shim_vm_func_ref *refs_of(const struct shim_instance *instance)
{
	const struct shim_vmoffsets *offsets = shim_module_offsets(shim_instance_module(instance));
	const char *state = shim_instance_state(instance);

	return (const void *)(state + offsets->func_refs);
}

static uint32_t identity(const struct world *world, const void *value)
{
	if (!value)
		return NOTHING;
	if (value == &host_function)
		return OF_HOST;
	for (uint32_t which = 0; which < INSTANCES; which++) {
		const struct shim_vm_func_ref *refs = refs_of(world->instances[which]);

		for (uint32_t i = 0; i < FUNCTIONS; i++)
			if (value == &refs[i]) {
				test_eq(refs[i].body, code[i]);
				return which * FUNCTIONS + i;
			}
	}
	test_fail("%p is no reference of this world", value);
	return NOTHING;
}

static void *value_of(const struct world *world, uint32_t identity)
{
	if (identity == NOTHING)
		return NULL;
	if (identity == OF_HOST)
		return &host_function;
	return shim_instance_func_ref(world->instances[identity / FUNCTIONS], identity % FUNCTIONS);
}

/* As compiled code reads an element, which asks for those that are 0 only. */
static void *element_read(const struct world *world, uint32_t which, uint32_t table, uint32_t at)
{
	struct shim_instance *instance = world->instances[which];
	const struct shim_vm_table *read = shim_instance_table(instance, table);
	bool is_tagged = world == &worlds[LAZY] &&
			 table_plan(&plans[which], table)->type == SHIM_TYPE_FUNCREF;
	uintptr_t element = ((uintptr_t *)read->base)[at];
	void *value;

	test_eq(read->flags & SHIM_VM_TABLE_TAGGED, is_tagged ? SHIM_VM_TABLE_TAGGED : 0);
	test_eq(element & 1, is_tagged && element ? 1 : 0);
	if (!is_tagged || element)
		return (void *)(element & ~(uintptr_t)1);
	must(shim_table_get(instance, table, at, &value));
	test_eq(((uintptr_t *)read->base)[at], (uintptr_t)value | 1);
	return value;
}

static void element_compare(uint32_t which, uint32_t table, uint32_t at)
{
	uint32_t found[WORLDS];

	for (int w = 0; w < WORLDS; w++)
		found[w] = identity(&worlds[w], element_read(&worlds[w], which, table, at));
	if (found[EAGER] != found[LAZY])
		test_fail("instance %u, table %u, element %u: %d, and lazily %d", which, table, at,
			  (int)found[EAGER], (int)found[LAZY]);
}

static void tables_compare(void)
{
	for (uint32_t which = 0; which < INSTANCES; which++)
		for (uint32_t table = 0; table < table_count(&plans[which]); table++) {
			uint32_t length = table_length(worlds[0].instances[which], table);

			test_eq(table_length(worlds[1].instances[which], table), length);
			for (uint32_t at = 0; at < length; at++)
				element_compare(which, table, at);
		}
}

/* Whether a snapshot can be used when the other instance is gone. */
static bool has_own_only(uint32_t which)
{
	const struct world *world = &worlds[EAGER];

	if (which || !is_pooling())
		return false;
	for (uint32_t table = 0; table < table_count(&plans[0]); table++)
		for (uint32_t at = 0; at < table_length(world->instances[0], table); at++) {
			uint32_t found = identity(world, element_read(world, 0, table, at));

			if (found != NOTHING && found / FUNCTIONS == 1)
				return false;
		}
	return true;
}

/* ---- steps ---------------------------------------------------------------------------- */

/* Arguments of a call, some of which are out of bounds. */
struct arguments {
	uint32_t which, table, other, to, from, length, segment, identity, what;
};

static struct arguments arguments_make(void)
{
	uint32_t which = below(INSTANCES);

	return (struct arguments){
		.which = which,
		.table = function_table(&plans[which]),
		.other = function_table(&plans[which]),
		.to = below(ELEMENTS),
		.from = below(ELEMENTS),
		.length = below(4) ? below(4) : below(ELEMENTS),
		.segment = below(SEGMENTS),
		.identity = below(4) ? below(OF_HOST + 1) : NOTHING,
		.what = below(20),
	};
}

static int call(const struct world *world, const struct arguments *a)
{
	struct shim_instance *instance = world->instances[a->which];
	void *value = value_of(world, a->identity);

	switch (a->what) {
	case 0:
	case 1:
		return shim_table_set(instance, a->table, a->to, value);
	case 2:
		return shim_table_fill(instance, a->table, a->to, value, a->length);
	case 3:
	case 4:
	case 5:
		return shim_table_copy(instance, a->table, a->to, a->other, a->from, a->length);
	case 6:
	case 7:
		return shim_table_init(instance, a->table, a->segment, a->to, a->from % 4,
				       a->length);
	case 8:
		return shim_table_grow(instance, a->table, a->length % 4, value, NULL);
	case 9:
		return shim_elem_drop(instance, a->segment);
	case 10:
		return shim_allocator_initialize(world->allocator, instance, a->from % 2);
	case 11:
		return has_own_only(a->which) ? shim_instance_snapshot(instance) : 0;
	default:
		return shim_table_get(instance, a->table, a->to, &value);
	}
}

static int instances_call(const struct arguments *arguments)
{
	int errors[WORLDS];

	for (int w = 0; w < WORLDS; w++)
		errors[w] = call(&worlds[w], arguments);
	test_eq(errors[LAZY], errors[EAGER]);
	return errors[EAGER];
}

static void step(void)
{
	struct arguments arguments = arguments_make();

	if (!below(40))
		instances_remake();
	else if (!instances_call(&arguments) && arguments.what > 11)
		element_compare(arguments.which, arguments.table, arguments.to);
	if (!below(30))
		tables_compare();
}

static struct shim_allocator *allocator_make(uint32_t flags)
{
	struct shim_allocator_config config = config_small();

	config.max_tables = TABLES;
	config.instances = INSTANCES;
	config.flags = flags;
	return allocator_create(&config);
}

static void run(void)
{
	offset.bits[0] = below(4);
	reference.bits[0] = (uintptr_t)&host_function;
	for (int which = 0; which < INSTANCES; which++)
		plan_make(&plans[which]);
	instances_remake();
	/* Most programs run when their instances are initialized. */
	for (uint32_t which = 0; which < INSTANCES; which++)
		if (below(4))
			instances_call(
				&(struct arguments){ .which = which, .what = 10, .from = 1 });
	for (uint32_t steps = below(60); steps; steps--)
		step();
	tables_compare();
	for (uint32_t which = INSTANCES; which-- > 0;) {
		for (int w = 0; w < WORLDS; w++) {
			shim_allocator_deallocate(worlds[w].allocator, worlds[w].instances[which]);
			worlds[w].instances[which] = NULL;
			must(shim_allocator_purge_module(worlds[w].allocator, plans[which].module));
		}
		shim_module_destroy(plans[which].module);
	}
}

TEST("after random calls, before and after segments have run, fit or not, and in snapshots")
{
	uint64_t first = soak_start(getenv("GUARDSLOT_GUEST") ? 100 : 3000);
	long round;

	for (uint32_t i = 0; i < FUNCTIONS; i++)
		code[i] = &code[i];
	worlds[EAGER].allocator = allocator_make(0);
	worlds[LAZY].allocator = allocator_make(SHIM_ALLOCATOR_LAZY_TABLES);
	for (round = 0; soak_goes_on(round); round++) {
		seed = first + (uint64_t)round;
		test_context("seed %" PRIu64, seed);
		run();
	}
	for (int w = 0; w < WORLDS; w++)
		must(shim_allocator_destroy(worlds[w].allocator));
	soak_end(round);
}

TEST_MAIN()
