// SPDX-License-Identifier: MIT
// A touch outside of a memory faults, wherever it is and whichever module had the slot before.
#include "allocator_test.h"

/* Around a memory at its present size. */
static void check_guards(struct shim_instance *instance, uint32_t memory)
{
	volatile unsigned char *base = memory_at(instance, memory);
	uint64_t length = memory_length(instance, memory);

	touches_fault(base - 1);
	touches_fault(base - PAGE);
	touches_fault(base + length);
	touches_fault(base + 16 * WASM_PAGE);
	touches_fault(base + 32 * WASM_PAGE - 1);
	touches_fault(base + 32 * WASM_PAGE);
	touches_fault(base + 36 * WASM_PAGE - 1);
	if (length) {
		base[0]++;
		base[length - 1]++;
	}
}

TEST("of size 0, and after growing, ten times in one slot")
{
	struct shim_allocator *allocator = allocator_single();
	struct shim_module *module = module_memory(0, 10);

	for (int round = 0; round < 10; round++) {
		struct shim_instance *instance = instance_new(allocator, module);

		check_guards(instance, 0);
		touches_fault(memory_at(instance, 0) + 1);
		must(shim_memory_grow(instance, 0, 1, NULL));
		test_bytes((const void *)memory_at(instance, 0), 0, WASM_PAGE);
		check_guards(instance, 0);
		must(shim_memory_grow(instance, 0, 5, NULL));
		memory_fill(instance, 0, 0xfe);
		check_guards(instance, 0);
		shim_allocator_deallocate(allocator, instance);
	}
	shim_module_destroy(module);
	must(shim_allocator_destroy(allocator));
}

TEST("a memory that can have no page has none, at any address")
{
	struct shim_allocator_config config = config_small();
	struct shim_module *module = module_memory(0, 65536);
	struct shim_allocator *allocator;
	struct shim_instance *instance;

	config.instances = 2;
	config.max_memory_size = 0;
	config.memory_reserve = UINT64_C(4) << 30;
	allocator = allocator_create(&config);
	instance = instance_new(allocator, module);
	for (uint64_t at = 1; at < UINT64_C(1) << 32; at *= 2) {
		touches_fault(memory_at(instance, 0) + at);
		touches_fault(memory_at(instance, 0) + at - 1);
	}
	touches_fault(memory_at(instance, 0) + UINT32_MAX);
	if (is_pooling())
		test_err(-ENOSPC, shim_memory_grow(instance, 0, 1, NULL));
	test_err(-EFAULT, shim_memory_fill(instance, 0, 0, 1, 1));
	shim_allocator_deallocate(allocator, instance);
	shim_module_destroy(module);
	must(shim_allocator_destroy(allocator));
}

TEST("a module with a smaller memory does not see what a larger one had")
{
	struct shim_allocator *allocator = allocator_single();
	struct shim_module *large = module_memory(10, 16), *small = module_memory(5, 16);

	for (int round = 0; round < 3; round++) {
		struct shim_instance *instance = instance_new(allocator, large);

		must(shim_memory_grow(instance, 0, 6, NULL));
		memory_fill(instance, 0, 0xfe);
		shim_allocator_deallocate(allocator, instance);

		instance = instance_new(allocator, small);
		check_guards(instance, 0);
		touches_fault(memory_at(instance, 0) + 10 * WASM_PAGE);
		touches_fault(memory_at(instance, 0) + 15 * WASM_PAGE);
		must(shim_memory_grow(instance, 0, 11, NULL));
		test_bytes((const void *)(memory_at(instance, 0) + 5 * WASM_PAGE), 0,
			   11 * WASM_PAGE);
		shim_allocator_deallocate(allocator, instance);
	}
	shim_module_destroy(large);
	shim_module_destroy(small);
	must(shim_allocator_destroy(allocator));
}

TEST("a module with fewer memories and tables does not see the others")
{
	struct shim_memory_plan memories[2] = { { .minimum = 1 }, { .minimum = 1 } };
	struct shim_table_plan tables[2] = {
		{ .type = SHIM_TYPE_FUNCREF, .minimum = 1000 },
		{ .type = SHIM_TYPE_FUNCREF, .minimum = 1000 },
	};
	struct shim_module_desc desc = {
		.size = sizeof(desc),
		.defined_memory_count = 2,
		.defined_memories = memories,
		.defined_table_count = 2,
		.defined_tables = tables,
	};
	struct shim_allocator *allocator = allocator_single();
	struct shim_module *both = module_create(&desc), *none;
	volatile unsigned char *memory, *table;
	struct shim_instance *instance;

	desc = (struct shim_module_desc){ .size = sizeof(desc) };
	none = module_create(&desc);
	instance = instance_new(allocator, both);
	memory = memory_at(instance, 1);
	table = shim_instance_table(instance, 1)->base;
	memory_fill(instance, 1, 1);
	must(shim_table_fill(instance, 1, 0, (void *)1, 1000));
	if (is_pooling())
		touches_fault(table + (1000 * sizeof(void *) + PAGE - 1) / PAGE * PAGE);
	shim_allocator_deallocate(allocator, instance);
	instance = instance_new(allocator, none);
	if (is_pooling()) {
		touches_fault(memory);
		touches_fault(table);
	}
	shim_allocator_deallocate(allocator, instance);
	shim_module_destroy(both);
	shim_module_destroy(none);
	must(shim_allocator_destroy(allocator));
}

TEST("the stack has a guard below it, and instances share no stack")
{
	struct shim_allocator *allocator = allocator_small();
	struct shim_module_desc desc = { .size = sizeof(desc) };
	struct shim_module *module = module_create(&desc);
	struct shim_instance *one = instance_new(allocator, module);
	struct shim_instance *other = instance_new(allocator, module);
	volatile unsigned char *stack;
	uint64_t length;

	stack = shim_instance_stack(one, &length);
	touches_fault(stack - 1);
	memset((void *)stack, 1, length);
	test_bytes(shim_instance_stack(other, NULL), 0, length);
	shim_allocator_deallocate(allocator, one);
	one = instance_new(allocator, module);
	test_bytes(shim_instance_stack(one, NULL), 0, length);
	shim_allocator_deallocate(allocator, one);
	shim_allocator_deallocate(allocator, other);
	shim_module_destroy(module);
	must(shim_allocator_destroy(allocator));
}

TEST("instances beside each other are apart")
{
	struct shim_allocator *allocator = allocator_small();
	struct shim_module *module = module_memory(16, 16);
	struct shim_instance *instances[4];

	for (int i = 0; i < 4; i++) {
		instances[i] = instance_new(allocator, module);
		memory_fill(instances[i], 0, i + 1);
	}
	for (int i = 0; i < 4; i++) {
		memory_is(instances[i], 0, (unsigned char)(i + 1));
		check_guards(instances[i], 0);
	}
	for (int i = 0; i < 4; i++)
		shim_allocator_deallocate(allocator, instances[i]);
	shim_module_destroy(module);
	must(shim_allocator_destroy(allocator));
}

TEST_MAIN()
