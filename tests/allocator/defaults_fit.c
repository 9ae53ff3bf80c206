// SPDX-License-Identifier: MIT
// The default config has room for what large modules of today have.
#include "allocator_test.h"

/* Two tables as wasm-bindgen makes them, one as large as onnxruntime's, 1.9 MB of globals. */
static struct shim_module *large_module(void)
{
	static const struct shim_table_plan tables[] = {
		{ .type = SHIM_TYPE_FUNCREF, .minimum = 23400 },
		{ .type = SHIM_TYPE_EXTERNREF, .minimum = 1024 },
	};
	static const struct shim_memory_plan memory = { .minimum = 17 };
	static struct shim_global globals[118000];
	struct shim_module_desc desc = {
		.size = sizeof(desc),
		.defined_table_count = ARRAY_SIZE(tables),
		.defined_tables = tables,
		.defined_memory_count = 1,
		.defined_memories = &memory,
		.defined_global_count = ARRAY_SIZE(globals),
		.defined_globals = globals,
	};

	for (uint32_t i = 0; i < ARRAY_SIZE(globals); i++)
		globals[i] = (struct shim_global){ { SHIM_TYPE_I32, 1 }, { .op = SHIM_CONST_I32 } };
	return module_create(&desc);
}

TEST("a module with large tables and a large state")
{
	struct shim_module *module = large_module();
	struct shim_allocator_config config;
	struct shim_allocator *allocator;
	struct shim_instance *instance;

	shim_allocator_config_init(&config, kind_get());
	config.instances = 2;
	allocator = allocator_create(&config);
	for (int round = 0; round < 3; round++) {
		instance = instance_new(allocator, module);
		test_eq(table_length(instance, 0), 23400);
		test_eq(table_length(instance, 1), 1024);
		test_success(shim_table_set(instance, 0, 23399, instance));
		shim_allocator_deallocate(allocator, instance);
	}
	shim_module_destroy(module);
	must(shim_allocator_destroy(allocator));
}

TEST_MAIN()
