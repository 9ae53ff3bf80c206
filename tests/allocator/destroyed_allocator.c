// SPDX-License-Identifier: MIT
// In a debug build a call on an allocator that was destroyed, or on its instances, is an error.
#include "allocator_test.h"

/* The program's own, instead of the library's. */
#define SHIM_DEBUG
#include "instance/allocator_ops.c"

/* The structs stay, and something must point to them. */
static struct shim_allocator *allocator;
static struct shim_instance *instance;

static void is_refused(int error)
{
	must_fail(-EINVAL, "the allocator was destroyed", error);
}

TEST("a destroyed allocator is refused, and destroying it again does nothing")
{
	struct shim_module *module = module_text(2, 5, "text");
	struct shim_instance_request request = request_of(module);
	struct shim_allocator_info info = { .size = sizeof(info) };
	struct shim_instance *made;

	allocator = allocator_small();
	must(shim_allocator_destroy(allocator));
	is_refused(shim_allocator_validate(allocator, module));
	is_refused(shim_allocator_allocate(allocator, &request, &made));
	is_refused(shim_allocator_purge_module(allocator, module));
	is_refused(shim_allocator_query(allocator, &info));
	shim_allocator_flush(allocator);
	test_ok(!shim_allocator_pool(allocator));
	must(shim_allocator_destroy(allocator));
	shim_module_destroy(module);
}

TEST_WHEN(is_pooling, "so is an instance that it had, which has no memory any more")
{
	struct shim_module *module = module_text(2, 5, "text");

	allocator = allocator_small();
	instance = instance_new(allocator, module);
	shim_allocator_deallocate(allocator, instance);
	must(shim_allocator_destroy(allocator));
	is_refused(shim_allocator_initialize(allocator, instance, 1));
	is_refused(shim_memory_grow(instance, 0, 1, NULL));
	test_ok(!shim_instance_memory(instance, 0) && !shim_instance_state(instance));
	test_ok(!shim_instance_module(instance));
	shim_allocator_deallocate(allocator, instance);
	shim_module_destroy(module);
}

TEST_MAIN()
