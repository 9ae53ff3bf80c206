// SPDX-License-Identifier: MIT
// In a child of the process that made a pooling allocator, each call but destroy is -EPERM.
#include "allocator_test.h"

#include <pthread.h>
#include <stdatomic.h>

#include "child.h"

static struct shim_allocator *allocator;
static struct shim_module *module;
static struct shim_instance *instance;

static void start(void)
{
	struct shim_allocator_config config = config_small();

	config.reset_batch = 2;
	allocator = allocator_create(&config);
	module = module_text(2, 5, "text");
	instance = instance_new(allocator, module);
}

static void is_refused(int error)
{
	char owner[64];

	snprintf(owner, sizeof(owner), "the allocator belongs to process %d", getppid());
	test_eq(error, -EPERM);
	if (!strstr(shim_error(), owner))
		test_fail("%s", shim_error());
}

static void every_call_is_refused(void)
{
	struct shim_instance_request request = request_of(module);
	struct shim_vm_memory_import memory;
	struct shim_vm_table_import table;
	struct shim_vm_global_import global;
	struct shim_vm_tag_import tag;
	struct shim_allocator_info info = { .size = sizeof(info), .instances = 7 };
	struct shim_instance *made;
	uint64_t length = 7;
	void *value;

	is_refused(shim_allocator_validate(allocator, module));
	is_refused(shim_allocator_allocate(allocator, &request, &made));
	is_refused(shim_instance_create(allocator, module, &made));
	is_refused(shim_allocator_initialize(allocator, instance, 1));
	is_refused(shim_allocator_purge_module(allocator, module));
	shim_allocator_deallocate(allocator, instance);
	shim_allocator_flush(allocator);
	is_refused(shim_allocator_event(allocator));
	is_refused(shim_allocator_query(allocator, &info));
	test_eq(info.instances, 7);
	test_ok(!shim_allocator_pool(allocator));

	is_refused(shim_instance_snapshot(instance));
	is_refused(shim_memory_grow(instance, 0, 1, NULL));
	is_refused(shim_memory_init(instance, 0, 0, 0, 0, 0));
	is_refused(shim_memory_copy(instance, 0, 0, 0, 0, 0));
	is_refused(shim_memory_fill(instance, 0, 0, 0, 1));
	is_refused(shim_data_drop(instance, 0));
	is_refused(shim_table_grow(instance, 0, 1, NULL, NULL));
	is_refused(shim_table_init(instance, 0, 0, 0, 0, 0));
	is_refused(shim_table_copy(instance, 0, 0, 0, 0, 0));
	is_refused(shim_table_get(instance, 0, 0, &value));
	is_refused(shim_table_set(instance, 0, 0, NULL));
	is_refused(shim_table_fill(instance, 0, 0, NULL, 1));
	is_refused(shim_elem_drop(instance, 0));
	is_refused(shim_instance_export_memory(instance, 0, &memory));
	is_refused(shim_instance_export_table(instance, 0, &table));
	is_refused(shim_instance_export_global(instance, 0, &global));
	is_refused(shim_instance_export_tag(instance, 0, &tag));
	test_ok(!shim_instance_module(instance) && !shim_instance_host_state(instance));
	test_eq(shim_instance_slot(instance), SHIM_INDEX_NONE);
	test_ok(!shim_instance_find_memory(instance, "memory"));
	test_ok(!shim_instance_find_table(instance, "table"));
	test_ok(!shim_instance_find_global(instance, "global"));
	test_ok(!shim_instance_state(instance) && !shim_instance_memory(instance, 0));
	test_ok(!shim_instance_table(instance, 0) && !shim_instance_global(instance, 0));
	test_ok(!shim_instance_tag(instance, 0));
	test_ok(!shim_instance_func_ref(instance, 0) && !shim_instance_stack(instance, &length));
	test_eq(length, 0);
}

TEST_WHEN(is_pooling, "each call is refused, and the parent's instance stays as it is")
{
	start();
	in_child({
		every_call_is_refused();
		must(shim_allocator_destroy(allocator));
	});
	text_is(instance, 5, "text");
	must(shim_memory_grow(instance, 0, 1, NULL));
	shim_allocator_deallocate(allocator, instance);
	must(shim_allocator_destroy(allocator));
}

static void on_demand_works(void)
{
	must(shim_memory_grow(instance, 0, 1, NULL));
	text_is(instance, 5, "text");
	shim_allocator_deallocate(allocator, instance);
	must(shim_allocator_destroy(allocator));
}

static bool is_on_demand(void)
{
	return allocator_is("ondemand");
}

TEST_WHEN(is_on_demand, "instances on demand are copied with all that the process has")
{
	start();
	in_child(on_demand_works());
	on_demand_works();
}

/* ---- locks ---------------------------------------------------------------------------- */

static atomic_bool stop;

static void *work(void *unused)
{
	(void)unused;
	while (!atomic_load(&stop)) {
		struct shim_module *own = module_text(1, 1, "a");

		shim_allocator_deallocate(allocator, instance_new(allocator, own));
		must(shim_allocator_purge_module(allocator, own));
		shim_module_destroy(own);
	}
	return NULL;
}

static void makes_its_own(void)
{
	struct shim_module *own = module_text(1, 1, "a");
	struct shim_allocator *mine = allocator_small();

	text_is(instance_new(mine, own), 1, "a");
	if (is_pooling())
		every_call_is_refused();
	if (is_pooling())
		must(shim_allocator_destroy(allocator));
	shim_module_destroy(module);
	shim_module_destroy(own);
}

TEST("a lock that another thread had when the process forked stops no call in the child")
{
	pthread_t thread;

	start();
	test_eq(pthread_create(&thread, NULL, work, NULL), 0);
	for (int round = 0; round < 50; round++)
		in_child(makes_its_own());
	atomic_store(&stop, true);
	pthread_join(thread, NULL);
}

TEST_MAIN()
