// SPDX-License-Identifier: MIT
// A slot that could not be reset is counted and never used again; the others go on.
#include "allocator_test.h"

#include "failing_calls.h"

#define SLOTS 6

static struct shim_allocator *allocator;
static struct shim_module *module;
static struct shim_instance *instances[SLOTS];

static void start_mode(uint32_t batch, uint32_t mode)
{
	struct shim_allocator_config config = config_small();

	config.instances = SLOTS;
	config.reset_batch = batch;
	config.reset_mode = mode;
	allocator = allocator_create(&config);
	module = module_text(2, 1, "text");
	for (int i = 0; i < SLOTS; i++) {
		instances[i] = instance_new(allocator, module);
		memory_fill(instances[i], 0, 1);
	}
}

static void start(uint32_t batch)
{
	start_mode(batch, SHIM_RESET_CALLER);
}

static void finish(void)
{
	shim_module_destroy(module);
	must(shim_allocator_destroy(allocator));
}

/* So many slots can be allocated, not the one that is gone, with the initial content. */
static void check_left(uint32_t left, const struct shim_instance *gone)
{
	struct shim_instance *had[SLOTS];

	test_eq(info_of(allocator).poisoned, SLOTS - left);
	for (uint32_t i = 0; i < left; i++) {
		had[i] = instance_new(allocator, module);
		test_ok(had[i] != gone);
		test_mem((const void *)memory_at(had[i], 0), "\0text\0", 6);
	}
	test_err(-EBUSY, allocate_error(allocator, module));
	test_eq(info_of(allocator).poisoned, SLOTS - left);
	for (uint32_t i = 0; i < left; i++)
		shim_allocator_deallocate(allocator, had[i]);
	shim_allocator_flush(allocator);
	must(shim_allocator_purge_module(allocator, module));
	test_eq(info_of(allocator).unused_cold, left);
	test_eq(info_of(allocator).poisoned, SLOTS - left);
}

TEST_WHEN(is_pooling, "one slot whose reset fails")
{
	start(0);
	for (int i = 0; i < SLOTS; i++) {
		calls_arm(0, ALL_CALLS);
		if (i != 2)
			calls_disarm();
		shim_allocator_deallocate(allocator, instances[i]);
		calls_disarm();
	}
	test_eq(info_of(allocator).reset_error, -ENOMEM);
	check_left(SLOTS - 1, instances[2]);
	finish();
}

TEST_WHEN(is_pooling, "one slot whose reset fails in a thread of the allocator")
{
	start_mode(0, SHIM_RESET_THREADS);
	test_eq(info_of(allocator).reset_error, 0);
	for (int i = 0; i < SLOTS; i++) {
		calls_arm(0, ALL_CALLS);
		if (i != 2)
			calls_disarm();
		shim_allocator_deallocate(allocator, instances[i]);
		test_until(info_of(allocator).waiting == 0);
		calls_disarm();
	}
	test_eq(info_of(allocator).reset_error, -ENOMEM);
	check_left(SLOTS - 1, instances[2]);
	finish();
}

/* With some calls of the batch failing. Returns whether any did. */
static bool fail_some(long nth, long count, uint32_t *poisoned)
{
	bool failed;

	start(SLOTS);
	for (int i = 0; i < SLOTS - 1; i++)
		shim_allocator_deallocate(allocator, instances[i]);
	test_eq(info_of(allocator).waiting, SLOTS - 1);
	calls_arm(nth, count);
	shim_allocator_deallocate(allocator, instances[SLOTS - 1]);
	failed = calls_disarm();
	test_eq(info_of(allocator).waiting, 0);
	/* A reset succeeds without some calls, such as the one that asks what was written. */
	*poisoned = info_of(allocator).poisoned;
	test_ok(*poisoned <= (uint32_t)failed * count);
	check_left(SLOTS - *poisoned, NULL);
	finish();
	return failed;
}

TEST_WHEN(is_pooling, "one slot of a batch, the others of it are reset")
{
	unsigned int ones = 0;

	for (long count = 1; count < 5; count++) {
		uint32_t poisoned;

		for (long nth = 0; fail_some(nth, count, &poisoned); nth++)
			ones += poisoned == 1;
	}
	test_note("%u times one slot was poisoned", ones);
	test_ok(ones > 0);
}

TEST_WHEN(is_pooling, "all slots of a batch")
{
	start(SLOTS);
	calls_arm(0, ALL_CALLS);
	for (int i = 0; i < SLOTS; i++)
		shim_allocator_deallocate(allocator, instances[i]);
	test_ok(calls_disarm());
	check_left(0, NULL);
	finish();
}

TEST_MAIN()
