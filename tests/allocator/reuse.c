// SPDX-License-Identifier: MIT
// A new instance shows nothing of the one that had its slot before.
#include "allocator_test.h"

TEST("a memory is zero in each of ten instances of one slot")
{
	struct shim_allocator *allocator = allocator_single();
	struct shim_module *module = module_memory(1, 1);

	for (int round = 0; round < 10; round++) {
		struct shim_instance *instance = instance_new(allocator, module);

		memory_is(instance, 0, 0);
		memory_fill(instance, 0, 0xfe);
		shim_allocator_deallocate(allocator, instance);
	}
	shim_module_destroy(module);
	must(shim_allocator_destroy(allocator));
}

TEST("a table is null in each of ten instances of one slot")
{
	struct shim_allocator *allocator = allocator_single();
	struct shim_module *module = module_table(10, 1000);

	for (int round = 0; round < 10; round++) {
		struct shim_instance *instance = instance_new(allocator, module);

		test_eq(table_length(instance, 0), 10);
		must(shim_table_grow(instance, 0, 600, NULL, NULL));
		for (uint32_t i = 0; i < 610; i++)
			test_eq(table_at(instance, 0, i), 0);
		must(shim_table_fill(instance, 0, 0, (void *)-1, 610));
		shim_allocator_deallocate(allocator, instance);
	}
	shim_module_destroy(module);
	must(shim_allocator_destroy(allocator));
}

TEST("globals, dropped segments and references start anew")
{
	struct shim_allocator *allocator = allocator_single();
	struct shim_module *module = module_load("instance/instance"),
			   *passive = module_load("instance/passive");

	for (int round = 0; round < 5; round++) {
		struct shim_instance *instance = instance_new(allocator, module);

		test_eq(shim_instance_global(instance, 0)->bits[0], 7);
		shim_instance_global(instance, 0)->bits[0] = 8;
		shim_instance_func_ref(instance, 0)->body = (void *)1;
		shim_allocator_deallocate(allocator, instance);

		instance = instance_new(allocator, passive);
		must(shim_memory_init(instance, 0, 0, 0, 0, 12));
		must(shim_table_init(instance, 0, 0, 1, 0, 3));
		must(shim_data_drop(instance, 0));
		must(shim_elem_drop(instance, 0));
		test_err(-EFAULT, shim_memory_init(instance, 0, 0, 0, 0, 1));
		test_err(-ERANGE, shim_table_init(instance, 0, 0, 0, 0, 1));
		shim_allocator_deallocate(allocator, instance);
	}
	shim_module_destroy(module);
	shim_module_destroy(passive);
	must(shim_allocator_destroy(allocator));
}

TEST("modules with an image and without one take turns")
{
	struct shim_allocator *allocator = allocator_single();
	struct shim_module *image = module_text(3, 65530, "across two pages");
	struct shim_module *none = module_memory(3, 16);

	for (int round = 0; round < 5; round++) {
		struct shim_instance *instance = instance_new(allocator, image);

		text_is(instance, 65530, "across two pages");
		memory_at(instance, 0)[0] = 1;
		shim_allocator_deallocate(allocator, instance);

		instance = instance_new(allocator, none);
		memory_is(instance, 0, 0);
		if (round % 2)
			memory_fill(instance, 0, 2);
		must(shim_memory_grow(instance, 0, 1, NULL));
		memory_at(instance, 0)[3 * WASM_PAGE] = 3;
		shim_allocator_deallocate(allocator, instance);
	}
	shim_module_destroy(image);
	shim_module_destroy(none);
	must(shim_allocator_destroy(allocator));
}

TEST("two images take turns, of which one is shorter")
{
	struct shim_allocator *allocator = allocator_single();
	struct shim_module *longer = module_text(3, 4, "a text that is long");
	struct shim_module *shorter = module_text(2, 4, "a text");

	for (int round = 0; round < 5; round++) {
		struct shim_instance *instance = instance_new(allocator, longer);

		text_is(instance, 4, "a text that is long");
		test_eq(memory_length(instance, 0), 3 * WASM_PAGE);
		shim_allocator_deallocate(allocator, instance);
		instance = instance_new(allocator, shorter);
		test_mem((const void *)memory_at(instance, 0), "\0\0\0\0a text\0\0\0\0", 14);
		test_eq(memory_length(instance, 0), 2 * WASM_PAGE);
		touches_fault(memory_at(instance, 0) + 2 * WASM_PAGE);
		memory_fill(instance, 0, 1);
		shim_allocator_deallocate(allocator, instance);
	}
	shim_module_destroy(longer);
	shim_module_destroy(shorter);
	must(shim_allocator_destroy(allocator));
}

TEST("many fragmented writes, at all sizes that keep_resident can be")
{
	struct shim_module *module = module_text(8, 3 * 65536, "image");

	for (uint64_t keep = 0; keep <= 256; keep = keep ? keep * 16 : 1) {
		struct shim_allocator_config config = config_small();
		struct shim_allocator *allocator;

		config.instances = 1;
		config.keep_resident = keep * PAGE;
		allocator = allocator_create(&config);
		for (uint64_t step = 1; step < 8; step++) {
			struct shim_instance *instance = instance_new(allocator, module);
			volatile unsigned char *base = memory_at(instance, 0);

			test_bytes((const void *)base, 0, 3 * 65536);
			text_is(instance, 3 * 65536, "image");
			test_bytes((const void *)(base + 3 * 65536 + 5), 0, 5 * 65536 - 5);
			for (uint64_t at = 0; at < 8 * WASM_PAGE; at += step * PAGE)
				base[at + 17] = 1;
			shim_allocator_deallocate(allocator, instance);
		}
		must(shim_allocator_destroy(allocator));
	}
	shim_module_destroy(module);
}

TEST("without guards a grown memory is not there for the next one either")
{
	struct shim_allocator_config config = config_small();
	struct shim_module *module = module_memory(1, 16);
	struct shim_allocator *allocator;

	config.instances = 1;
	config.max_memories = 1;
	config.memory_guard = 0;
	config.memory_pre_guard = 0;
	config.memory_reserve = 0;
	allocator = allocator_create(&config);
	for (int round = 0; round < 5; round++) {
		struct shim_instance *instance = instance_new(allocator, module);

		memory_is(instance, 0, 0);
		if (is_pooling()) {
			touches_fault(memory_at(instance, 0) + WASM_PAGE);
			must(shim_memory_grow(instance, 0, 9, NULL));
			memory_is(instance, 0, 0);
			memory_fill(instance, 0, 1);
			touches_fault(memory_at(instance, 0) + 10 * WASM_PAGE);
		} else {
			/* It has no room but its minimum. */
			test_err(-ENOSPC, shim_memory_grow(instance, 0, 1, NULL));
		}
		memory_fill(instance, 0, 1);
		shim_allocator_deallocate(allocator, instance);
	}
	shim_module_destroy(module);
	must(shim_allocator_destroy(allocator));
}

TEST_MAIN()
