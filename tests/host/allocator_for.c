// SPDX-License-Identifier: MIT
// An allocator that is made for a module has limits that instances of the module fit.
#include "allocator_test.h"

static void fits(const struct shim_module_desc *desc)
{
	struct shim_module *module = module_create(desc);
	struct shim_allocator *allocator;
	struct shim_instance *instances[2];

	must(shim_allocator_create_for(module, kind_get(), 2, &allocator));
	must(shim_allocator_validate(allocator, module));
	for (int i = 0; i < 2; i++)
		must(shim_instance_create(allocator, module, &instances[i]));
	if (is_pooling())
		test_err(-EBUSY, shim_instance_create(allocator, module, &instances[0]));
	for (int i = 0; i < 2; i++)
		shim_allocator_deallocate(allocator, instances[i]);
	must(shim_allocator_destroy(allocator));
	shim_module_destroy(module);
}

/* One more memory, table, element and byte of the state than the default limits allow. */
TEST("more of each kind than the default limits allow")
{
	const struct shim_global global = { .type = { .type = SHIM_TYPE_I32 },
					    .init = { .op = SHIM_CONST_I32 } };
	struct shim_memory_plan memories[SHIM_MAX_AREAS];
	struct shim_table_plan tables[64];
	struct shim_allocator_config config;
	struct shim_module_desc desc;
	struct shim_global *globals;
	uint32_t count;

	shim_allocator_config_init(&config, kind_get());
	test_ok(config.max_memories + 4 <= SHIM_MAX_AREAS);
	for (uint32_t i = 0; i < ARRAY_SIZE(memories); i++)
		memories[i] = (struct shim_memory_plan){ .minimum = i };
	test_ok(config.max_tables < ARRAY_SIZE(tables));
	for (uint32_t i = 0; i < ARRAY_SIZE(tables); i++)
		tables[i] = (struct shim_table_plan){ .type = SHIM_TYPE_FUNCREF, .minimum = i };
	shim_module_desc_init(&desc);
	fits(&desc);
	desc.defined_memories = memories;
	desc.defined_memory_count = config.max_memories + 1;
	fits(&desc);
	desc.defined_tables = tables;
	desc.defined_table_count = config.max_tables + 1;
	fits(&desc);
	tables[0].minimum = config.max_table_elements + 1;
	fits(&desc);

	count = (uint32_t)(config.max_instance_size / sizeof(struct shim_vm_global)) + 1;
	globals = calloc(count, sizeof(*globals));
	for (uint32_t i = 0; i < count; i++)
		globals[i] = global;
	desc.defined_globals = globals;
	desc.defined_global_count = count;
	fits(&desc);
	free(globals);
}

TEST("a config that is made to fit several modules is raised and never lowered")
{
	struct shim_module *memory = module_memory(60000, 60000);
	struct shim_allocator_config config, before;
	struct shim_module *table;

	shim_allocator_config_init(&config, kind_get());
	config.max_memory_size = 3 * WASM_PAGE;
	before = config;
	table = module_table(before.max_table_elements + 7, before.max_table_elements + 7);
	shim_allocator_config_fit(&config, memory);
	test_eq(config.max_memory_size, 60000 * WASM_PAGE);
	test_eq(config.max_table_elements, before.max_table_elements);
	shim_allocator_config_fit(&config, table);
	test_eq(config.max_memory_size, 60000 * WASM_PAGE);
	test_eq(config.max_table_elements, before.max_table_elements + 7);
	test_eq(config.max_memories, before.max_memories);
	test_eq(config.max_tables, before.max_tables);
	test_eq(config.max_instance_size, before.max_instance_size);
	test_eq(config.memory_guard, before.memory_guard);

	/* That of a program with older headers is shorter. */
	before.size = offsetof(struct shim_allocator_config, reset_mode);
	shim_allocator_config_fit(&before, table);
	test_eq(before.max_table_elements, config.max_table_elements);

	/* What is no config, or of no module, stays as it is. */
	before = config;
	shim_allocator_config_fit(&config, NULL);
	shim_allocator_config_fit(NULL, memory);
	config.size = before.size = 8;
	shim_allocator_config_fit(&config, memory);
	test_mem(&config, &before, sizeof(config));
	shim_module_destroy(memory);
	shim_module_destroy(table);
}

TEST("a table of more elements than a limit can be")
{
	const struct shim_table_plan table = { .type = SHIM_TYPE_FUNCREF,
					       .flags = SHIM_PLAN_64,
					       .minimum = (1ull << 32) + 5 };
	struct shim_allocator *allocator = NULL;
	struct shim_allocator_config config;
	struct shim_module_desc desc;
	struct shim_module *module;

	shim_module_desc_init(&desc);
	desc.defined_table_count = 1;
	desc.defined_tables = &table;
	module = module_create(&desc);
	shim_allocator_config_init(&config, kind_get());
	shim_allocator_config_fit(&config, module);
	test_eq(config.max_table_elements, UINT32_MAX);
	if (is_pooling()) {
		must_fail(-ENOSPC,
			  "table index 0 has a minimum element size of 4294967301 which exceeds "
			  "the limit of 4294967295",
			  shim_allocator_create_for(module, kind_get(), 1, &allocator));
		test_ok(!allocator);
	}
	shim_module_destroy(module);
}

TEST("what no allocator can have is refused, with a message that names it")
{
	const struct shim_memory_plan shared = { .flags = SHIM_PLAN_SHARED | SHIM_PLAN_MAXIMUM,
						 .minimum = 1,
						 .maximum = 1 };
	const struct shim_memory_plan all = { .flags = SHIM_PLAN_64, .minimum = 1ull << 48 };
	struct shim_module_desc desc;
	struct shim_allocator *allocator = NULL;
	struct shim_module *module;
	int error;

	shim_module_desc_init(&desc);
	desc.defined_memory_count = 1;
	desc.defined_memories = &shared;
	module = module_create(&desc);
	must_fail(-EOPNOTSUPP, "memory index 0 is shared, which is not supported",
		  shim_allocator_create_for(module, kind_get(), 1, &allocator));
	must_fail(-EFAULT, "out is NULL", shim_allocator_create_for(module, kind_get(), 1, NULL));
	must_fail(-EFAULT, "module is NULL",
		  shim_allocator_create_for(NULL, kind_get(), 1, &allocator));
	shim_module_destroy(module);

	desc.defined_memories = &all;
	module = module_create(&desc);
	error = shim_allocator_create_for(module, kind_get(), 1, &allocator);
	if (is_pooling()) {
		test_err(-ENOSPC, error);
		test_str(shim_error(), "memory index 0 has a minimum page size of 281474976710656 "
				       "which exceeds the limit of 281474976710655");
		test_ok(!allocator);
	} else {
		/* It has no limits, so that each instance is refused. */
		struct shim_instance *instance = NULL;

		test_err(0, error);
		test_err(-ENOMEM, shim_instance_create(allocator, module, &instance));
		test_ok(!instance);
		must(shim_allocator_destroy(allocator));
	}
	shim_module_destroy(module);
}

TEST_MAIN()
