// SPDX-License-Identifier: MIT
// Each element of a new table is what its segments say, and each reference in it is complete.
#include "allocator_test.h"
#include "random.h"
#include "soak.h"

#define IMPORTED 6
#define FUNCTIONS 200 /* with these */
#define TYPES 3
#define SEGMENTS 6
#define ELEMENTS 90 /* of a segment, or of a table, at most */
#define NOTHING UINT32_MAX

/* A module, its parts, and what is in its table when its segments have run. */
struct plan {
	struct shim_module_desc desc;
	struct shim_import imports[IMPORTED];
	uint32_t types[FUNCTIONS];
	struct shim_export exports[FUNCTIONS];
	char names[FUNCTIONS][8];
	struct shim_table_plan table;
	struct shim_element_segment segments[SEGMENTS];
	struct shim_element elements[SEGMENTS][ELEMENTS];
	uint32_t expected[ELEMENTS]; /* the function of each element, or NOTHING */
	int error;		     /* of initialize */
};

static struct plan plan;
static struct shim_vm_function_import imported[IMPORTED];
static const void *code[FUNCTIONS];
static uint64_t seed;

static uint32_t below(uint32_t bound)
{
	return random_below(&seed, bound);
}

static void functions_make(void)
{
	static const uint32_t params[] = { SHIM_TYPE_I32, SHIM_TYPE_I32 };
	static struct shim_type types[TYPES];

	for (uint32_t i = 0; i < TYPES; i++)
		types[i] = (struct shim_type){ .params = params, .param_count = i };
	plan.desc.types = types;
	plan.desc.type_count = TYPES;
	plan.desc.import_count = below(3) ? below(IMPORTED + 1) : 0;
	for (uint32_t i = 0; i < plan.desc.import_count; i++)
		plan.imports[i] = (struct shim_import){ .module = { "m", 1 },
							.name = { "n", 1 },
							.type = below(TYPES) };
	plan.desc.imports = plan.imports;
	plan.desc.defined_function_count = 1 + below(FUNCTIONS - IMPORTED);
	for (uint32_t i = 0; i < plan.desc.defined_function_count; i++)
		plan.types[i] = below(TYPES);
	plan.desc.defined_functions = plan.types;
}

static uint32_t function_count(void)
{
	return plan.desc.import_count + plan.desc.defined_function_count;
}

/* Exports are references that no element needs, between those that some do. */
static void exports_make(void)
{
	uint32_t rare = 1 + below(6);

	for (uint32_t i = 0; i < function_count(); i++) {
		struct shim_export *export = &plan.exports[plan.desc.export_count];

		if (below(rare))
			continue;
		*export = (struct shim_export){ .index = i };
		export->name.bytes = plan.names[i];
		export->name.length =
			(uint32_t)snprintf(plan.names[i], sizeof(plan.names[i]), "%u", i);
		plan.desc.export_count++;
	}
	plan.desc.exports = plan.exports;
}

/* One in eight has other elements than functions, and as many are not active. */
static void segment_make(uint32_t index)
{
	struct shim_element_segment *segment = &plan.segments[index];
	bool is_mixed = !below(8);

	*segment = (struct shim_element_segment){
		.mode = below(8) ? SHIM_SEGMENT_ACTIVE : 1 + below(2),
		.type = SHIM_TYPE_FUNCREF,
		.count = below(3) ? below(20) : below(ELEMENTS + 1),
		.elements = plan.elements[index],
	};
	for (uint32_t i = 0; i < segment->count; i++)
		plan.elements[index][i] = (struct shim_element){
			.op = is_mixed && !below(3) ? SHIM_CONST_REF_NULL : SHIM_CONST_REF_FUNC,
			.index = below(function_count()),
		};
	for (uint32_t i = 0; i < segment->count; i++)
		if (plan.elements[index][i].op == SHIM_CONST_REF_NULL)
			plan.elements[index][i].index = SHIM_TYPE_FUNCREF;
	if (segment->mode != SHIM_SEGMENT_ACTIVE)
		return;
	segment->offset.op = SHIM_CONST_I32;
	segment->offset.bits = below(ELEMENTS - segment->count + 1);
}

/* A table that is shorter at times, so that some segments do not fit. */
static void plan_make(void)
{
	memset(&plan, 0, sizeof(plan));
	shim_module_desc_init(&plan.desc);
	functions_make();
	exports_make();
	plan.table = (struct shim_table_plan){ .type = SHIM_TYPE_FUNCREF, .minimum = ELEMENTS };
	plan.table.minimum -= below(4) ? 0 : below(10);
	plan.desc.defined_tables = &plan.table;
	plan.desc.defined_table_count = 1;
	plan.desc.element_count = below(SEGMENTS + 1);
	plan.desc.elements = plan.segments;
	for (uint32_t i = 0; i < plan.desc.element_count; i++)
		segment_make(i);
}

static bool segment_fits(uint32_t index)
{
	return plan.segments[index].mode != SHIM_SEGMENT_ACTIVE ||
	       plan.segments[index].offset.bits + plan.segments[index].count <= plan.table.minimum;
}

static void segment_expect(uint32_t index)
{
	const struct shim_element *elements = plan.elements[index];
	uint32_t to = (uint32_t)plan.segments[index].offset.bits;

	for (uint32_t i = 0; i < plan.segments[index].count; i++)
		plan.expected[to + i] = elements[i].op == SHIM_CONST_REF_FUNC ? elements[i].index :
										NOTHING;
}

static void expect(bool is_bulk_memory)
{
	uint32_t fit = 0, end;

	memset(plan.expected, 0xff, sizeof(plan.expected));
	while (fit < plan.desc.element_count && segment_fits(fit))
		fit++;
	plan.error = fit < plan.desc.element_count ? -ERANGE : 0;
	end = plan.error && !is_bulk_memory ? 0 : fit;
	for (uint32_t i = 0; i < end; i++)
		if (plan.segments[i].mode == SHIM_SEGMENT_ACTIVE)
			segment_expect(i);
}

/* ---- what is there: read as compiled code does, which asks the library for nothing ------- */

static struct shim_vm_func_ref *ref_of(struct shim_instance *instance, uint32_t function)
{
	const struct shim_module *module = shim_instance_module(instance);

	return (struct shim_vm_func_ref *)((char *)shim_instance_state(instance) +
					   shim_module_offsets(module)->func_refs) +
	       shim_module_func_ref_index(module, function);
}

static void ref_check(struct shim_instance *instance, uint32_t function, bool has_code)
{
	const struct shim_vm_func_ref *ref = ref_of(instance, function);
	uint32_t imports = plan.desc.import_count, type;
	const uint32_t *type_ids =
		*(const uint32_t **)((char *)shim_instance_state(instance) +
				     shim_module_offsets(shim_instance_module(instance))->type_ids);

	type = function < imports ? plan.imports[function].type : plan.types[function - imports];
	test_eq(ref->type, type_ids[type]);
	if (function < imports) {
		test_eq(ref->body, imported[function].body);
		test_eq(ref->vmctx, imported[function].vmctx);
	} else {
		test_eq(ref->body, has_code ? code[function - imports] : NULL);
		test_eq(ref->vmctx, shim_instance_state(instance));
	}
}

static void table_check(struct shim_instance *instance, bool has_code)
{
	void **elements = shim_instance_table(instance, 0)->base;

	for (uint32_t i = 0; i < plan.table.minimum; i++) {
		if (plan.expected[i] == NOTHING) {
			test_eq(elements[i], 0);
			continue;
		}
		test_eq(elements[i], ref_of(instance, plan.expected[i]));
		ref_check(instance, plan.expected[i], has_code);
	}
}

/* References that no element needs are whole, or not there. */
static void others_check(struct shim_instance *instance, bool has_code)
{
	static const struct shim_vm_func_ref none;

	for (uint32_t i = 0; i < plan.desc.export_count; i++)
		if (memcmp(ref_of(instance, plan.exports[i].index), &none, sizeof(none)))
			ref_check(instance, plan.exports[i].index, has_code);
}

/* Passive segments are written as before, and active ones are gone. */
static void init_check(struct shim_instance *instance, bool has_code)
{
	for (uint32_t i = 0; i < plan.desc.element_count; i++) {
		uint32_t count = plan.segments[i].count;
		bool is_passive = plan.segments[i].mode == SHIM_SEGMENT_PASSIVE;

		if (!count || count > plan.table.minimum)
			continue;
		test_err(is_passive ? 0 : -ERANGE, shim_table_init(instance, 0, i, 0, 0, count));
		if (is_passive)
			segment_expect(i);
	}
	table_check(instance, has_code);
}

static void instance_check(struct shim_allocator *allocator, struct shim_module *module)
{
	struct shim_instance_request request = request_of(module);
	bool has_code = below(4), is_bulk_memory = below(4);
	struct shim_instance *instance;

	request.imports.functions = imported;
	request.imports.function_count = plan.desc.import_count;
	request.functions = has_code ? code : NULL;
	expect(is_bulk_memory);
	must(shim_allocator_allocate(allocator, &request, &instance));
	test_err(plan.error, shim_allocator_initialize(allocator, instance, is_bulk_memory));
	table_check(instance, has_code);
	others_check(instance, has_code);
	if (!plan.error)
		init_check(instance, has_code);
	must(shim_table_fill(instance, 0, 0, &plan, (uint32_t)plan.table.minimum));
	shim_allocator_deallocate(allocator, instance);
}

TEST("of functions with and without code, exported, imported, in segments that fit or not")
{
	uint64_t first = soak_start(getenv("GUARDSLOT_GUEST") ? 300 : 3000);
	struct shim_allocator *allocator = allocator_single();
	long round;

	for (uint32_t i = 0; i < FUNCTIONS; i++)
		code[i] = &code[i];
	for (uint32_t i = 0; i < IMPORTED; i++)
		imported[i] = (struct shim_vm_function_import){ &imported[i], &plan.imports[i] };
	for (round = 0; soak_goes_on(round); round++) {
		struct shim_module *module;

		seed = first + (uint64_t)round;
		test_context("seed %" PRIu64, seed);
		plan_make();
		module = module_create(&plan.desc);
		for (int i = 0; i < 3; i++)
			instance_check(allocator, module);
		must(shim_allocator_purge_module(allocator, module));
		shim_module_destroy(module);
	}
	must(shim_allocator_destroy(allocator));
	soak_end(round);
}

TEST_MAIN()
