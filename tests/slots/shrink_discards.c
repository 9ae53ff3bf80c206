// SPDX-License-Identifier: MIT
// What lies past a shrunk limit is gone: after growing again it is zero or the image.
#include "slot_test.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/mman.h>

TEST("content past the new limit does not come back")
{
	struct shim_pool_config config = config_default();
	struct shim_pool *pool = pool_create(&config);
	volatile unsigned char *at = area_at(pool, 0, 0);
	uint64_t old;

	resize(pool, 0, 0, 20 * PAGE);
	fill(at, 20 * PAGE, 2);
	must(shim_slot_resize(pool, 0, 0, 7 * PAGE, &old));
	test_eq(old, 20 * PAGE);
	touches_fault(at + 7 * PAGE);
	resize(pool, 0, 0, 20 * PAGE);
	for (uint64_t i = 0; i < 7 * PAGE; i++)
		test_eq(at[i], noise(i, 2));
	test_bytes((const void *)(at + 7 * PAGE), 0, 13 * PAGE);
}

TEST("where the image reaches that far, the image comes back")
{
	struct shim_pool_config config = config_default();
	struct shim_pool *pool = pool_create(&config);
	struct model model;
	uint32_t image = image_noise(pool, &config, 1, 3, &model);
	volatile unsigned char *at = area_at(pool, 0, 0);

	rebind(pool, 0, image);
	dirty_all(pool, 0, 50);
	/* Once in the middle of the content, once at 0. */
	for (uint64_t limit = 0; limit <= 5 * PAGE; limit += 5 * PAGE) {
		fill(at, model.limits[0], 50);
		resize(pool, 0, 0, limit);
		resize(pool, 0, 0, config.areas[0].max);
		for (uint64_t i = 0; i < limit; i++)
			test_eq(at[i], noise(i, 50));
		test_mem((const void *)(at + limit), model.bytes[0] + limit,
			 config.areas[0].max - limit);
		resize(pool, 0, 0, model.limits[0]);
	}
	reset(pool, 0);
	model_check(pool, 0, &model);
}

TEST("shrinking gives the pages back")
{
	struct shim_pool_config config = config_default();
	struct shim_pool *pool = pool_create(&config);

	dirty_all(pool, 0, 1);
	resident_is(pool, 0, 6);
	resize(pool, 0, 0, PAGE);
	resident_is(pool, 0, 3);
	resize(pool, 0, 0, 4 * PAGE);
	resident_is(pool, 0, 3);
	resize(pool, 0, 0, 0);
	resize(pool, 0, 1, 0);
	test_eq(query(pool, 0).resident_pages, 0);
}

TEST("a reset of a shrunk slot brings the whole image back")
{
	struct shim_pool_config config = config_default();
	struct shim_pool *pool = pool_create(&config);
	struct model model;

	rebind(pool, 0, image_noise(pool, &config, 1, 3, &model));
	dirty_all(pool, 0, 9);
	resize(pool, 0, 0, 2 * PAGE);
	resize(pool, 0, 1, 0);
	reset(pool, 0);
	model_check(pool, 0, &model);
}

enum { REST, WRITE, END };

static _Atomic int order, obeyed;
static volatile unsigned char *target;
static int source;

/* Writes by system calls, for which a guard is an error and no signal. */
static void *writer(void *unused)
{
	(void)unused;
	for (;;) {
		int now = order;

		obeyed = now;
		if (now == END)
			return NULL;
		if (now == WRITE)
			test_ok(pread(source, (void *)target, 1, 0) == 1 || errno == EFAULT);
		else
			sched_yield();
	}
}

static void writer_order(int what)
{
	order = what;
	while (obeyed != what)
		sched_yield();
}

/* The slot is made smaller by one call while it is written. */
static void shrink_under_writer(struct shim_pool *pool, void (*shrink)(struct shim_pool *pool))
{
	pthread_t thread;

	source = memfd_create("byte", MFD_CLOEXEC);
	test_eq(pwrite(source, "x", 1, 0), 1);
	target = area_at(pool, 0, 0) + 12 * PAGE;
	test_eq(pthread_create(&thread, NULL, writer, NULL), 0);
	for (unsigned int round = 0; round < 300; round++) {
		resize(pool, 0, 0, 20 * PAGE);
		writer_order(WRITE);
		shrink(pool);
		writer_order(REST);
		resize(pool, 0, 0, 20 * PAGE);
		test_eq(*target, 0);
	}
	writer_order(END);
	pthread_join(thread, NULL);
}

static void shrink_by_resize(struct shim_pool *pool)
{
	resize(pool, 0, 0, 7 * PAGE);
}

static void shrink_by_reset(struct shim_pool *pool)
{
	reset(pool, 0);
}

TEST("a thread that writes past the new limit meanwhile leaves nothing there")
{
	shrink_under_writer(pool_default(), shrink_by_resize);
}

TEST("nor does one when a reset makes the slot smaller")
{
	shrink_under_writer(pool_default(), shrink_by_reset);
}

/* The slot is bound to an image with content past its limit, and then to another. */
static void nothing_comes_back(void (*switch_image)(struct shim_pool *pool))
{
	struct shim_pool_config config = config_default();
	struct shim_pool *pool = pool_create(&config);
	uint64_t max = config.areas[0].max;
	struct model model;

	rebind(pool, 0, image_noise(pool, &config, 1, 1, &model));
	resize(pool, 0, 0, PAGE);
	switch_image(pool);
	test_eq(query(pool, 0).image, SHIM_IMAGE_NONE);
	resize(pool, 0, 0, max);
	test_bytes((const void *)area_at(pool, 0, 0), 0, max);
}

static void by_unbinding(struct shim_pool *pool)
{
	rebind(pool, 0, SHIM_IMAGE_NONE);
}

static void by_purging(struct shim_pool *pool)
{
	must(shim_image_destroy(pool, query(pool, 0).image));
	purge(pool, 0);
}

TEST("content past a limit does not come back after a rebind")
{
	nothing_comes_back(by_unbinding);
}

TEST("content past a limit does not come back after a purge of a slot whose image is gone")
{
	nothing_comes_back(by_purging);
}

TEST_MAIN()
