// SPDX-License-Identifier: MIT
// An instance comes ready in one call, or not at all, and shows what it exports by name.
#include "allocator_test.h"

#include "binary.h"

static struct shim_allocator *allocator;
static struct shim_module *module;
static struct shim_instance *instance;

static void start(const char *text)
{
	module = module_write(text);
	must(shim_allocator_create_for(module, kind_get(), 1, &allocator));
	instance = NULL;
}

static void finish(void)
{
	shim_allocator_deallocate(allocator, instance);
	must(shim_allocator_destroy(allocator));
	shim_module_destroy(module);
}

/* A table, a memory and a global, exported as t, m and g, and "hi" in the memory at 5. */
#define OF_EACH                                                 \
	"4: 01 70 00 02 | 5: 01 00 01 | 6: 01 7f 01 41 2a 0b |" \
	"7: 03 01 74 01 00 01 6d 02 00 01 67 03 00 |"           \
	"11: 01 00 41 05 0b 02 68 69"

TEST("it has its content, and the next one the same")
{
	start(OF_EACH);
	for (int round = 0; round < 3; round++) {
		must(shim_instance_create(allocator, module, &instance));
		text_is(instance, 5, "hi");
		test_eq(shim_instance_find_global(instance, "g")->bits[0], 42);
		memory_fill(instance, 0, 7);
		shim_instance_find_global(instance, "g")->bits[0] = 7;
		shim_allocator_deallocate(allocator, instance);
	}
	instance = NULL;
	finish();
}

TEST("exports by name, and NULL for another kind, another name, and no instance")
{
	start(OF_EACH);
	must(shim_instance_create(allocator, module, &instance));
	test_ok(shim_instance_find_memory(instance, "m") == shim_instance_memory(instance, 0));
	test_ok(shim_instance_find_table(instance, "t") == shim_instance_table(instance, 0));
	test_ok(shim_instance_find_global(instance, "g") == shim_instance_global(instance, 0));
	test_ok(shim_instance_find_memory(instance, "m") &&
		shim_instance_find_table(instance, "t"));
	test_ok(!shim_instance_find_memory(instance, "t"));
	test_ok(!shim_instance_find_table(instance, "g"));
	test_ok(!shim_instance_find_global(instance, "m"));
	test_ok(!shim_instance_find_memory(instance, ""));
	test_ok(!shim_instance_find_table(instance, NULL));
	test_ok(!shim_instance_find_global(NULL, "g"));
	finish();
}

TEST("a segment that does not fit leaves no instance, and says which it was")
{
	/* Two bytes at the end of the memory but one. */
	start("5: 01 00 01 | 11: 01 00 41 ff ff 03 0b 02 68 69");
	for (int tries = 0; tries < 3; tries++) {
		test_err(-EFAULT, shim_instance_create(allocator, module, &instance));
		test_str(shim_error(), "memory out of bounds: data segment does not fit: segment "
				       "0, 2 bytes at 65535, memory 0 has 65536");
		test_ok(!instance);
		test_eq(info_of(allocator).instances, 0);
	}
	finish();
}

TEST("a module with imports, and pointers that are NULL")
{
	/* It imports m.g, a constant i32. */
	start("2: 01 01 6d 01 67 03 7f 00");
	must_fail(-EINVAL, "imports: 0 globals given, the module imports 1",
		  shim_instance_create(allocator, module, &instance));
	must_fail(-EFAULT, "request: module is NULL",
		  shim_instance_create(allocator, NULL, &instance));
	must_fail(-EFAULT, "out is NULL", shim_instance_create(allocator, module, NULL));
	test_err(-EFAULT, shim_instance_create(NULL, module, &instance));
	finish();
}

TEST_MAIN()
