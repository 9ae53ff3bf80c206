// SPDX-License-Identifier: MIT
// Tables grow to their module's maximum or the allocator's limit; new elements are the given one.
#include "allocator_test.h"

TEST("a table grows element by element to its maximum and stays there")
{
	struct shim_allocator *allocator = allocator_small();
	struct shim_module *module = module_table(0, 10);
	struct shim_instance *instance;
	uint32_t old;

	for (int round = 0; round < 3; round++) {
		instance = instance_new(allocator, module);
		for (uint32_t i = 0; i < 10; i++) {
			must(shim_table_grow(instance, 0, 1, (void *)(uintptr_t)i, &old));
			test_eq(old, i);
			test_eq(table_length(instance, 0), i + 1);
		}
		must_fail(-ENOSPC, "table growth to 11 elements exceeds the maximum of 10",
			  shim_table_grow(instance, 0, 1, NULL, NULL));
		must(shim_table_grow(instance, 0, 0, NULL, &old));
		test_eq(old, 10);
		for (uint32_t i = 0; i < 10; i++)
			test_eq(table_at(instance, 0, i), i);
		shim_allocator_deallocate(allocator, instance);
	}
	shim_module_destroy(module);
	must(shim_allocator_destroy(allocator));
}

TEST("a table grows over many pages, and what was there stays")
{
	const uint32_t most = (uint32_t)(10 * PAGE / sizeof(void *)), first = 3 + most / 5 * 4;
	struct shim_allocator_config config = config_small();
	struct shim_module *module = module_table(3, UINT32_MAX);
	struct shim_allocator *allocator;
	struct shim_instance *instance;

	config.max_table_elements = most;
	allocator = allocator_create(&config);
	for (int round = 0; round < 3; round++) {
		instance = instance_new(allocator, module);
		must(shim_table_fill(instance, 0, 0, (void *)1, 3));
		must(shim_table_grow(instance, 0, first - 3, (void *)2, NULL));
		must(shim_table_grow(instance, 0, most - first, NULL, NULL));
		for (uint32_t i = 0; i < most; i++)
			test_eq(table_at(instance, 0, i), i < 3 ? 1 : i < first ? 2 : 0);
		if (is_pooling())
			test_err(-ENOSPC, shim_table_grow(instance, 0, 1, NULL, NULL));
		test_err(-ENOSPC, shim_table_grow(instance, 0, UINT32_MAX, NULL, NULL));
		test_err(-EINVAL, shim_table_grow(instance, 1, 1, NULL, NULL));
		shim_allocator_deallocate(allocator, instance);
	}
	shim_module_destroy(module);
	must(shim_allocator_destroy(allocator));
}

/* How far the area of the tables is open, which comes after those of two memories. */
static uint64_t tables_open(struct shim_allocator *allocator, const struct shim_instance *instance)
{
	struct shim_slot_info info = { .size = sizeof(info) };

	must(shim_slot_query(shim_allocator_pool(allocator), shim_instance_slot(instance), &info));
	return info.limit[2];
}

TEST_WHEN(is_pooling, "no more is open than the tables with elements need")
{
	const struct shim_table_plan plans[2] = {
		{ .type = SHIM_TYPE_FUNCREF },
		{ .type = SHIM_TYPE_FUNCREF },
	};
	const struct shim_module_desc desc = {
		.size = sizeof(desc),
		.defined_table_count = 2,
		.defined_tables = plans,
	};
	struct shim_allocator *allocator = allocator_small();
	struct shim_module *module = module_create(&desc);
	struct shim_instance *instance;

	for (int round = 0; round < 2; round++) {
		instance = instance_new(allocator, module);
		test_eq(tables_open(allocator, instance), 0);
		must(shim_table_grow(instance, 0, 1, instance, NULL));
		test_eq(tables_open(allocator, instance), PAGE);
		must(shim_table_grow(instance, 1, 1, instance, NULL));
		test_ok(tables_open(allocator, instance) > 1000 * sizeof(void *));
		test_eq(table_at(instance, 0, 0), instance);
		test_eq(table_at(instance, 1, 0), instance);
		shim_allocator_deallocate(allocator, instance);
	}
	shim_module_destroy(module);
	must(shim_allocator_destroy(allocator));
}

TEST("too many tables, or one that is too large, are found by validate")
{
	struct shim_table_plan plans[3] = {
		{ .type = SHIM_TYPE_FUNCREF, .minimum = 1 },
		{ .type = SHIM_TYPE_FUNCREF, .minimum = 1001 },
		{ .type = SHIM_TYPE_EXTERNREF, .minimum = 1 },
	};
	struct shim_module_desc desc = {
		.size = sizeof(desc),
		.defined_table_count = 3,
		.defined_tables = plans,
	};
	struct shim_allocator *allocator = allocator_small();
	struct shim_module *many = module_create(&desc), *large;

	desc.defined_table_count = 2;
	large = module_create(&desc);
	if (is_pooling()) {
		must_fail(-ENOSPC, "defined tables count of 3 exceeds the limit of 2",
			  shim_allocator_validate(allocator, many));
		must_fail(
			-ENOSPC,
			"table index 1 has a minimum element size of 1001 which exceeds the limit of 1000",
			shim_allocator_validate(allocator, large));
		test_err(-ENOSPC, allocate_error(allocator, many));
		test_eq(info_of(allocator).unused_cold, 4);
	} else {
		struct shim_instance *instance = instance_new(allocator, many);

		test_eq(table_length(instance, 1), 1001);
		test_eq(table_length(instance, 2), 1);
		shim_allocator_deallocate(allocator, instance);
	}
	shim_module_destroy(many);
	shim_module_destroy(large);
	must(shim_allocator_destroy(allocator));
}

TEST_WHEN(is_pooling, "memories are looked at before tables, tables before the instance size")
{
	struct shim_memory_plan memory = { .minimum = 17 };
	struct shim_table_plan table = { .type = SHIM_TYPE_FUNCREF, .minimum = 1001 };
	struct shim_global globals[2000];
	struct shim_module_desc desc = {
		.size = sizeof(desc),
		.defined_memory_count = 1,
		.defined_memories = &memory,
		.defined_table_count = 1,
		.defined_tables = &table,
		.defined_global_count = 2000,
		.defined_globals = globals,
	};
	const char *first[] = { "memory index 0", "table index 0", "instance allocation" };
	struct shim_allocator_config config = config_small();
	struct shim_allocator *allocator;

	/* Less than the globals need. */
	config.max_instance_size = 16000;
	allocator = allocator_create(&config);
	for (int i = 0; i < 2000; i++)
		globals[i] = (struct shim_global){ { SHIM_TYPE_I32, 0 }, { .op = SHIM_CONST_I32 } };
	for (int i = 0; i < 3; i++) {
		struct shim_module *module = module_create(&desc);

		test_err(-ENOSPC, shim_allocator_validate(allocator, module));
		test_eq(strncmp(shim_error(), first[i], strlen(first[i])), 0);
		shim_module_destroy(module);
		if (i == 0)
			memory.minimum = 16;
		else
			table.minimum = 1000;
	}
	must(shim_allocator_destroy(allocator));
}

TEST("an empty table is accepted where tables have no room")
{
	struct shim_allocator_config config = config_small();
	struct shim_module *module = module_table(0, 0);
	struct shim_allocator *allocator;
	struct shim_instance *instance;
	void *value;

	config.max_table_elements = 0;
	config.max_memories = 0;
	config.max_memory_size = 0;
	config.memory_reserve = 0;
	config.memory_guard = 0;
	config.memory_pre_guard = 0;
	allocator = allocator_create(&config);
	instance = instance_new(allocator, module);
	test_eq(table_length(instance, 0), 0);
	test_err(-ERANGE, shim_table_get(instance, 0, 0, &value));
	test_err(-ENOSPC, shim_table_grow(instance, 0, 1, NULL, NULL));
	must(shim_table_fill(instance, 0, 0, NULL, 0));
	shim_allocator_deallocate(allocator, instance);
	shim_module_destroy(module);
	must(shim_allocator_destroy(allocator));
}

TEST_MAIN()
