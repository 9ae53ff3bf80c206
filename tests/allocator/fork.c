// SPDX-License-Identifier: MIT
// A child process has none of its parent's slots, and can make its own.
#include "allocator_test.h"

#include <sys/wait.h>

static struct shim_allocator *allocator;
static struct shim_module *module;
static struct shim_instance *instance;

static void start(void)
{
	allocator = allocator_small();
	module = module_text(2, 5, "text");
	instance = instance_new(allocator, module);
	memory_at(instance, 0)[100] = 1;
}

/* The child's checks; a failed one fails the test. */
static void in_child(void (*body)(void))
{
	pid_t child = fork();
	int status;

	test_sys(child);
	if (!child) {
		body();
		_exit(0);
	}
	test_sys(waitpid(child, &status, 0));
	test_eq(status, 0);
}

static void use_own(void)
{
	struct shim_allocator *own = allocator_small();

	for (int round = 0; round < 5; round++) {
		struct shim_instance *mine = instance_new(own, module);

		text_is(mine, 5, "text");
		test_eq(memory_at(mine, 0)[100], 0);
		memory_fill(mine, 0, 2);
		must(shim_memory_grow(mine, 0, 1, NULL));
		shim_allocator_deallocate(own, mine);
	}
	must(shim_allocator_destroy(own));
}

static void parent_goes_on(void)
{
	text_is(instance, 5, "text");
	test_eq(memory_at(instance, 0)[100], 1);
	memory_fill(instance, 0, 3);
	shim_allocator_deallocate(allocator, instance);
	for (int round = 0; round < 3; round++) {
		instance = instance_new(allocator, module);
		text_is(instance, 5, "text");
		test_eq(memory_at(instance, 0)[100], 0);
		memory_fill(instance, 0, 3);
		shim_allocator_deallocate(allocator, instance);
	}
	shim_module_destroy(module);
	must(shim_allocator_destroy(allocator));
}

TEST("a child makes an allocator of its own, the parent's goes on")
{
	start();
	in_child(use_own);
	parent_goes_on();
}

static volatile unsigned char *inherited;

static void touch_inherited(void)
{
	touches_fault(inherited);
}

TEST_WHEN(is_pooling, "a child does not have its parent's slots")
{
	start();
	inherited = memory_at(instance, 0);
	in_child(touch_inherited);
	parent_goes_on();
}

TEST("a fork between the writes of an instance and its reset loses nothing")
{
	start();
	for (int round = 0; round < 5; round++) {
		memory_fill(instance, 0, 4);
		in_child(use_own);
		memory_fill(instance, 0, 5);
		shim_allocator_deallocate(allocator, instance);
		instance = instance_new(allocator, module);
		text_is(instance, 5, "text");
		test_bytes((const void *)(memory_at(instance, 0) + 9), 0, 2 * WASM_PAGE - 9);
	}
	memory_at(instance, 0)[100] = 1;
	parent_goes_on();
}

TEST_MAIN()
