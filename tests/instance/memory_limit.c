// SPDX-License-Identifier: MIT
// Memories grow to their module's maximum or the allocator's limit, and not a page further.
#include "allocator_test.h"

static uint64_t grow(struct shim_instance *instance, uint64_t delta)
{
	uint64_t old;

	must(shim_memory_grow(instance, 0, delta, &old));
	test_eq(memory_length(instance, 0), (old + delta) * WASM_PAGE);
	if (old + delta)
		memory_at(instance, 0)[(old + delta) * WASM_PAGE - 1] = 1;
	return old;
}

TEST("a memory grows page by page to the limit and stays there")
{
	struct shim_allocator_config config = config_small();
	struct shim_allocator *allocator;
	struct shim_module *module = module_memory(0, 65536);
	struct shim_instance *instance;

	config.max_memory_size = 3 * WASM_PAGE;
	config.memory_reserve = 3 * WASM_PAGE;
	allocator = allocator_create(&config);
	for (int round = 0; round < 3; round++) {
		instance = instance_new(allocator, module);
		test_eq(grow(instance, 0), 0);
		test_eq(grow(instance, 1), 0);
		test_eq(grow(instance, 1), 1);
		test_eq(grow(instance, 1), 2);
		must_fail(-ENOSPC, "memory growth to 262144 bytes exceeds the maximum of 196608",
			  shim_memory_grow(instance, 0, 1, NULL));
		test_eq(memory_length(instance, 0), 3 * WASM_PAGE);
		touches_fault(memory_at(instance, 0) + 3 * WASM_PAGE);
		shim_allocator_deallocate(allocator, instance);
	}
	shim_module_destroy(module);
	must(shim_allocator_destroy(allocator));
}

TEST("the module's maximum holds where it is lower")
{
	struct shim_allocator *allocator = allocator_small();
	struct shim_module *module = module_memory(1, 2);
	struct shim_instance *instance = instance_new(allocator, module);

	test_err(-ENOSPC, shim_memory_grow(instance, 0, 2, NULL));
	test_eq(grow(instance, 1), 1);
	test_err(-ENOSPC, shim_memory_grow(instance, 0, 1, NULL));
	test_eq(grow(instance, 0), 2);
	shim_allocator_deallocate(allocator, instance);
	shim_module_destroy(module);
	must(shim_allocator_destroy(allocator));
}

TEST("a delta beyond all sizes is refused")
{
	struct shim_allocator *allocator = allocator_small();
	struct shim_module *module = module_load("instance/memory64");
	struct shim_instance *instance = instance_new(allocator, module);

	text_is(instance, 65530, "edge");
	test_err(-ENOSPC, shim_memory_grow(instance, 0, UINT64_MAX, NULL));
	test_err(-ENOSPC, shim_memory_grow(instance, 0, UINT64_C(1) << 48, NULL));
	test_err(-ENOSPC, shim_memory_grow(instance, 0, (UINT64_C(1) << 48) - 1, NULL));
	test_eq(grow(instance, 7), 1);
	test_err(-ENOSPC, shim_memory_grow(instance, 0, 1, NULL));
	test_err(-EINVAL, shim_memory_grow(instance, 1, 1, NULL));
	shim_allocator_deallocate(allocator, instance);
	shim_module_destroy(module);
	must(shim_allocator_destroy(allocator));
}

TEST("a memory of almost 4 GiB grows to 4 GiB")
{
	struct shim_allocator_config config = config_small();
	struct shim_module *module = module_memory(65534, 65536);
	struct shim_allocator *allocator;
	struct shim_instance *instance;

	config.instances = 2;
	config.max_memories = 1;
	config.max_memory_size = UINT64_C(4) << 30;
	config.memory_reserve = UINT64_C(4) << 30;
	allocator = allocator_create(&config);
	instance = instance_new(allocator, module);
	test_eq(memory_length(instance, 0), 65534 * WASM_PAGE);
	test_eq(grow(instance, 1), 65534);
	test_eq(grow(instance, 1), 65535);
	test_err(-ENOSPC, shim_memory_grow(instance, 0, 1, NULL));
	test_eq(memory_length(instance, 0), UINT64_C(1) << 32);
	memory_at(instance, 0)[UINT32_MAX] = 1;
	touches_fault(memory_at(instance, 0) + (UINT64_C(1) << 32));
	shim_allocator_deallocate(allocator, instance);
	shim_module_destroy(module);
	must(shim_allocator_destroy(allocator));
}

TEST("too many memories, or one that is too large, are found by validate")
{
	struct shim_memory_plan plans[3] = { { .minimum = 1 }, { .minimum = 1 }, { .minimum = 1 } };
	struct shim_module_desc desc = {
		.size = sizeof(desc),
		.defined_memory_count = 3,
		.defined_memories = plans,
	};
	struct shim_allocator *allocator = allocator_small();
	struct shim_module *module = module_create(&desc), *large = module_memory(17, 20);

	if (is_pooling()) {
		must_fail(-ENOSPC, "defined memories count of 3 exceeds the limit of 2",
			  shim_allocator_validate(allocator, module));
		must_fail(
			-ENOSPC,
			"memory index 0 has a minimum page size of 17 which exceeds the limit of 16",
			shim_allocator_validate(allocator, large));
		/* allocate() does not rely on it. */
		test_err(-ENOSPC, allocate_error(allocator, module));
		test_err(-ENOSPC, allocate_error(allocator, large));
		test_eq(info_of(allocator).unused_cold, 4);
	} else {
		struct shim_instance *instance = instance_new(allocator, large);

		test_eq(memory_length(instance, 0), 17 * WASM_PAGE);
		shim_allocator_deallocate(allocator, instance);
		must(shim_allocator_validate(allocator, module));
	}
	shim_module_destroy(module);
	shim_module_destroy(large);
	must(shim_allocator_destroy(allocator));
}

TEST("the index in a message counts imported memories, the limit does not")
{
	struct shim_import imports[2] = {
		{ .module = { "x", 1 }, .name = { "a", 1 }, .kind = SHIM_EXTERN_MEMORY },
		{ .module = { "x", 1 }, .name = { "b", 1 }, .kind = SHIM_EXTERN_MEMORY },
	};
	struct shim_memory_plan plans[2] = { { .minimum = 1 }, { .minimum = 33 } };
	struct shim_module_desc desc = {
		.size = sizeof(desc),
		.import_count = 2,
		.imports = imports,
		.defined_memory_count = 2,
		.defined_memories = plans,
	};
	struct shim_allocator *allocator = allocator_small();
	struct shim_module *module = module_create(&desc);

	if (is_pooling())
		must_fail(
			-ENOSPC,
			"memory index 3 has a minimum page size of 33 which exceeds the limit of 16",
			shim_allocator_validate(allocator, module));
	else
		must(shim_allocator_validate(allocator, module));
	shim_module_destroy(module);
	must(shim_allocator_destroy(allocator));
}

TEST("a shared memory is refused when it is defined, not when it is imported")
{
	struct shim_memory_plan plan = {
		.flags = SHIM_PLAN_MAXIMUM | SHIM_PLAN_SHARED,
		.minimum = 1,
		.maximum = 2,
	};
	struct shim_module_desc desc = {
		.size = sizeof(desc),
		.defined_memory_count = 1,
		.defined_memories = &plan,
	};
	struct shim_allocator *allocator = allocator_small();
	struct shim_module *module = module_create(&desc),
			   *importer = module_load("instance/shared");

	must_fail(-EOPNOTSUPP, "memory index 0 is shared, which is not supported",
		  shim_allocator_validate(allocator, module));
	test_err(-EOPNOTSUPP, allocate_error(allocator, module));
	must(shim_allocator_validate(allocator, importer));
	shim_module_destroy(module);
	shim_module_destroy(importer);
	must(shim_allocator_destroy(allocator));
}

TEST_MAIN()
