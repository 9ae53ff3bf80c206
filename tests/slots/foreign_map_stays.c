// SPDX-License-Identifier: MIT
// What another thread maps into a hole of the slab stays, and no slot shows it.
/*
 * mremap() unmaps what is at the address before the kernel has memory for the new map. Here it
 * fails then, and what another thread maps meanwhile is there when it returns.
 */
#include "slot_test.h"

#include <string.h>
#include <sys/mman.h>

#include "failing_calls.h"

static struct shim_pool_config config;
static struct shim_pool *pool;
static struct model model;
static uint32_t images[2];
static volatile unsigned char *foreign;
static const uint32_t zero;

/* Slot 0 is bound to the first image, area 0 grown, all dirty. */
static void start(void)
{
	struct model other;

	config = config_default();
	pool = pool_create(&config);
	images[0] = image_noise(pool, &config, 1, 1, &model);
	images[1] = image_noise(pool, &config, 2, 2, &other);
	model_free(&other);
	rebind(pool, 0, images[0]);
	resize(pool, 0, 0, model.limits[0] + 9 * PAGE);
	dirty_all(pool, 0, 40);
	foreign = NULL;
}

static int do_rebind(void)
{
	return shim_slot_rebind(pool, &zero, 1, images[1], NULL);
}

static int do_unbind(void)
{
	return shim_slot_rebind(pool, &zero, 1, SHIM_IMAGE_NONE, NULL);
}

static int do_shrink(void)
{
	return shim_slot_resize(pool, 0, 0, PAGE, NULL);
}

static int do_reset(void)
{
	return shim_slot_reset(pool, &zero, 1, NULL);
}

static int do_purge(void)
{
	return shim_slot_purge(pool, &zero, 1, NULL);
}

/* Whether the nth mremap() of the operation failed; there may be less. */
static bool is_invaded(int (*operation)(void), long nth)
{
	int error;

	start();
	calls_choose("mremap", ENOMEM);
	calls_invade(&foreign);
	calls_arm(nth, 1);
	error = operation();
	calls_disarm();
	calls_invade(NULL);
	if (!foreign)
		return false;
	test_ok(error < 0);
	test_eq(*foreign, 7);
	return true;
}

static void foreign_stays_while_it_is_there(void)
{
	for (int i = 0; i < 2; i++) {
		test_err(-EEXIST, do_rebind());
		test_err(-EEXIST, do_reset());
		test_err(-EEXIST, do_purge());
		test_eq(*foreign, 7);
	}
	test_ok(strstr(shim_error(), "slot 0, area "));
	/* The page is in one of the two, and the other one shows nothing. */
	if (foreign != (unsigned char *)area_at(pool, 0, 0))
		touches_fault(area_at(pool, 0, 0));
	touches_fault(area_at(pool, 0, 1));
	/* Its neighbour is as usable as ever. */
	rebind(pool, 1, images[0]);
	model_check(pool, 1, &model);
}

static void each_call_of(int (*operation)(void))
{
	long nth;

	test_timeout(120);
	for (nth = 0; is_invaded(operation, nth); nth++) {
		foreign_stays_while_it_is_there();
		if (nth % 2) {
			/* Whoever mapped it is done with it. */
			test_sys(munmap((void *)foreign, PAGE));
			rebind(pool, 0, images[0]);
			model_check(pool, 0, &model);
			pool_destroy(pool);
		} else {
			pool_destroy(pool);
			test_eq(*foreign, 7);
			test_sys(munmap((void *)foreign, PAGE));
		}
		model_free(&model);
	}
	test_ok(nth > 0);
	pool_destroy(pool);
	model_free(&model);
}

TEST("when a slot is bound to another image")
{
	each_call_of(do_rebind);
}

TEST("when it is bound to none")
{
	each_call_of(do_unbind);
}

TEST("when an area shrinks")
{
	each_call_of(do_shrink);
}

TEST("when a reset shrinks one that grew")
{
	each_call_of(do_reset);
}

TEST("when a slot is purged")
{
	each_call_of(do_purge);
}

/* A hole that another thread's map was in, and that no call has closed since. */
static void hole_leave(void)
{
	test_ok(is_invaded(do_rebind, 0));
	test_sys(munmap((void *)foreign, PAGE));
}

/* As after mlockall(MCL_FUTURE): of what is long, a page can be mapped, and grown. */
TEST("where RLIMIT_MEMLOCK refuses what mmap() would lock")
{
	hole_leave();
	calls_choose("mmap", EAGAIN);
	calls_arm(0, 1);
	must(do_rebind());
	calls_disarm();
	rebind(pool, 0, images[0]);
	model_check(pool, 0, &model);
	pool_destroy(pool);
	model_free(&model);
}

TEST("when one call fails as the pool goes")
{
	bool failed = true;

	for (long nth = 0; failed; nth++) {
		hole_leave();
		calls_choose(NULL, ENOMEM);
		calls_arm(nth, 1);
		pool_destroy(pool);
		failed = calls_disarm();
		model_free(&model);
	}
}

TEST_MAIN()
