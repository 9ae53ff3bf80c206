// SPDX-License-Identifier: MIT
// A slot that waits for its batch is not used before its reset, and an allocate may force that.
#include "allocator_test.h"

#include <pthread.h>

static void check(uint32_t capacity, uint32_t batch)
{
	struct shim_allocator_config config = config_small();
	struct shim_module *module = module_text(1, 100, "text");
	struct shim_instance *instances[300];
	struct shim_allocator *allocator;

	config.instances = capacity;
	config.reset_batch = batch;
	allocator = allocator_create(&config);
	for (int round = 0; round < 3; round++) {
		for (uint32_t i = 0; i < capacity; i++) {
			instances[i] = instance_new(allocator, module);
			text_is(instances[i], 100, "text");
			test_bytes((const void *)memory_at(instances[i], 0), 0, 100);
			memory_fill(instances[i], 0, 1);
		}
		if (is_pooling())
			test_err(-EBUSY, allocate_error(allocator, module));
		for (uint32_t i = 0; i < capacity; i++) {
			shim_allocator_deallocate(allocator, instances[i]);
			if (is_pooling() && batch > 1)
				test_ok(info_of(allocator).waiting < batch);
			else
				test_eq(info_of(allocator).waiting, 0);
		}
		test_eq(info_of(allocator).instances, 0);
	}
	shim_allocator_flush(allocator);
	test_eq(info_of(allocator).waiting, 0);
	if (is_pooling())
		test_eq(info_of(allocator).unused_warm, capacity);
	shim_module_destroy(module);
	must(shim_allocator_destroy(allocator));
}

TEST("a full pool can be used three times over, whatever its batch")
{
	check(10, 5);
	check(10, 1);
	check(10, 0);
	check(10, 99);
	check(10, 1024);
	check(300, 7);
	check(300, 299);
}

TEST_WHEN(is_pooling, "a slot that waits is not used while there is another")
{
	struct shim_allocator_config config = config_small();
	struct shim_module *module = module_memory(1, 1);
	struct shim_instance *first, *second;
	struct shim_allocator *allocator;

	config.instances = 2;
	config.reset_batch = 2;
	allocator = allocator_create(&config);
	first = instance_new(allocator, module);
	memory_fill(first, 0, 1);
	shim_allocator_deallocate(allocator, first);
	test_eq(info_of(allocator).waiting, 1);
	second = instance_new(allocator, module);
	test_ok(second != first);
	/* Now there is no other: it is reset alone. */
	test_eq(instance_new(allocator, module), first);
	memory_is(first, 0, 0);
	test_eq(info_of(allocator).waiting, 0);
	shim_allocator_deallocate(allocator, first);
	shim_allocator_deallocate(allocator, second);
	shim_module_destroy(module);
	must(shim_allocator_destroy(allocator));
}

TEST("the host state is dropped at once, not with the batch")
{
	struct shim_allocator_config config = config_small();
	struct shim_module *module = module_memory(1, 1);
	struct shim_instance_request request = request_of(module);
	struct shim_allocator *allocator;
	char *host = strdup("host");

	config.reset_batch = 100;
	allocator = allocator_create(&config);
	request.host_state = host;
	request.host_state_drop = free;
	shim_allocator_deallocate(allocator, instance_request(allocator, &request));
	shim_module_destroy(module);
	must(shim_allocator_destroy(allocator));
	/* A sanitizer finds a state that is not freed, or freed twice. */
}

static struct shim_allocator *shared;
static struct shim_module *shared_module;

static void *churn(void *unused)
{
	int rounds = thread_rounds(2000);

	for (int i = 0; i < rounds; i++) {
		struct shim_instance *instance = instance_new(shared, shared_module);

		text_is(instance, 100, "text");
		test_eq(memory_at(instance, 0)[50], 0);
		memory_at(instance, 0)[50] = 1;
		shim_allocator_deallocate(shared, instance);
	}
	return unused;
}

TEST("with as many slots as threads each thread gets one, in any batch")
{
	for (uint32_t batch = 2; batch < 6; batch++) {
		struct shim_allocator_config config = config_small();
		pthread_t threads[4];

		config.instances = ARRAY_SIZE(threads);
		config.reset_batch = batch;
		shared = allocator_create(&config);
		shared_module = module_text(1, 100, "text");
		for (unsigned int i = 0; i < ARRAY_SIZE(threads); i++)
			test_eq(pthread_create(&threads[i], NULL, churn, NULL), 0);
		for (unsigned int i = 0; i < ARRAY_SIZE(threads); i++)
			pthread_join(threads[i], NULL);
		shim_allocator_flush(shared);
		test_eq(info_of(shared).instances, 0);
		shim_module_destroy(shared_module);
		must(shim_allocator_destroy(shared));
	}
}

TEST_MAIN()
