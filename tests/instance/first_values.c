// SPDX-License-Identifier: MIT
// Each instance begins with the sizes and globals of its module, whatever the one before left.
#include "allocator_test.h"

/* A number, one of 64 bits, a computed one, one of 128 bits, a reference, one of another. */
#define GLOBALS                                                           \
	"6: 06 7f 00 41 e4 00 0b 7e 01 42 80 80 80 80 80 20 0b "          \
	"7f 01 41 28 41 02 6a 0b "                                        \
	"7b 01 fd 0c 01 00 00 00 00 00 00 00 02 00 00 00 00 00 00 00 0b " \
	"70 01 d2 00 0b 7f 01 23 00 41 02 6c 0b"

#define MODULE                                                                         \
	"1: 01 60 00 00 | 3: 01 00 | 4: 02 70 00 05 70 00 00 | 5: 01 00 01 | " GLOBALS \
	" | 10: 01 02 00 0b"

static uint64_t global(struct shim_instance *instance, uint32_t index, int half)
{
	return shim_instance_global(instance, index)->bits[half];
}

static void is_new(struct shim_instance *instance)
{
	static const uint64_t lower[] = { 100, UINT64_C(1) << 40, 42, 1 };

	for (uint32_t i = 0; i < ARRAY_SIZE(lower); i++) {
		test_context("global %u", i);
		test_eq(global(instance, i, 0), lower[i]);
		test_eq(global(instance, i, 1), i == 3 ? 2 : 0);
	}
	test_context(NULL);
	test_eq(global(instance, 4, 0), (uintptr_t)shim_instance_func_ref(instance, 0));
	test_eq(global(instance, 5, 0), 200);
	test_eq(shim_instance_memory(instance, 0)->current_length, WASM_PAGE);
	test_eq(shim_instance_table(instance, 0)->current_elements, 5);
	test_eq(shim_instance_table(instance, 1)->current_elements, 0);
	test_ok(shim_instance_table(instance, 1)->base);
	test_bytes(shim_instance_memory(instance, 0)->base, 0, WASM_PAGE);
	for (uint32_t i = 0; i < 5; i++)
		test_ok(!table_at(instance, 0, i));
}

static void change(struct shim_instance *instance)
{
	for (uint32_t i = 0; i < 6; i++)
		memset(shim_instance_global(instance, i), 0xff, sizeof(struct shim_vm_global));
	memset(shim_instance_memory(instance, 0)->base, 0xff, WASM_PAGE);
	test_success(shim_memory_grow(instance, 0, 1, NULL));
	for (uint32_t table = 0; table < 2; table++) {
		test_success(shim_table_grow(instance, table, 3, instance, NULL));
		test_success(shim_table_set(instance, table, 1, instance));
	}
}

TEST("an instance in the place of another")
{
	struct shim_allocator *allocator = allocator_single();
	struct shim_module *module = module_write(MODULE);

	for (int round = 0; round < 4; round++) {
		struct shim_instance *instance = instance_new(allocator, module);

		is_new(instance);
		change(instance);
		shim_allocator_deallocate(allocator, instance);
	}
	shim_module_destroy(module);
	must(shim_allocator_destroy(allocator));
}

TEST("instances side by side have nothing in common")
{
	struct shim_allocator *allocator = allocator_small();
	struct shim_module *module = module_write(MODULE);
	struct shim_instance *first = instance_new(allocator, module);
	struct shim_instance *second = instance_new(allocator, module), *third;

	change(first);
	third = instance_new(allocator, module);
	is_new(second);
	is_new(third);
	change(second);
	is_new(third);
	shim_allocator_deallocate(allocator, first);
	shim_allocator_deallocate(allocator, second);
	shim_allocator_deallocate(allocator, third);
	shim_module_destroy(module);
	must(shim_allocator_destroy(allocator));
}

TEST("a module with nothing but a global that depends on the instance")
{
	struct shim_allocator *allocator = allocator_single();
	struct shim_module *module =
		module_write("1: 01 60 00 00 | 3: 01 00 | 6: 01 70 01 d2 00 0b | 10: 01 02 00 0b");

	for (int round = 0; round < 2; round++) {
		struct shim_instance *instance = instance_new(allocator, module);

		test_eq(global(instance, 0, 0), (uintptr_t)shim_instance_func_ref(instance, 0));
		test_eq(global(instance, 0, 1), 0);
		memset(shim_instance_global(instance, 0), 0xff, sizeof(struct shim_vm_global));
		shim_allocator_deallocate(allocator, instance);
	}
	shim_module_destroy(module);
	must(shim_allocator_destroy(allocator));
}

TEST_MAIN()
