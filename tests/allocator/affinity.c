// SPDX-License-Identifier: MIT
// A module gets the slot that is bound to it, without a reset; others' are left alone.
#include "allocator_test.h"

TEST_WHEN(is_pooling, "each module comes back to its slot")
{
	struct shim_allocator *allocator = allocator_small();
	struct shim_module *modules[3];
	volatile unsigned char *base[3];

	for (int i = 0; i < 3; i++)
		modules[i] = module_text(1, (uint32_t)i, "text");
	for (int round = 0; round < 5; round++) {
		for (int i = 0; i < 3; i++) {
			int at = (i + round) % 3;
			struct shim_instance *instance = instance_new(allocator, modules[at]);

			text_is(instance, (uint64_t)at, "text");
			if (round)
				test_eq(memory_at(instance, 0), base[at]);
			base[at] = memory_at(instance, 0);
			base[at][5000] = 1;
			shim_allocator_deallocate(allocator, instance);
		}
	}
	test_eq(info_of(allocator).unused_warm, 3);
	test_eq(info_of(allocator).unused_cold, 1);
	test_eq(info_of(allocator).modules, 3);
	for (int i = 0; i < 3; i++)
		shim_module_destroy(modules[i]);
	must(shim_allocator_destroy(allocator));
}

TEST_WHEN(is_pooling, "at the bound of unused warm slots the oldest is taken over a cold one")
{
	struct shim_allocator_config config = config_small();
	struct shim_module *modules[4];
	volatile unsigned char *base[4];
	struct shim_allocator *allocator;

	config.max_unused_warm = 2;
	allocator = allocator_create(&config);
	for (int i = 0; i < 4; i++) {
		struct shim_instance *instance;

		modules[i] = module_text(1, (uint32_t)i, "text");
		instance = instance_new(allocator, modules[i]);
		text_is(instance, (uint64_t)i, "text");
		base[i] = memory_at(instance, 0);
		shim_allocator_deallocate(allocator, instance);
	}
	test_eq(info_of(allocator).unused_warm, 2);
	test_eq(info_of(allocator).unused_cold, 2);
	test_eq(base[2], base[0]);
	test_eq(base[3], base[1]);
	for (int i = 0; i < 4; i++)
		shim_module_destroy(modules[i]);
	must(shim_allocator_destroy(allocator));
}

TEST("a module holds on while a slot is bound to it")
{
	struct shim_allocator *allocator = allocator_small();
	struct shim_module *module = module_text(1, 3, "text");
	struct shim_instance *instance = instance_new(allocator, module);

	shim_allocator_deallocate(allocator, instance);
	shim_module_destroy(module);
	must(shim_allocator_destroy(allocator));
}

TEST_MAIN()
