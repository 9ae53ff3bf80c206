// SPDX-License-Identifier: MIT
// A touch at or past a limit, in a guard or between areas is SIGSEGV at that very address.
/*
 * In a system call it is EFAULT. This holds for every area and at every point of a
 * slot's life; the byte before the limit is data.
 */
#include "test.h"

#include <sys/mman.h>

#include "abi.h"
#include "arch.h"
#include "image.h"
#include "memory.h"
#include "pool.h"

static int zeroes = -1, sink = -1;

static void files_open(void)
{
	zeroes = open("/dev/zero", O_RDONLY);
	sink = memfd_create("sink", 0);
	test_sys(zeroes);
	test_sys(sink);
}

/* No way to touch the byte works. */
static void test_guarded(uint8_t *at)
{
	test_signal(SIGSEGV, at, peek(at));
	test_signal(SIGSEGV, at, poke(at, 1));
	test_sys_err(-EFAULT, read(zeroes, at, 1));
	test_sys_err(-EFAULT, pwrite(sink, at, 1, 0));
}

/* Data up to the limit, none from there to @end. */
static void test_area(struct pool *pool, uint32_t slot, uint32_t area, uint64_t limit)
{
	uint8_t *at = area_at(pool, slot, area);
	uint64_t end = pool->geometry.areas[area].reserve + pool->geometry.areas[area].guard;

	test_eq(limit_of(pool, slot, area), limit);
	if (limit) {
		poke(at + limit - 1, 0x77);
		test_eq(peek(at + limit - 1), 0x77);
		poke(at, 0x78);
		test_eq(pread(zeroes, at + limit - 1, 1, 0), 1);
	}
	if (limit == end)
		return;
	test_guarded(at + limit);
	test_guarded(at + limit + 1);
	test_guarded(at + limit + PAGE - 1);
	test_guarded(at + (limit + end) / 2);
	test_guarded(at + end - PAGE);
	test_guarded(at + end - 1);
}

static void test_slot(struct pool *pool, uint32_t slot, uint64_t limit0, uint64_t limit1)
{
	test_area(pool, slot, 0, limit0);
	test_area(pool, slot, 1, limit1);
}

TEST("fresh slots: first, middle and last, every area")
{
	struct pool pool = pool_small(5);

	files_open();
	for (uint32_t slot = 0; slot < 5; slot += 2)
		test_slot(&pool, slot, 4 * PAGE, 2 * PAGE);
}

TEST("the pre-guard, from its first byte to its last")
{
	struct pool pool = pool_small(2);

	files_open();
	test_guarded(pool.base);
	test_guarded(pool.base + PAGE);
	test_guarded(pool.base + 2 * PAGE - 1);
	poke(pool.base + 2 * PAGE, 1);
}

TEST("the end of the last slot is the end of the map")
{
	struct pool pool = pool_small(2);
	uint8_t *end = pool.base + pool.geometry.out_map_size;

	files_open();
	test_guarded(end - 1);
	test_resize(&pool, 1, 1, 6 * PAGE);
	poke(end - 1, 3);
	test_eq(peek(end - 1), 3);
	test_resize(&pool, 1, 1, 5 * PAGE);
	test_guarded(end - 1);
	test_guarded(end - PAGE);
}

TEST("an area that grew, up to its max and never past it")
{
	struct pool pool = pool_small(2);

	files_open();
	test_slot(&pool, 1, 4 * PAGE, 2 * PAGE);
	test_resize(&pool, 1, 0, 5 * PAGE);
	test_slot(&pool, 1, 5 * PAGE, 2 * PAGE);
	test_resize(&pool, 1, 0, 16 * PAGE);
	test_resize(&pool, 1, 1, 6 * PAGE);
	test_slot(&pool, 1, 16 * PAGE, 6 * PAGE);
	test_slot(&pool, 0, 4 * PAGE, 2 * PAGE);
}

TEST("an area that shrank, after its pages were touched, down to nothing")
{
	const uint64_t limits[] = { 15, 8, 1 };
	struct pool pool = pool_small(2);

	files_open();
	test_resize(&pool, 0, 0, 16 * PAGE);
	memset(area_at(&pool, 0, 0), 0x55, 16 * PAGE);
	memset(area_at(&pool, 0, 1), 0x55, 2 * PAGE);
	for (size_t i = 0; i < ARRAY_SIZE(limits); i++) {
		test_resize(&pool, 0, 0, limits[i] * PAGE);
		test_slot(&pool, 0, limits[i] * PAGE, 2 * PAGE);
	}
	test_resize(&pool, 0, 0, 0);
	test_resize(&pool, 0, 1, 0);
	test_slot(&pool, 0, 0, 0);
}

TEST("a slot that was reset or purged has the guards of its initial limits")
{
	struct pool pool = pool_small(2);

	files_open();
	for (int round = 0; round < 2; round++) {
		test_resize(&pool, 1, 0, 12 * PAGE);
		test_resize(&pool, 1, 1, PAGE);
		memset(area_at(&pool, 1, 0), 0x55, 12 * PAGE);
		test_reset(&pool, 1);
		test_slot(&pool, 1, 4 * PAGE, 2 * PAGE);

		test_resize(&pool, 1, 0, 2 * PAGE);
		test_purge(&pool, 1);
		test_slot(&pool, 1, 4 * PAGE, 2 * PAGE);
	}
}

TEST("a slot rebound to an image with smaller limits has that image's guards")
{
	struct pool pool = pool_small(2);
	struct guardslot_image_create nothing = { 0 };
	uint32_t large = image_filled(&pool, 1, 0x11, 14);
	uint32_t small = image_filled(&pool, 1, 0x22, 1);

	files_open();
	test_image_create(&pool, &nothing);
	test_rebind(&pool, 0, large);
	/* Shared pages of the large one are mapped when it goes. */
	test_bytes(area_at(&pool, 0, 0), 0x11, 14 * PAGE);
	test_slot(&pool, 0, 14 * PAGE, 2 * PAGE);
	test_rebind(&pool, 0, small);
	test_slot(&pool, 0, PAGE, 2 * PAGE);
	test_rebind(&pool, 0, nothing.out_image);
	test_slot(&pool, 0, 0, 0);
	test_rebind(&pool, 0, large);
	test_slot(&pool, 0, 14 * PAGE, 2 * PAGE);
	test_rebind(&pool, 0, GUARDSLOT_IMAGE_NONE);
	test_slot(&pool, 0, 4 * PAGE, 2 * PAGE);
}

TEST("a slot smaller than its image shows nothing of the image past its limit")
{
	struct pool pool = pool_small(2);
	uint8_t *at = area_at(&pool, 0, 0);

	files_open();
	test_rebind(&pool, 0, image_filled(&pool, 1, 0x33, 14));
	for (int round = 0; round < 2; round++) {
		if (round)
			test_bytes(at, 0x33, 14 * PAGE);
		test_resize(&pool, 0, 0, 3 * PAGE);
		/* Reading the first page may bring its neighbours, up to the limit. */
		test_bytes(at, 0x33, 3 * PAGE);
		for (size_t page = 3; page < 14; page++)
			test_guarded(at + page * PAGE + 7);
		test_resize(&pool, 0, 0, 4 * PAGE);
		test_bytes(at, 0x33, 4 * PAGE);
		test_guarded(at + 4 * PAGE);
		test_reset(&pool, 0);
	}
}

TEST("an access across the limit faults at the limit and transfers what lies before it")
{
	struct pool pool = pool_small(1);
	uint8_t *limit = area_at(&pool, 0, 0) + 4 * PAGE;
	volatile uint64_t *across = (volatile uint64_t *)(limit - 4);
	ssize_t got;

	files_open();
	test_signal(SIGSEGV, limit, *across);
	test_signal(SIGSEGV, limit, *across = 1);
	test_bytes(limit - 4, 0, 4);

	memset(limit - ARCH_COPIED, 0x66, ARCH_COPIED);
	got = read(zeroes, limit - ARCH_COPIED, 2 * ARCH_COPIED);
	test_ok(got == -1 ? errno == EFAULT : got <= ARCH_COPIED);
	got = pwrite(sink, limit - ARCH_COPIED, 2 * ARCH_COPIED, 0);
	test_ok(got == -1 ? errno == EFAULT : got <= ARCH_COPIED);
	test_guarded(limit);
}

TEST("each touch of a guard is counted once, on the slot whose guard it is")
{
	struct pool pool = pool_small(3);
	struct guardslot_query query;

	files_open();
	for (int i = 0; i < 5; i++) {
		uint8_t *at = area_at(&pool, 1, 0) + 4 * PAGE + (size_t)i * PAGE * 4;

		test_signal(SIGSEGV, at, peek(at));
	}
	test_query(&pool, 1, &query);
	test_eq(query.out_guard_hits, 5);
	test_query(&pool, 0, &query);
	test_eq(query.out_guard_hits, 0);
	test_query(&pool, 2, &query);
	test_eq(query.out_guard_hits, 0);
}

TEST("a guard holds in every mapping of the pool and in every process that has one")
{
	struct pool pool = pool_small(1);
	uint8_t *other = map_shared(pool.fd, pool.geometry.out_map_size, 0);
	uint8_t *at = other + slab_offset(&pool, 0, 0);
	int up[2], down[2];
	char byte = 0;

	files_open();
	test_sys(pipe(up));
	test_sys(pipe(down));
	test_resize(&pool, 0, 0, 8 * PAGE);
	memset(at, 0x41, 8 * PAGE);
	if (fork() == 0) {
		uint8_t *mine = map_shared(pool.fd, pool.geometry.out_map_size, 0);

		mine += slab_offset(&pool, 0, 0);
		test_bytes(mine, 0x41, 8 * PAGE);
		test_eq(write(up[1], "a", 1), 1);
		test_eq(read(down[0], &byte, 1), 1);
		test_guarded(mine + 6 * PAGE);
		test_guarded(mine + 8 * PAGE - 1);
		test_bytes(mine, 0x41, 6 * PAGE);
		test_eq(write(up[1], "b", 1), 1);
		_exit(0);
	}
	test_eq(read(up[0], &byte, 1), 1);
	test_resize(&pool, 0, 0, 6 * PAGE);
	test_guarded(at + 6 * PAGE);
	test_guarded(area_at(&pool, 0, 0) + 6 * PAGE);
	test_eq(write(down[1], "c", 1), 1);
	test_eq(read(up[0], &byte, 1), 1);
	test_eq(byte, 'b');
}

TEST_MAIN()
