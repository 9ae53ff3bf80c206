// SPDX-License-Identifier: MIT
// What an instance imports is the exporter's, to read, to write, to initialize and to grow.
#include "allocator_test.h"

static struct shim_allocator *allocator;
static struct shim_module *exporter, *importer;
static struct shim_instance *from, *to;
static struct shim_vm_function_import function;
static struct shim_vm_table_import table;
static struct shim_vm_memory_import memory;
static struct shim_vm_global_import globals[3];

static struct shim_instance_request import_request(struct shim_instance *instance)
{
	struct shim_instance_request request = request_of(importer);

	function = (struct shim_vm_function_import){ .body = (void *)1, .vmctx = (void *)2 };
	must(shim_instance_export_table(instance, 0, &table));
	must(shim_instance_export_memory(instance, 0, &memory));
	for (uint32_t i = 0; i < 3; i++)
		must(shim_instance_export_global(instance, i, &globals[i]));
	request.imports = (struct shim_imports){
		.functions = &function,
		.tables = &table,
		.memories = &memory,
		.globals = globals,
		.function_count = 1,
		.table_count = 1,
		.memory_count = 1,
		.global_count = 3,
	};
	return request;
}

static void start(void)
{
	struct shim_instance_request request;

	allocator = allocator_small();
	exporter = module_load("instance/exporter");
	importer = module_load("instance/importer");
	from = instance_new(allocator, exporter);
	request = import_request(from);
	to = instance_request(allocator, &request);
}

static void finish(void)
{
	shim_allocator_deallocate(allocator, to);
	shim_allocator_deallocate(allocator, from);
	shim_module_destroy(exporter);
	shim_module_destroy(importer);
	must(shim_allocator_destroy(allocator));
}

TEST("segments are written to imported tables and memories, at imported offsets")
{
	struct shim_vm_func_ref *imported, *own;

	start();
	imported = shim_instance_func_ref(to, 0);
	own = shim_instance_func_ref(to, 1);
	text_is(from, 0, "exIMPORT");
	text_is(to, 0, "exIMPORT");
	test_eq(memory_at(to, 0), memory_at(from, 0));
	test_eq(table_at(from, 0, 1), 0);
	test_eq(table_at(from, 0, 2), own);
	test_eq(table_at(from, 0, 3), imported);
	test_eq(imported->body, 1);
	test_eq(imported->vmctx, 2);
	test_eq(own->vmctx, shim_instance_state(to));
	finish();
}

TEST("what the importer defines comes behind what it imports, and is its own")
{
	start();
	test_mem((const void *)memory_at(to, 1), "\0\0\0\0\0\0\0\0own", 12);
	test_ok(memory_at(to, 1) != memory_at(to, 0));
	test_eq(memory_length(to, 1), 2 * WASM_PAGE);
	test_eq(table_length(to, 0), 4);
	test_eq(table_length(to, 1), 3);
	test_eq(table_at(to, 1, 0), shim_instance_func_ref(to, 0));
	test_eq(table_at(to, 2, 1), 0);
	test_ok(!shim_instance_memory(to, 2));
	test_ok(!shim_instance_table(to, 3));
	finish();
}

TEST("globals are worked out from imported ones; imported ones are shared")
{
	start();
	test_eq(shim_instance_global(to, 0)->bits[0], 2);
	test_eq(shim_instance_global(to, 3)->bits[0], 2);
	test_eq(shim_instance_global(to, 4)->bits[0], 42);
	test_eq(shim_instance_global(to, 5)->bits[0], shim_instance_func_ref(to, 0));
	shim_instance_global(to, 1)->bits[0] = 77;
	test_eq(shim_instance_global(from, 1)->bits[0], 77);
	finish();
}

TEST("an imported memory grows for both, to the exporter's maximum")
{
	uint64_t old;

	start();
	must(shim_memory_grow(to, 0, 2, &old));
	test_eq(old, 1);
	test_eq(memory_length(from, 0), 3 * WASM_PAGE);
	test_eq(memory_length(to, 0), 3 * WASM_PAGE);
	memory_at(to, 0)[3 * WASM_PAGE - 1] = 1;
	touches_fault(memory_at(from, 0) + 3 * WASM_PAGE);
	test_err(-ENOSPC, shim_memory_grow(to, 0, 2, &old));
	must(shim_memory_grow(from, 0, 1, &old));
	test_eq(memory_length(to, 0), 4 * WASM_PAGE);
	must(shim_memory_grow(to, 1, 1, &old));
	test_eq(old, 2);
	test_eq(memory_length(to, 1), 3 * WASM_PAGE);
	finish();
}

TEST("an imported table grows for both")
{
	uint32_t old;

	start();
	must(shim_table_grow(to, 0, 4, (void *)5, &old));
	test_eq(old, 4);
	test_eq(table_length(from, 0), 8);
	test_eq(table_at(from, 0, 7), 5);
	test_eq(table_at(to, 0, 2), shim_instance_func_ref(to, 1));
	test_err(-ENOSPC, shim_table_grow(from, 0, 1, NULL, NULL));
	must(shim_table_grow(to, 1, 1, (void *)6, &old));
	test_eq(table_at(to, 1, 3), 6);
	test_eq(table_length(from, 0), 8);
	finish();
}

TEST("what was imported can be exported again")
{
	struct shim_vm_memory_import again;
	struct shim_vm_table_import table_again;

	start();
	must(shim_instance_export_memory(to, 0, &again));
	test_mem(&again, &memory, sizeof(again));
	must(shim_instance_export_table(to, 0, &table_again));
	test_mem(&table_again, &table, sizeof(table_again));
	must(shim_instance_export_memory(to, 1, &again));
	test_eq(again.vmctx, shim_instance_state(to));
	test_eq(again.defined_memory, 0);
	test_eq(again.from, shim_instance_memory(to, 1));
	finish();
}

TEST("a failing importer leaves what it wrote to the exporter, as specified")
{
	struct shim_instance_request request;
	struct shim_instance *other;

	start();
	/* Its offset is now such that the second of the elements does not fit. */
	shim_instance_global(from, 0)->bits[0] = 3;
	request = import_request(from);
	must(shim_allocator_allocate(allocator, &request, &other));
	test_err(-ERANGE, shim_allocator_initialize(allocator, other, 1));
	text_is(from, 0, "exIMPORT");
	memory_is(other, 1, 0);
	shim_allocator_deallocate(allocator, other);

	/* And now the elements fit and the data for the imported memory does not. */
	must(shim_table_grow(from, 0, 4, NULL, NULL));
	shim_instance_global(from, 0)->bits[0] = 6;
	memory.from->current_length = 10;
	request = import_request(from);
	for (int bulk = 0; bulk < 2; bulk++) {
		must(shim_allocator_allocate(allocator, &request, &other));
		test_err(-EFAULT, shim_allocator_initialize(allocator, other, bulk));
		text_is(from, 0, "exIMPORT");
		test_eq(table_at(from, 0, 6), bulk ? shim_instance_func_ref(other, 1) : NULL);
		memory_is(other, 1, 0);
		shim_allocator_deallocate(allocator, other);
	}
	finish();
}

static void is_refused(const char *message, const struct shim_instance_request *request)
{
	struct shim_instance *made;

	must_fail(-EFAULT, message, shim_allocator_allocate(allocator, request, &made));
}

TEST("an import that is NULL is refused, with its place, and never followed")
{
	struct shim_instance_request request;

	start();
	request = import_request(from);
	table.from = NULL;
	is_refused("imports: tables[0].from is NULL", &request);
	request = import_request(from);
	table.vmctx = NULL;
	is_refused("imports: tables[0].vmctx is NULL", &request);
	request = import_request(from);
	memory.from = NULL;
	is_refused("imports: memories[0].from is NULL", &request);
	request = import_request(from);
	memory.vmctx = NULL;
	is_refused("imports: memories[0].vmctx is NULL", &request);
	request = import_request(from);
	globals[2].from = NULL;
	is_refused("imports: globals[2].from is NULL", &request);
	request = import_request(from);
	request.imports.globals = NULL;
	is_refused("imports: globals is NULL, the module imports 3", &request);
	import_request(from);
	finish();
}

TEST("an element can be an imported global")
{
	struct shim_import import = {
		.module = { "x", 1 },
		.name = { "ref", 3 },
		.kind = SHIM_EXTERN_GLOBAL,
		.global = { SHIM_TYPE_EXTERNREF, 0 },
	};
	struct shim_table_plan plan = { .type = SHIM_TYPE_EXTERNREF, .minimum = 2 };
	struct shim_element items[2] = {
		{ SHIM_CONST_REF_NULL, SHIM_TYPE_EXTERNREF },
		{ SHIM_CONST_GLOBAL_GET, 0 },
	};
	struct shim_element_segment segment = {
		.type = SHIM_TYPE_EXTERNREF,
		.offset = { .op = SHIM_CONST_I32 },
		.count = 2,
		.elements = items,
	};
	struct shim_module_desc desc = {
		.size = sizeof(desc),
		.import_count = 1,
		.imports = &import,
		.defined_table_count = 1,
		.defined_tables = &plan,
		.element_count = 1,
		.elements = &segment,
	};
	struct shim_vm_global ref = { { 1234, 0 } };
	struct shim_vm_global_import given = { &ref };
	struct shim_module *module = module_create(&desc);
	struct shim_instance_request request = request_of(module);
	struct shim_instance *instance;

	allocator = allocator_small();
	request.imports.globals = &given;
	request.imports.global_count = 1;
	instance = instance_request(allocator, &request);
	test_eq(table_at(instance, 0, 0), 0);
	test_eq(table_at(instance, 0, 1), 1234);
	shim_allocator_deallocate(allocator, instance);
	shim_module_destroy(module);
	must(shim_allocator_destroy(allocator));
}

TEST_MAIN()
