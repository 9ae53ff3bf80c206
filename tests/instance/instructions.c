// SPDX-License-Identifier: MIT
// memory.init, table.init and their like do as specified, and change nothing when they trap.
#include "allocator_test.h"

static struct shim_allocator *allocator;
static struct shim_module *module;
static struct shim_instance *instance;

static void start(void)
{
	allocator = allocator_small();
	module = module_load("instance/passive");
	instance = instance_new(allocator, module);
}

static void finish(void)
{
	shim_allocator_deallocate(allocator, instance);
	shim_module_destroy(module);
	must(shim_allocator_destroy(allocator));
}

TEST("memory.init copies a range of a passive segment")
{
	start();
	must(shim_memory_init(instance, 0, 0, 10, 8, 4));
	test_mem((const void *)(memory_at(instance, 0) + 9), "\0data\0", 6);
	must(shim_memory_init(instance, 0, 0, WASM_PAGE - 12, 0, 12));
	text_is(instance, WASM_PAGE - 12, "passive data");
	must(shim_memory_init(instance, 0, 0, WASM_PAGE, 12, 0));
	must_fail(-EFAULT, "out of bounds memory access: 12 bytes at 65525, memory 0 has 65536",
		  shim_memory_init(instance, 0, 0, WASM_PAGE - 11, 0, 12));
	must_fail(-EFAULT, "out of bounds memory access: 12 bytes at 1, data segment 0 has 12",
		  shim_memory_init(instance, 0, 0, 0, 1, 12));
	test_err(-EFAULT, shim_memory_init(instance, 0, 0, WASM_PAGE + 1, 0, 0));
	test_err(-EFAULT, shim_memory_init(instance, 0, 0, 0, 13, 0));
	test_err(-EFAULT, shim_memory_init(instance, 0, 0, UINT64_MAX, 0, 2));
	test_err(-EFAULT, shim_memory_init(instance, 0, 0, 0, UINT64_MAX, 2));
	test_err(-EINVAL, shim_memory_init(instance, 1, 0, 0, 0, 0));
	must_fail(-EINVAL, "data segment 2 is not in the module",
		  shim_memory_init(instance, 0, 2, 0, 0, 0));
	text_is(instance, WASM_PAGE - 12, "passive data");
	finish();
}

TEST("a data segment that was run or dropped has no byte left")
{
	start();
	text_is(instance, 100, "active");
	must(shim_memory_init(instance, 0, 1, 0, 0, 0));
	test_err(-EFAULT, shim_memory_init(instance, 0, 1, 0, 0, 1));
	must(shim_data_drop(instance, 1));
	must(shim_data_drop(instance, 0));
	must(shim_data_drop(instance, 0));
	must(shim_memory_init(instance, 0, 0, 0, 0, 0));
	must_fail(-EFAULT, "out of bounds memory access: 1 bytes at 0, data segment 0 has 0",
		  shim_memory_init(instance, 0, 0, 0, 0, 1));
	must_fail(-EINVAL, "data segment 2 is not in the module", shim_data_drop(instance, 2));
	/* Elements are not data. */
	must(shim_table_init(instance, 0, 0, 0, 0, 3));
	finish();
}

TEST("memory.copy moves within a memory, overlapping too; memory.fill sets bytes")
{
	start();
	must(shim_memory_init(instance, 0, 0, 0, 0, 12));
	must(shim_memory_copy(instance, 0, 3, 0, 0, 12));
	text_is(instance, 0, "paspassive data");
	must(shim_memory_copy(instance, 0, 0, 0, 3, 12));
	text_is(instance, 0, "passive dataata");
	must(shim_memory_copy(instance, 0, WASM_PAGE, 0, 0, 0));
	test_err(-EFAULT, shim_memory_copy(instance, 0, WASM_PAGE - 1, 0, 0, 2));
	test_err(-EFAULT, shim_memory_copy(instance, 0, 0, 0, WASM_PAGE - 1, 2));
	test_err(-EINVAL, shim_memory_copy(instance, 1, 0, 0, 0, 0));
	test_err(-EINVAL, shim_memory_copy(instance, 0, 0, 1, 0, 0));
	must(shim_memory_fill(instance, 0, 1, 'x', 3));
	text_is(instance, 0, "pxxxive");
	must(shim_memory_fill(instance, 0, WASM_PAGE, 1, 0));
	test_err(-EFAULT, shim_memory_fill(instance, 0, WASM_PAGE - 1, 1, 2));
	test_err(-EFAULT, shim_memory_fill(instance, 0, 2, 1, UINT64_MAX));
	test_eq(memory_at(instance, 0)[WASM_PAGE - 1], 0);
	test_err(-EINVAL, shim_memory_fill(instance, 1, 0, 0, 0));
	finish();
}

TEST("table.get and table.set work up to the last element")
{
	void *value;

	start();
	for (uint32_t i = 0; i < 8; i++)
		must(shim_table_set(instance, 0, i, (void *)(uintptr_t)(i + 1)));
	for (uint32_t i = 0; i < 8; i++)
		test_eq(table_at(instance, 0, i), i + 1);
	must_fail(-ERANGE, "out of bounds table access: 1 elements at 8, table 0 has 8",
		  shim_table_get(instance, 0, 8, &value));
	test_err(-ERANGE, shim_table_set(instance, 0, UINT32_MAX, NULL));
	test_err(-ERANGE, shim_table_get(instance, 1, 4, &value));
	must(shim_table_set(instance, 1, 3, &value));
	test_eq(table_at(instance, 1, 3), &value);
	must_fail(-EINVAL, "table 2 is not in the module", shim_table_get(instance, 2, 0, &value));
	test_err(-EINVAL, shim_table_set(instance, 2, 0, NULL));
	finish();
}

TEST("table.init writes a range of a passive segment, whichever form it has")
{
	struct shim_vm_func_ref *a, *b;

	start();
	a = shim_instance_func_ref(instance, 0);
	b = shim_instance_func_ref(instance, 1);
	test_eq(table_at(instance, 0, 0), b);
	must(shim_table_init(instance, 0, 0, 4, 1, 2));
	test_eq(table_at(instance, 0, 3), 0);
	test_eq(table_at(instance, 0, 4), b);
	test_eq(table_at(instance, 0, 5), a);
	must(shim_table_set(instance, 0, 6, a));
	must(shim_table_init(instance, 0, 3, 6, 0, 2));
	test_eq(table_at(instance, 0, 6), 0);
	test_eq(table_at(instance, 0, 7), b);
	must_fail(-ERANGE, "out of bounds table access: 3 elements at 6, table 0 has 8",
		  shim_table_init(instance, 0, 0, 6, 0, 3));
	must_fail(-ERANGE, "out of bounds table access: 3 elements at 1, element segment 0 has 3",
		  shim_table_init(instance, 0, 0, 0, 1, 3));
	test_err(-ERANGE, shim_table_init(instance, 0, 0, UINT32_MAX, 0, 2));
	test_err(-ERANGE, shim_table_init(instance, 0, 0, 0, UINT32_MAX, 2));
	test_eq(table_at(instance, 0, 0), b);
	must_fail(-EINVAL, "element segment 4 is not in the module",
		  shim_table_init(instance, 0, 4, 0, 0, 0));
	test_err(-EINVAL, shim_table_init(instance, 2, 0, 0, 0, 0));
	finish();
}

TEST("an element segment that was run, dropped or declared has no element left")
{
	start();
	for (uint32_t i = 1; i < 3; i++) {
		must(shim_table_init(instance, 0, i, 0, 0, 0));
		test_err(-ERANGE, shim_table_init(instance, 0, i, 0, 0, 1));
		must(shim_elem_drop(instance, i));
	}
	must(shim_elem_drop(instance, 3));
	test_err(-ERANGE, shim_table_init(instance, 0, 3, 0, 0, 1));
	must(shim_table_init(instance, 0, 0, 0, 0, 3));
	must(shim_elem_drop(instance, 0));
	test_err(-ERANGE, shim_table_init(instance, 0, 0, 0, 0, 1));
	test_err(-EINVAL, shim_elem_drop(instance, 4));
	/* Data are not elements. */
	must(shim_memory_init(instance, 0, 0, 0, 0, 12));
	finish();
}

TEST("table.copy moves within a table, overlapping too; table.fill sets elements")
{
	start();
	for (uint32_t i = 0; i < 8; i++)
		must(shim_table_set(instance, 0, i, (void *)(uintptr_t)i));
	must(shim_table_copy(instance, 0, 2, 0, 0, 6));
	for (uint32_t i = 2; i < 8; i++)
		test_eq(table_at(instance, 0, i), i - 2);
	must(shim_table_copy(instance, 0, 0, 0, 2, 6));
	for (uint32_t i = 0; i < 6; i++)
		test_eq(table_at(instance, 0, i), i);
	test_err(-ERANGE, shim_table_copy(instance, 0, 3, 0, 0, 6));
	test_err(-ERANGE, shim_table_copy(instance, 0, 0, 0, 3, 6));
	test_err(-EINVAL, shim_table_copy(instance, 2, 0, 0, 0, 0));
	must(shim_table_copy(instance, 0, 8, 0, 8, 0));
	must(shim_table_fill(instance, 0, 1, (void *)9, 2));
	test_eq(table_at(instance, 0, 0), 0);
	test_eq(table_at(instance, 0, 1), 9);
	test_eq(table_at(instance, 0, 2), 9);
	test_eq(table_at(instance, 0, 3), 3);
	test_err(-ERANGE, shim_table_fill(instance, 0, 7, NULL, 2));
	test_err(-ERANGE, shim_table_fill(instance, 0, 9, NULL, 0));
	finish();
}

TEST_MAIN()
