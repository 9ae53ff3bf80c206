// SPDX-License-Identifier: MIT
// A slot that waits for its reset is nobody's: it is claimed only after that, and clean.
#include "slot_test.h"

#include <poll.h>
#include <pthread.h>

#include "child.h"

static struct shim_pool *pool;
static struct model model;

static void start(uint32_t mode, uint32_t batch, uint32_t slots)
{
	struct shim_pool_config config = config_default();
	uint32_t image;

	config.slots = slots;
	config.reset_mode = mode;
	config.reset_batch = batch;
	pool = pool_create(&config);
	image = image_noise(pool, &config, 1, 1, &model);
	for (uint32_t slot = 0; slot < slots; slot++) {
		rebind(pool, slot, image);
		dirty_all(pool, slot, slot);
	}
}

static struct shim_pool_info info(void)
{
	struct shim_pool_info info;

	shim_pool_info_init(&info);
	must(shim_pool_query(pool, &info));
	return info;
}

static void release(uint32_t slot)
{
	must(shim_slot_release(pool, &slot, 1, 0, NULL));
}

TEST("a released slot waits, cannot be claimed, and is clean when it can")
{
	start(SHIM_RESET_EVENT, 0, 4);
	release(2);
	test_eq(query(pool, 2).state, SHIM_SLOT_WAITING);
	test_eq(info().waiting, 1);
	must_fail(-EAGAIN, "slot 2 is waiting for its reset", shim_slot_claim(pool, 2));
	shim_pool_flush(pool);
	test_eq(query(pool, 2).state, SHIM_SLOT_IDLE);
	test_eq(info().waiting, 0);
	must(shim_slot_claim(pool, 2));
	model_check(pool, 2, &model);
	pool_destroy(pool);
}

TEST("threads of the pool reset a vector")
{
	const uint32_t slots[] = { 3, 0, 1 };
	uint32_t done = 0;

	start(SHIM_RESET_THREADS, 0, 4);
	must(shim_slot_release(pool, slots, 3, 0, &done));
	test_eq(done, 3);
	test_until(info().waiting == 0);
	for (int i = 0; i < 3; i++) {
		must(shim_slot_claim(pool, slots[i]));
		model_check(pool, slots[i], &model);
	}
	test_err(-EOPNOTSUPP, shim_pool_event(pool));
	pool_destroy(pool);
}

TEST("who makes a batch full resets it, in the mode that is the default")
{
	start(SHIM_RESET_CALLER, 3, 4);
	release(0);
	release(1);
	test_eq(info().waiting, 2);
	release(2);
	test_eq(info().waiting, 0);
	for (uint32_t slot = 0; slot < 3; slot++)
		test_eq(query(pool, slot).state, SHIM_SLOT_IDLE);
	pool_destroy(pool);
}

TEST("a slot that waits is not released again, nor does a snapshot show what it has")
{
	const uint32_t slots[] = { 1, 2 };
	uint32_t image;

	start(SHIM_RESET_EVENT, 0, 4);
	release(2);
	must_fail(-EBUSY, "slot 2 is waiting for its reset",
		  shim_slot_release(pool, slots, 2, 0, NULL));
	test_eq(query(pool, 1).state, SHIM_SLOT_ACTIVE);
	must_fail(-EBUSY, "slot 2 is waiting for its reset", release_kept(pool, 2));
	must_fail(-EBUSY, "slot 2 was released and is not reset",
		  shim_image_snapshot(pool, 1, 2, &image));
	shim_pool_flush(pool);
	must(shim_image_snapshot(pool, 1, 2, &image));
	pool_destroy(pool);
}

TEST("where all wait, who claims any slot resets some and gets one")
{
	uint32_t slot;

	start(SHIM_RESET_EVENT, 0, 40);
	for (uint32_t i = 0; i < 40; i++)
		release(i);
	must(shim_slot_claim_any(pool, &slot));
	model_check(pool, slot, &model);
	test_ok(info().waiting < 40 && info().waiting > 20);
	for (uint32_t i = 1; i < 40; i++) {
		must(shim_slot_claim_any(pool, &slot));
		model_check(pool, slot, &model);
	}
	test_err(-EBUSY, shim_slot_claim_any(pool, &slot));
	pool_destroy(pool);
}

TEST("a purge of what is released finds the slots that wait")
{
	uint32_t done = 0;

	start(SHIM_RESET_EVENT, 0, 4);
	release(1);
	release(2);
	must(shim_pool_purge_idle(pool, &done));
	test_eq(done, 2);
	test_eq(info().waiting, 0);
	resident_is(pool, 1, 0);
	resident_is(pool, 2, 0);
	pool_destroy(pool);
}

TEST("a descriptor tells that a batch waits")
{
	struct pollfd pollfd = { .events = POLLIN };

	start(SHIM_RESET_EVENT, 2, 4);
	pollfd.fd = test_success(shim_pool_event(pool));
	release(0);
	test_eq(poll(&pollfd, 1, 0), 0);
	release(1);
	test_eq(poll(&pollfd, 1, 0), 1);
	shim_pool_flush(pool);
	test_eq(poll(&pollfd, 1, 0), 0);
	pool_destroy(pool);
}

static void child_run(void)
{
	uint32_t slot = 1;

	test_err(-EPERM, shim_slot_release(pool, &slot, 1, 0, NULL));
	test_err(-EPERM, shim_pool_event(pool));
	shim_pool_flush(pool);
	shim_pool_destroy(pool);
}

TEST("a child has nothing of what waits, and its parent all")
{
	start(SHIM_RESET_THREADS, 0, 4);
	for (uint32_t slot = 0; slot < 4; slot++) {
		release(slot);
		in_child(child_run());
	}
	test_until(info().waiting == 0);
	for (uint32_t slot = 0; slot < 4; slot++) {
		must(shim_slot_claim(pool, slot));
		model_check(pool, slot, &model);
	}
	pool_destroy(pool);
}

#define ROUNDS 60

static void *claim_and_release(void *number)
{
	unsigned char me = (unsigned char)(uintptr_t)number;

	for (int round = 0; round < ROUNDS; round++) {
		uint32_t slot;

		test_until(!shim_slot_claim_any(pool, &slot));
		test_eq(area_at(pool, slot, 0)[0], model.bytes[0][0]);
		test_eq(area_at(pool, slot, 0)[PAGE + 9], model.bytes[0][PAGE + 9]);
		area_at(pool, slot, 0)[0] = me;
		area_at(pool, slot, 0)[PAGE + 9] = me;
		release(slot);
	}
	return NULL;
}

TEST("among threads each claims slots that are clean, in every mode")
{
	for (uint32_t mode = SHIM_RESET_CALLER; mode <= SHIM_RESET_EVENT; mode++) {
		pthread_t threads[3];

		start(mode, 2, 4);
		for (uint32_t slot = 0; slot < 4; slot++)
			release(slot);
		for (uintptr_t i = 0; i < ARRAY_SIZE(threads); i++)
			test_eq(pthread_create(&threads[i], NULL, claim_and_release, (void *)i), 0);
		for (unsigned int i = 0; i < ARRAY_SIZE(threads); i++)
			pthread_join(threads[i], NULL);
		shim_pool_flush(pool);
		test_eq(info().waiting, 0);
		pool_destroy(pool);
	}
}

TEST_MAIN()
