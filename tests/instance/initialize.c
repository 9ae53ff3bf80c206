// SPDX-License-Identifier: MIT
// Elements are run before data; what has happened when a segment fails is as specified.
#include "allocator_test.h"

static const char elements_message[] =
	"table out of bounds: elements segment does not fit: segment 1, 2 elements at 3, "
	"table 0 has 4";
static const char data_message[] =
	"memory out of bounds: data segment does not fit: segment 1, 6 bytes at 65532, "
	"memory 0 has 65536";

/* elements_fail.wat, whose data is a static image, initialized once. */
static void check_elements(int is_bulk_memory)
{
	struct shim_allocator *allocator = allocator_single();
	struct shim_module *module = module_load("instance/elements_fail");

	test_ok(shim_module_defined_image(module, 0));
	for (int round = 0; round < 3; round++) {
		struct shim_instance *instance = instance_allocate(allocator, module);

		must_fail(-ERANGE, elements_message,
			  shim_allocator_initialize(allocator, instance, is_bulk_memory));
		/* The first segment stays with bulk memory, the third is not run. */
		test_eq(table_at(instance, 0, 0),
			is_bulk_memory ? shim_instance_func_ref(instance, 0) : NULL);
		for (uint32_t i = 1; i < 4; i++)
			test_eq(table_at(instance, 0, i), 0);
		memory_is(instance, 0, 0);
		test_err(-EINVAL, shim_allocator_initialize(allocator, instance, 1));
		shim_allocator_deallocate(allocator, instance);
	}
	shim_module_destroy(module);
	must(shim_allocator_destroy(allocator));
}

TEST("an element segment that does not fit, with bulk memory: the one before stays")
{
	check_elements(1);
}

TEST("an element segment that does not fit, without: nothing is written")
{
	check_elements(0);
}

static void check_data(int is_bulk_memory)
{
	struct shim_allocator *allocator = allocator_single();
	struct shim_module *module = module_load("instance/data_fails");

	test_ok(!shim_module_defined_image(module, 0));
	for (int round = 0; round < 3; round++) {
		struct shim_instance *instance = instance_allocate(allocator, module);

		must_fail(-EFAULT, data_message,
			  shim_allocator_initialize(allocator, instance, is_bulk_memory));
		if (is_bulk_memory) {
			test_eq(table_at(instance, 0, 0), shim_instance_func_ref(instance, 0));
			text_is(instance, 0, "first");
			memset((void *)memory_at(instance, 0), 0, 5);
		}
		test_eq(table_at(instance, 0, 1), 0);
		memory_is(instance, 0, 0);
		shim_allocator_deallocate(allocator, instance);
	}
	shim_module_destroy(module);
	must(shim_allocator_destroy(allocator));
}

TEST("a data segment that does not fit, with bulk memory: all before it stays")
{
	check_data(1);
}

TEST("a data segment that does not fit, without: nothing is written")
{
	check_data(0);
}

TEST("an instance whose slot had a failed initialize is as any other")
{
	struct shim_allocator *allocator = allocator_single();
	struct shim_module *bad = module_load("instance/elements_fail"),
			   *good = module_load("instance/instance");

	for (int round = 0; round < 3; round++) {
		struct shim_instance *instance = instance_allocate(allocator, bad);

		test_err(-ERANGE, shim_allocator_initialize(allocator, instance, round % 2));
		shim_allocator_deallocate(allocator, instance);
		instance = instance_new(allocator, good);
		text_is(instance, 16, "hello world");
		test_bytes((const void *)memory_at(instance, 0), 0, 16);
		shim_allocator_deallocate(allocator, instance);
	}
	/* The image of the bad one is whole: only what failed did not show it. */
	shim_module_destroy(bad);
	shim_module_destroy(good);
	must(shim_allocator_destroy(allocator));
}

TEST("an empty segment fits at the end, and not behind it")
{
	struct shim_memory_plan memory = { .minimum = 1 };
	struct shim_table_plan table = { .type = SHIM_TYPE_FUNCREF, .minimum = 3 };
	struct shim_data_segment data = {
		.offset = { .op = SHIM_CONST_I32, .bits = WASM_PAGE },
	};
	struct shim_element_segment elements = {
		.type = SHIM_TYPE_FUNCREF,
		.offset = { .op = SHIM_CONST_I32, .bits = 3 },
	};
	struct shim_module_desc desc = {
		.size = sizeof(desc),
		.defined_memory_count = 1,
		.defined_memories = &memory,
		.defined_table_count = 1,
		.defined_tables = &table,
		.data_count = 1,
		.data = &data,
		.element_count = 1,
		.elements = &elements,
	};
	struct shim_allocator *allocator = allocator_small();
	int expected[3] = { 0, -EFAULT, -ERANGE };

	for (int i = 0; i < 3; i++) {
		struct shim_module *module = module_create(&desc);

		for (int bulk = 0; bulk < 2; bulk++) {
			struct shim_instance *instance = instance_allocate(allocator, module);

			test_err(expected[i], shim_allocator_initialize(allocator, instance, bulk));
			shim_allocator_deallocate(allocator, instance);
		}
		shim_module_destroy(module);
		if (i == 0)
			data.offset.bits++;
		else
			elements.offset.bits++;
	}
	must(shim_allocator_destroy(allocator));
}

TEST("an offset is not signed: it does not wrap around")
{
	struct shim_memory_plan memory = { .minimum = 1 };
	struct shim_data_segment data = {
		.offset = { .op = SHIM_CONST_I32, .bits = UINT32_MAX },
		.bytes = "ab",
		.length = 2,
	};
	struct shim_module_desc desc = {
		.size = sizeof(desc),
		.defined_memory_count = 1,
		.defined_memories = &memory,
		.data_count = 1,
		.data = &data,
	};
	struct shim_allocator *allocator = allocator_small();

	for (int i = 0; i < 2; i++) {
		struct shim_module *module = module_create(&desc);
		struct shim_instance *instance = instance_allocate(allocator, module);

		test_err(-EFAULT, shim_allocator_initialize(allocator, instance, 1));
		memory_is(instance, 0, 0);
		shim_allocator_deallocate(allocator, instance);
		shim_module_destroy(module);
		memory.flags = SHIM_PLAN_64;
		data.offset = (struct shim_const_instr){ .op = SHIM_CONST_I64, .bits = UINT64_MAX };
	}
	must(shim_allocator_destroy(allocator));
}

TEST("overlapping elements, an empty one at the end, and null behind them")
{
	struct shim_allocator *allocator = allocator_single();
	struct shim_module *module = module_load("instance/elements");

	for (int round = 0; round < 3; round++) {
		struct shim_instance *instance = instance_new(allocator, module);
		const uint32_t expected[] = { 0, 3, 2, 3 };

		for (uint32_t i = 0; i < 4; i++)
			test_eq(table_at(instance, 0, i),
				shim_instance_func_ref(instance, expected[i]));
		test_eq(table_at(instance, 0, 4), 0);
		test_eq(table_at(instance, 0, 5), 0);
		must(shim_table_fill(instance, 0, 0, (void *)1, 6));
		shim_allocator_deallocate(allocator, instance);
	}
	shim_module_destroy(module);
	must(shim_allocator_destroy(allocator));
}

TEST_MAIN()
