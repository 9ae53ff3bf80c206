// SPDX-License-Identifier: MIT
// A NULL, an instance of another allocator or one that is gone is an error, and never a crash.
#include "allocator_test.h"

static struct shim_allocator *allocator;
static struct shim_module *module;

static void start(void)
{
	allocator = allocator_small();
	module = module_text(2, 5, "text");
}

static void end(struct shim_instance *instance)
{
	shim_allocator_deallocate(allocator, instance);
	must(shim_allocator_destroy(allocator));
	shim_module_destroy(module);
}

static void is_null(const char *what, int error)
{
	char message[64];

	snprintf(message, sizeof(message), "%s is NULL", what);
	must_fail(-EFAULT, message, error);
}

TEST("each call takes NULL for an allocator, and says so")
{
	struct shim_allocator_info info = { .size = sizeof(info), .instances = 7 };
	struct shim_instance *instance;
	struct shim_instance_request request;

	start();
	request = request_of(module);
	instance = instance_new(allocator, module);
	is_null("allocator", shim_allocator_validate(NULL, module));
	is_null("allocator", shim_allocator_allocate(NULL, &request, &instance));
	is_null("allocator", shim_allocator_initialize(NULL, instance, 1));
	is_null("allocator", shim_allocator_purge_module(NULL, module));
	is_null("module", shim_allocator_purge_module(allocator, NULL));
	shim_allocator_deallocate(NULL, instance);
	shim_allocator_flush(NULL);
	is_null("allocator", shim_allocator_event(NULL));
	is_null("allocator", shim_allocator_query(NULL, &info));
	test_eq(info.instances, 7);
	is_null("info", shim_allocator_query(allocator, NULL));
	test_ok(!shim_allocator_pool(NULL));
	must(shim_allocator_destroy(NULL));
	test_eq(info_of(allocator).instances, 1);
	end(instance);
}

TEST("each call takes NULL for an instance, and says so")
{
	struct shim_vm_memory_import memory;
	struct shim_vm_table_import table;
	struct shim_vm_global_import global;
	struct shim_vm_tag_import tag;
	uint64_t length = 7;

	start();
	is_null("instance", shim_allocator_initialize(allocator, NULL, 1));
	is_null("instance", shim_instance_snapshot(NULL));
	is_null("instance", shim_memory_grow(NULL, 0, 1, NULL));
	is_null("instance", shim_memory_init(NULL, 0, 0, 0, 0, 0));
	is_null("instance", shim_memory_copy(NULL, 0, 0, 0, 0, 0));
	is_null("instance", shim_memory_fill(NULL, 0, 0, 0, 0));
	is_null("instance", shim_data_drop(NULL, 0));
	is_null("instance", shim_table_get(NULL, 0, 0, NULL));
	is_null("instance", shim_table_set(NULL, 0, 0, NULL));
	is_null("instance", shim_table_grow(NULL, 0, 1, NULL, NULL));
	is_null("instance", shim_table_init(NULL, 0, 0, 0, 0, 0));
	is_null("instance", shim_table_copy(NULL, 0, 0, 0, 0, 0));
	is_null("instance", shim_table_fill(NULL, 0, 0, NULL, 0));
	is_null("instance", shim_elem_drop(NULL, 0));
	is_null("instance", shim_instance_export_memory(NULL, 0, &memory));
	is_null("instance", shim_instance_export_table(NULL, 0, &table));
	is_null("instance", shim_instance_export_global(NULL, 0, &global));
	is_null("instance", shim_instance_export_tag(NULL, 0, &tag));
	test_ok(!shim_instance_tag(NULL, 0));
	test_ok(!shim_instance_state(NULL) && !shim_instance_from_state(NULL));
	test_ok(!shim_instance_module(NULL) && !shim_instance_host_state(NULL));
	test_ok(!shim_instance_memory(NULL, 0) && !shim_instance_table(NULL, 0));
	test_ok(!shim_instance_global(NULL, 0) && !shim_instance_func_ref(NULL, 0));
	test_ok(!shim_instance_stack(NULL, &length));
	test_eq(length, 0);
	test_eq(shim_instance_slot(NULL), SHIM_INDEX_NONE);
	end(NULL);
}

TEST("an answer may not be NULL")
{
	struct shim_instance *instance;

	start();
	instance = instance_new(allocator, module);
	is_null("import", shim_instance_export_memory(instance, 0, NULL));
	is_null("request", shim_allocator_allocate(allocator, NULL, &instance));
	is_null("module", shim_allocator_validate(allocator, NULL));
	end(instance);
}

TEST("an instance of another allocator is refused")
{
	struct shim_allocator *other;
	struct shim_instance *instance;

	start();
	other = allocator_small();
	instance = instance_allocate(allocator, module);
	must_fail(-EINVAL, "the instance belongs to another allocator",
		  shim_allocator_initialize(other, instance, 1));
	shim_allocator_deallocate(other, instance);
	test_eq(info_of(allocator).instances, 1);
	must(shim_allocator_initialize(allocator, instance, 1));
	text_is(instance, 5, "text");
	must(shim_allocator_destroy(other));
	end(instance);
}

TEST_WHEN(is_pooling, "an instance that is deallocated twice takes nothing from the next one")
{
	struct shim_instance *instance, *next;

	start();
	instance = instance_new(allocator, module);
	shim_allocator_deallocate(allocator, instance);
	shim_allocator_deallocate(allocator, instance);
	must_fail(-EINVAL, "the instance was deallocated",
		  shim_allocator_initialize(allocator, instance, 1));
	next = instance_new(allocator, module);
	text_is(next, 5, "text");
	test_eq(info_of(allocator).instances, 1);
	end(next);
}

TEST("an allocator whose instances are in use is not destroyed, and says so")
{
	struct shim_instance *instances[2];

	start();
	for (int i = 0; i < 2; i++)
		instances[i] = instance_new(allocator, module);
	must_fail(-EBUSY, "2 instances are in use", shim_allocator_destroy(allocator));
	text_is(instances[1], 5, "text");
	shim_allocator_deallocate(allocator, instances[0]);
	end(instances[1]);
}

TEST_MAIN()
