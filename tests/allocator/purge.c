// SPDX-License-Identifier: MIT
// After a purge no slot keeps content of the module; one in use is purged at its end.
#include "allocator_test.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

static struct shim_allocator *pool_of(uint32_t instances, uint32_t batch)
{
	struct shim_allocator_config config = config_small();

	config.instances = instances;
	config.reset_batch = batch;
	return allocator_create(&config);
}

static void check_empty(struct shim_allocator *allocator, uint32_t instances)
{
	struct shim_allocator_info info = info_of(allocator);

	test_eq(info.instances, 0);
	test_eq(info.waiting, 0);
	test_eq(info.unused_warm, 0);
	test_eq(info.unused_cold, is_pooling() ? instances : 0);
	test_eq(info.poisoned, 0);
	test_eq(info.modules, 0);
}

/* As many instances of a module at a time, gone again. */
static void use(struct shim_allocator *allocator, struct shim_module *module, uint32_t count)
{
	struct shim_instance *instances[100];

	for (uint32_t i = 0; i < count; i++) {
		instances[i] = instance_new(allocator, module);
		text_is(instances[i], 7, "text");
		memory_fill(instances[i], 0, 1);
	}
	for (uint32_t i = 0; i < count; i++)
		shim_allocator_deallocate(allocator, instances[i]);
}

TEST("unused slots are given back, those of other modules stay")
{
	struct shim_allocator *allocator = pool_of(100, 0);
	struct shim_module *module = module_text(1, 7, "text");
	struct shim_module *other = module_text(2, 7, "text of another");

	use(allocator, module, 90);
	use(allocator, other, 10);
	must(shim_allocator_purge_module(allocator, module));
	if (is_pooling()) {
		test_eq(info_of(allocator).unused_warm, 10);
		test_eq(info_of(allocator).unused_cold, 90);
		test_eq(info_of(allocator).modules, 1);
	}
	must(shim_allocator_purge_module(allocator, other));
	check_empty(allocator, 100);
	must(shim_allocator_purge_module(allocator, other));
	shim_module_destroy(module);
	shim_module_destroy(other);
	must(shim_allocator_destroy(allocator));
}

TEST("slots that wait for their batch are given back too")
{
	struct shim_allocator *allocator = pool_of(10, 100);
	struct shim_module *module = module_text(1, 7, "text");

	use(allocator, module, 8);
	if (is_pooling())
		test_eq(info_of(allocator).waiting, 8);
	must(shim_allocator_purge_module(allocator, module));
	check_empty(allocator, 10);
	shim_module_destroy(module);
	must(shim_allocator_destroy(allocator));
}

TEST("an instance in use goes on, and its slot is given back at its end")
{
	for (uint32_t batch = 0; batch < 6; batch += 5) {
		struct shim_allocator *allocator = pool_of(10, batch);
		struct shim_module *module = module_text(1, 7, "text");
		struct shim_instance *instance = instance_new(allocator, module);

		memory_at(instance, 0)[8] = 'E';
		must(shim_allocator_purge_module(allocator, module));
		shim_module_destroy(module);
		text_is(instance, 7, "tExt");
		must(shim_memory_grow(instance, 0, 1, NULL));
		test_eq(memory_at(instance, 0)[WASM_PAGE], 0);
		test_eq(info_of(allocator).instances, 1);
		test_eq(info_of(allocator).modules, 0);
		shim_allocator_deallocate(allocator, instance);
		shim_allocator_flush(allocator);
		check_empty(allocator, 10);
		must(shim_allocator_destroy(allocator));
	}
}

TEST("a module that was purged can be used again")
{
	struct shim_allocator *allocator = pool_of(3, 0);
	struct shim_module *module = module_text(1, 7, "text");
	struct shim_instance *before = instance_new(allocator, module);

	must(shim_allocator_purge_module(allocator, module));
	use(allocator, module, 2);
	shim_allocator_deallocate(allocator, before);
	use(allocator, module, 3);
	must(shim_allocator_purge_module(allocator, module));
	check_empty(allocator, 3);
	shim_module_destroy(module);
	must(shim_allocator_destroy(allocator));
}

static struct shim_allocator *shared;
static struct shim_module *shared_module;
static atomic_bool stop;

static void *use_on(void *unused)
{
	while (!atomic_load(&stop)) {
		struct shim_instance *instance = instance_new(shared, shared_module);

		text_is(instance, 7, "text");
		memory_at(instance, 0)[9] = 1;
		shim_allocator_deallocate(shared, instance);
	}
	return unused;
}

TEST("purges among threads that use the module lose nothing")
{
	for (uint32_t batch = 0; batch < 4; batch += 3) {
		pthread_t threads[3];

		atomic_store(&stop, false);
		shared = pool_of(30, batch);
		shared_module = module_text(1, 7, "text");
		for (unsigned int i = 0; i < ARRAY_SIZE(threads); i++)
			test_eq(pthread_create(&threads[i], NULL, use_on, NULL), 0);
		for (int i = 0; i < thread_rounds(300) + 20; i++)
			must(shim_allocator_purge_module(shared, shared_module));
		atomic_store(&stop, true);
		for (unsigned int i = 0; i < ARRAY_SIZE(threads); i++)
			pthread_join(threads[i], NULL);
		must(shim_allocator_purge_module(shared, shared_module));
		check_empty(shared, 30);
		shim_module_destroy(shared_module);
		must(shim_allocator_destroy(shared));
	}
}

static struct shim_allocator *purged;
static struct shim_module *purged_module;
static atomic_int turn;

/* Purges once a turn, when all slots have just become unused. */
static void *purge_in_turn(void *turns)
{
	for (int seen = 0; seen < (int)(intptr_t)turns; seen++) {
		while (atomic_load(&turn) <= seen)
			sched_yield();
		must(shim_allocator_purge_module(purged, purged_module));
	}
	return NULL;
}

TEST("slots that a purge has at the moment are not in use")
{
	int rounds = thread_rounds(100);
	pthread_t thread;

	purged = pool_of(60, 0);
	purged_module = module_text(1, 7, "text");
	test_eq(pthread_create(&thread, NULL, purge_in_turn, (void *)(intptr_t)rounds), 0);
	for (int i = 0; i < rounds; i++) {
		use(purged, purged_module, 60);
		atomic_fetch_add(&turn, 1);
	}
	use(purged, purged_module, 60);
	pthread_join(thread, NULL);
	shim_module_destroy(purged_module);
	must(shim_allocator_destroy(purged));
}

TEST_MAIN()
