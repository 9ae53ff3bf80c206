// SPDX-License-Identifier: MIT
// Whichever malloc() fails, the call fails with ENOMEM, and no memory and no slot is lost.
#include "allocator_test.h"

#include "failing_malloc.h"

#define INSTANCES 3

static struct shim_module *parsed;
static struct shim_module_desc desc;

static int instance_use(struct shim_allocator *allocator, struct shim_instance *instance)
{
	int error = shim_allocator_initialize(allocator, instance, 1);

	if (!error)
		error = shim_memory_grow(instance, 0, 1, NULL);
	if (!error)
		error = shim_table_grow(instance, 0, 3, NULL, NULL);
	return error;
}

static int instances_cycle(struct shim_allocator *allocator, struct shim_module *module)
{
	struct shim_instance_request request = request_of(module);
	struct shim_instance *instances[INSTANCES];
	int error = 0, count = 0;

	while (!error && count < INSTANCES) {
		error = shim_allocator_allocate(allocator, &request, &instances[count]);
		if (!error)
			error = instance_use(allocator, instances[count++]);
	}
	if (!error && is_pooling())
		error = shim_instance_snapshot(instances[0]);
	while (count--)
		shim_allocator_deallocate(allocator, instances[count]);
	return error;
}

/* All of it again, in the same allocator: no slot may have been lost. */
static void check_whole(struct shim_allocator *allocator)
{
	mallocs_work();
	must(instances_cycle(allocator, parsed));
	shim_allocator_flush(allocator);
	test_eq(info_of(allocator).poisoned, 0);
	test_eq(info_of(allocator).instances, 0);
	must(shim_allocator_purge_module(allocator, parsed));
}

static int life(uint32_t batch)
{
	struct shim_allocator_config config = config_small();
	struct shim_allocator *allocator;
	struct shim_module *module;
	int error;

	config.instances = INSTANCES;
	config.reset_batch = batch;
	error = shim_allocator_create(&config, &allocator);
	if (error)
		return error;
	error = shim_module_create(&desc, &module);
	if (!error) {
		error = instances_cycle(allocator, module);
		if (!error)
			error = shim_allocator_purge_module(allocator, module);
		else
			check_whole(allocator);
		shim_module_destroy(module);
	}
	must(shim_allocator_destroy(allocator));
	return error;
}

static void sweep(uint32_t batch)
{
	unsigned int errors = 0;
	bool failed = true;

	parsed = module_load("instance/instance");
	desc = *shim_module_desc(parsed);
	/* The process-wide table of types and the like stay. */
	must(life(batch));
	for (long nth = 0; failed; nth++) {
		int error;

		mallocs_count(nth);
		error = life(batch);
		test_eq(mallocs_held(), 0);
		failed = mallocs_work();
		test_err(failed ? -ENOMEM : 0, error);
		errors += error != 0;
	}
	test_note("%u allocations", errors);
	test_ok(errors >= (is_pooling() ? 10 : 5));
	shim_module_destroy(parsed);
}

TEST("each malloc from create to destroy, in turn")
{
	sweep(0);
}

TEST("the same with batches")
{
	sweep(2);
}

TEST_WHEN(is_pooling, "a warm instance is made without any malloc")
{
	struct shim_allocator *allocator = allocator_small();
	struct shim_module *module = module_load("instance/passive");
	struct shim_instance_request request = request_of(module);
	struct shim_instance *instance;

	shim_allocator_deallocate(allocator, instance_new(allocator, module));
	mallocs_count(0);
	for (int i = 0; i < 10; i++) {
		must(shim_allocator_allocate(allocator, &request, &instance));
		must(shim_allocator_initialize(allocator, instance, 1));
		memory_at(instance, 0)[i] = 1;
		shim_allocator_deallocate(allocator, instance);
	}
	mallocs_held();
	test_ok(!mallocs_work());
	shim_module_destroy(module);
	must(shim_allocator_destroy(allocator));
}

TEST_MAIN()
