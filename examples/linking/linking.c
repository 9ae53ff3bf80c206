// SPDX-License-Identifier: MIT
/*
 * Two instances that share a memory, a table and a global, and what a runtime leaves
 * to the library while code runs: the bulk instructions on memories and tables.
 *
 *	linking [device|mmap|ondemand]
 *
 * The modules are written down as structs, as a runtime does that has a parser of its
 * own. The module "log" exports all it has; "program" imports that. The functions
 * log_print() and program_run() take the place of compiled code.
 */
#include <err.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <libshim.h>

/* How code of this runtime calls a function of type 0. */
typedef void function_body(void *vmctx, uint32_t at, uint32_t length);

static void check(int error)
{
	if (error)
		errx(1, "%s (%s)", shim_error(), strerror(-error));
}

/* ---- the modules -------------------------------------------------------- */

#define NAME(text)                                          \
	{                                                   \
		.bytes = (text), .length = sizeof(text) - 1 \
	}

static const uint32_t two_i32[] = { SHIM_TYPE_I32, SHIM_TYPE_I32 };
static const struct shim_type types[] = { { .params = two_i32, .param_count = 2 } };
static const uint32_t log_functions[] = { 0 };

static const struct shim_table_plan table = {
	.type = SHIM_TYPE_FUNCREF,
	.flags = SHIM_PLAN_MAXIMUM,
	.minimum = 2,
	.maximum = 4,
};
static const struct shim_memory_plan memory = { .minimum = 1 };

static const struct shim_global count = {
	.type = { .type = SHIM_TYPE_I32, .is_mutable = 1 },
	.init = { .op = SHIM_CONST_I32 },
};

static const struct shim_export log_exports[] = {
	{ .name = NAME("print"), .kind = SHIM_EXTERN_FUNCTION },
	{ .name = NAME("functions"), .kind = SHIM_EXTERN_TABLE },
	{ .name = NAME("memory"), .kind = SHIM_EXTERN_MEMORY },
	{ .name = NAME("count"), .kind = SHIM_EXTERN_GLOBAL },
};

static const struct shim_module_desc log_desc = {
	.size = sizeof(log_desc),
	.types = types,
	.type_count = 1,
	.defined_functions = log_functions,
	.defined_function_count = 1,
	.defined_tables = &table,
	.defined_table_count = 1,
	.defined_memories = &memory,
	.defined_memory_count = 1,
	.defined_globals = &count,
	.defined_global_count = 1,
	.exports = log_exports,
	.export_count = 4,
};

static const struct shim_element print_refs[] = { { .op = SHIM_CONST_REF_FUNC } };
static const struct shim_element_segment elements = {
	.mode = SHIM_SEGMENT_PASSIVE,
	.type = SHIM_TYPE_FUNCREF,
	.count = 1,
	.elements = print_refs,
};
static const struct shim_data_segment data = {
	.mode = SHIM_SEGMENT_PASSIVE,
	.bytes = "hello",
	.length = 5,
};

static struct shim_module *program_module(void)
{
	const struct shim_import imports[] = {
		{ .module = NAME("log"), .name = NAME("print"), .kind = SHIM_EXTERN_FUNCTION },
		{ .module = NAME("log"),
		  .name = NAME("functions"),
		  .kind = SHIM_EXTERN_TABLE,
		  .table = table },
		{ .module = NAME("log"),
		  .name = NAME("memory"),
		  .kind = SHIM_EXTERN_MEMORY,
		  .memory = memory },
		{ .module = NAME("log"),
		  .name = NAME("count"),
		  .kind = SHIM_EXTERN_GLOBAL,
		  .global = count.type },
	};
	const struct shim_module_desc desc = {
		.size = sizeof(desc),
		.types = types,
		.type_count = 1,
		.imports = imports,
		.import_count = 4,
		.elements = &elements,
		.element_count = 1,
		.data = &data,
		.data_count = 1,
	};
	struct shim_module *module;

	/* All of it is copied. */
	check(shim_module_create(&desc, &module));
	return module;
}

/* ---- the instance of "log" ---------------------------------------------- */

/* Its vmctx is the state of the instance, so it finds what the instance has. */
static void log_print(void *vmctx, uint32_t at, uint32_t length)
{
	struct shim_instance *instance = shim_instance_from_state(vmctx);
	const struct shim_vm_memory *memory = shim_instance_memory(instance, 0);
	const char *prefix = (const char *)shim_instance_host_state(instance);

	/* Compiled code would trap on what is out of bounds. */
	if (at + length <= memory->current_length)
		printf("%s %.*s\n", prefix, (int)length, (const char *)memory->base + at);
	shim_instance_global(instance, 0)->bits[0]++;
}

static struct shim_instance *log_make(struct shim_allocator *allocator, struct shim_module *module)
{
	static const void *const bodies[] = { (const void *)log_print };
	struct shim_instance_request request = {
		.size = sizeof(request),
		.module = module,
		.functions = bodies,
		.host_state = (void *)"log:",
	};
	struct shim_instance *instance;

	check(shim_allocator_allocate(allocator, &request, &instance));
	check(shim_allocator_initialize(allocator, instance, 1));
	return instance;
}

/* ---- the instance of "program" ------------------------------------------ */

static struct shim_instance *program_make(struct shim_allocator *allocator,
					  struct shim_module *module, struct shim_instance *log)
{
	const struct shim_vm_func_ref *print = shim_instance_func_ref(log, 0);
	struct shim_vm_function_import function = { .body = print->body, .vmctx = print->vmctx };
	struct shim_vm_table_import table;
	struct shim_vm_memory_import memory;
	struct shim_vm_global_import count;
	struct shim_instance_request request = {
		.size = sizeof(request),
		.module = module,
		.imports = {
			.functions = &function,
			.function_count = 1,
			.tables = &table,
			.table_count = 1,
			.memories = &memory,
			.memory_count = 1,
			.globals = &count,
			.global_count = 1,
		},
	};
	struct shim_instance *instance;

	check(shim_instance_export_table(log, 0, &table));
	check(shim_instance_export_memory(log, 0, &memory));
	check(shim_instance_export_global(log, 0, &count));
	check(shim_allocator_allocate(allocator, &request, &instance));
	check(shim_allocator_initialize(allocator, instance, 1));
	return instance;
}

/* The number of a type of the instance's module, equal in all modules that have it. */
static uint32_t type_id(struct shim_instance *instance, uint32_t type)
{
	const struct shim_vmoffsets *offsets = shim_module_offsets(shim_instance_module(instance));
	unsigned char *state = (unsigned char *)shim_instance_state(instance);
	const uint32_t *ids;

	memcpy(&ids, state + offsets->type_ids, sizeof(ids));
	return ids[type];
}

/* call_indirect with a function of type 0. */
static void call_indirect(struct shim_instance *instance, uint32_t index, uint32_t at,
			  uint32_t length)
{
	struct shim_vm_func_ref *ref;
	void *value;

	check(shim_table_get(instance, 0, index, &value));
	ref = (struct shim_vm_func_ref *)value;
	if (!ref || ref->type != type_id(instance, 0))
		errx(1, "element %" PRIu32 " is not such a function", index);
	((function_body *)ref->body)(ref->vmctx, at, length);
}

static void program_run(struct shim_instance *instance)
{
	uint32_t old_elements;
	void *print;

	/* The text: "hello" from the segment, "hellohello" by a copy, then "!!!". */
	check(shim_memory_init(instance, 0, 0, 0, 0, 5));
	check(shim_memory_copy(instance, 0, 5, 0, 0, 5));
	check(shim_memory_fill(instance, 0, 10, '!', 3));
	check(shim_data_drop(instance, 0));

	/* The table: print in element 0, then in 1 by a copy, then in the new ones. */
	check(shim_table_init(instance, 0, 0, 0, 0, 1));
	check(shim_table_copy(instance, 0, 1, 0, 0, 1));
	check(shim_elem_drop(instance, 0));
	check(shim_table_grow(instance, 0, 2, NULL, &old_elements));
	check(shim_table_get(instance, 0, 0, &print));
	check(shim_table_fill(instance, 0, old_elements, print, 2));

	call_indirect(instance, 1, 0, 5);
	call_indirect(instance, old_elements + 1, 5, 8);

	/* A trap, as the segment was dropped. */
	if (shim_memory_init(instance, 0, 0, 0, 0, 5))
		printf("trap: %s\n", shim_error());
}

/* ---- both --------------------------------------------------------------- */

static struct shim_allocator *allocator_make(const char *name)
{
	enum shim_allocator_kind kind = SHIM_ALLOCATOR_POOLING;
	struct shim_allocator_config config;
	struct shim_allocator *allocator;

	if (strcmp(name, "device") == 0)
		kind = SHIM_ALLOCATOR_POOLING_DEVICE;
	else if (strcmp(name, "mmap") == 0)
		kind = SHIM_ALLOCATOR_POOLING_MMAP;
	else if (strcmp(name, "ondemand") == 0)
		kind = SHIM_ALLOCATOR_ON_DEMAND;
	else if (*name)
		errx(1, "no allocator \"%s\"", name);
	shim_allocator_config_init(&config, kind);
	config.instances = 2;
	check(shim_allocator_create(&config, &allocator));
	return allocator;
}

int main(int argc, char **argv)
{
	struct shim_allocator *allocator = allocator_make(argc > 1 ? argv[1] : "");
	struct shim_module *log_module, *module = program_module();
	struct shim_instance *log, *program;

	check(shim_module_create(&log_desc, &log_module));
	log = log_make(allocator, log_module);
	program = program_make(allocator, module, log);
	program_run(program);
	/* What was imported is the exporter's: both see the same global. */
	printf("count: %" PRIu64 "\n", shim_instance_global(program, 0)->bits[0]);

	/* The one that imports first: it points into the other. */
	shim_allocator_deallocate(allocator, program);
	shim_allocator_deallocate(allocator, log);
	check(shim_allocator_purge_module(allocator, module));
	check(shim_allocator_purge_module(allocator, log_module));
	shim_module_destroy(module);
	shim_module_destroy(log_module);
	shim_allocator_destroy(allocator);
	return 0;
}
