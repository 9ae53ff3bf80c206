// SPDX-License-Identifier: MIT
// Who deallocates does not reset; no instance sees a byte of the last one, whoever resets.
#include "allocator_test.h"

#include <poll.h>
#include <pthread.h>

static struct shim_allocator *allocator;
static struct shim_module *module;
static struct shim_instance *had[64];

static void start(const struct shim_allocator_config *config)
{
	allocator = allocator_create(config);
	module = module_text(1, 100, "text");
}

static struct shim_allocator_config config_of(uint32_t mode, uint32_t instances)
{
	struct shim_allocator_config config = config_small();

	config.instances = instances;
	config.reset_mode = mode;
	return config;
}

/* An instance that is as the module says, and then not. */
static struct shim_instance *instance_used(void)
{
	struct shim_instance *instance = instance_new(allocator, module);

	text_is(instance, 100, "text");
	test_bytes((const void *)memory_at(instance, 0), 0, 100);
	test_bytes((const void *)(memory_at(instance, 0) + 104), 0, WASM_PAGE - 104);
	memory_fill(instance, 0, 0x55);
	return instance;
}

static void use_and_deallocate(uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		had[i] = instance_used();
	for (uint32_t i = 0; i < count; i++)
		shim_allocator_deallocate(allocator, had[i]);
}

static void finish(void)
{
	shim_module_destroy(module);
	must(shim_allocator_destroy(allocator));
}

TEST_WHEN(is_pooling, "threads reset what is deallocated, without a call")
{
	struct shim_allocator_config config = config_of(SHIM_RESET_THREADS, 10);

	config.reset_threads = 2;
	start(&config);
	for (int round = 0; round < 5; round++) {
		use_and_deallocate(10);
		test_until(info_of(allocator).waiting == 0);
		test_eq(info_of(allocator).unused_warm, 10);
		test_eq(info_of(allocator).instances, 0);
	}
	finish();
}

TEST_WHEN(is_pooling, "where all slots wait, and nobody was told, an allocate resets some")
{
	struct shim_allocator_config config = config_of(SHIM_RESET_THREADS, 10);

	config.reset_batch = 100;
	start(&config);
	use_and_deallocate(10);
	test_eq(info_of(allocator).waiting, 10);
	for (uint32_t i = 0; i < 10; i++) {
		had[i] = instance_used();
		test_eq(info_of(allocator).instances, i + 1);
	}
	test_err(-EBUSY, allocate_error(allocator, module));
	for (uint32_t i = 0; i < 10; i++)
		shim_allocator_deallocate(allocator, had[i]);
	finish();
}

TEST_WHEN(is_pooling, "who deallocates one more than may wait resets it alone")
{
	struct shim_allocator_config config = config_of(SHIM_RESET_EVENT, 10);

	config.reset_waiting = 3;
	start(&config);
	use_and_deallocate(5);
	test_eq(info_of(allocator).waiting, 3);
	test_eq(info_of(allocator).unused_warm, 2);
	shim_allocator_flush(allocator);
	test_eq(info_of(allocator).unused_warm, 5);
	finish();
}

static bool is_readable(void)
{
	struct pollfd pollfd = {
		.fd = test_success(shim_allocator_event(allocator)),
		.events = POLLIN,
	};

	test_sys(poll(&pollfd, 1, 0));
	return pollfd.revents & POLLIN;
}

TEST_WHEN(is_pooling, "a descriptor tells the program, which resets what waits")
{
	struct shim_allocator_config config = config_of(SHIM_RESET_EVENT, 10);

	config.reset_batch = 4;
	start(&config);
	for (int round = 0; round < 3; round++) {
		test_ok(!is_readable());
		use_and_deallocate(3);
		test_ok(!is_readable());
		had[0] = instance_used();
		shim_allocator_deallocate(allocator, had[0]);
		test_ok(is_readable());
		test_eq(info_of(allocator).waiting, 4);
		shim_allocator_flush(allocator);
		test_eq(info_of(allocator).waiting, 0);
	}
	finish();
}

TEST("there is no descriptor without that mode")
{
	struct shim_allocator_config config = config_of(SHIM_RESET_THREADS, 10);

	start(&config);
	test_err(-EOPNOTSUPP, shim_allocator_event(allocator));
	finish();
	test_err(-EFAULT, shim_allocator_event(NULL));
}

static void *churn(void *unused)
{
	int rounds = thread_rounds(2000);

	for (int i = 0; i < rounds; i++) {
		struct shim_instance *instance = instance_new(allocator, module);

		text_is(instance, 100, "text");
		test_eq(memory_at(instance, 0)[50], 0);
		test_eq(memory_at(instance, 0)[WASM_PAGE - 1], 0);
		memory_at(instance, 0)[50] = 1;
		memory_at(instance, 0)[WASM_PAGE - 1] = 1;
		shim_allocator_deallocate(allocator, instance);
	}
	return unused;
}

static void churn_in_threads(const struct shim_allocator_config *config)
{
	pthread_t threads[4];

	start(config);
	for (unsigned int i = 0; i < ARRAY_SIZE(threads); i++)
		test_eq(pthread_create(&threads[i], NULL, churn, NULL), 0);
	for (unsigned int i = 0; i < ARRAY_SIZE(threads); i++)
		pthread_join(threads[i], NULL);
	shim_allocator_flush(allocator);
	test_eq(info_of(allocator).waiting, 0);
	test_eq(info_of(allocator).instances, 0);
	finish();
}

TEST("with as many slots as threads each thread gets one, and a clean one")
{
	for (uint32_t batch = 0; batch < 6; batch += 3) {
		struct shim_allocator_config config = config_of(SHIM_RESET_THREADS, 4);

		config.reset_threads = 2;
		config.reset_batch = batch;
		churn_in_threads(&config);
		config = config_of(SHIM_RESET_EVENT, 4);
		config.reset_batch = batch;
		churn_in_threads(&config);
	}
}

TEST("so it is in an allocator of many shards")
{
	struct shim_allocator_config config = config_of(SHIM_RESET_THREADS, 200);

	config.reset_threads = 3;
	churn_in_threads(&config);
}

TEST_WHEN(is_pooling, "a purge finds the slots that wait and those that a thread has")
{
	struct shim_allocator_config config = config_of(SHIM_RESET_THREADS, 60);

	start(&config);
	for (int round = 0; round < 5; round++) {
		use_and_deallocate(60);
		must(shim_allocator_purge_module(allocator, module));
		test_eq(info_of(allocator).waiting, 0);
		test_eq(info_of(allocator).unused_cold, 60);
	}
	finish();
}

TEST_WHEN(is_pooling, "after a snapshot no slot that waited shows what was before")
{
	struct shim_allocator_config config = config_of(SHIM_RESET_THREADS, 40);
	struct shim_instance *model;

	start(&config);
	model = instance_new(allocator, module);
	memory_at(model, 0)[7] = 0x77;
	use_and_deallocate(39);
	must(shim_instance_snapshot(model));
	for (uint32_t i = 0; i < 39; i++) {
		had[i] = instance_new(allocator, module);
		test_eq(memory_at(had[i], 0)[7], 0x77);
		text_is(had[i], 100, "text");
		test_bytes((const void *)(memory_at(had[i], 0) + 104), 0, WASM_PAGE - 104);
	}
	for (uint32_t i = 0; i < 39; i++)
		shim_allocator_deallocate(allocator, had[i]);
	shim_allocator_deallocate(allocator, model);
	finish();
}

TEST_MAIN()
