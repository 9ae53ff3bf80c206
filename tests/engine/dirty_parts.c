// SPDX-License-Identifier: MIT
// A slot of many pages is looked at in parts, between which others may change the map, and loses no byte.
/*
 * Of pages that were all written 28 MiB are looked at under one hold of the mmap lock, and of
 * others up to 128 MiB.
 */
#include "test.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/mman.h>

#include "abi.h"
#include "content.h"
#include "memory.h"
#include "pool.h"
#include "reset_mode.h"

#define PART ((4 << 20) / PAGE)
#define HOLD (7 * PART)
#define PAGES (16 * PART)

static struct pool pool;

static uint8_t *page_at(size_t page)
{
	return area_at(&pool, 0, 0) + page * PAGE;
}

/* A slot that has been looked at, so that no page is marked. */
static void start(void)
{
	test_timeout(60);
	set_reset_mode(MODE_LOOK);
	pool = pool_plain(1, PAGES, 0);
	write_pages(page_at(0), PAGES, 1);
	test_reset(&pool, 0);
}

/* Resets, sees that all is zero, and gives what was counted of that reset. */
static struct guardslot_query reset_counted(void)
{
	struct guardslot_query before, after;

	test_query(&pool, 0, &before);
	test_reset(&pool, 0);
	test_query(&pool, 0, &after);
	for (size_t i = 0; i < PAGES; i++)
		if (!page_is_zero(page_at(i)))
			test_fail("page %zu is not zero", i);
	after.out_looks -= before.out_looks;
	after.out_skipped_pages -= before.out_skipped_pages;
	after.out_flushes -= before.out_flushes;
	return after;
}

TEST("all pages were written: as many as one hold takes have a flush of their own")
{
	struct guardslot_query did;

	start();
	for (int round = 0; round < 3; round++) {
		write_pages(page_at(0), PAGES, 1);
		did = reset_counted();
		test_eq(did.out_looks, 1);
		test_eq(did.out_flushes, 3);
		test_eq(did.out_skipped_pages, 0);
	}
	test_eq(reset_counted().out_skipped_pages, PAGES);
}

/* These are still in the TLB when they are written again: only a flush makes that seen. */
TEST("what was looked at before the first flush is seen when it is written again")
{
	const size_t again[] = { 0, 1, PART - 1, PART, HOLD - 1 };

	start();
	for (int round = 0; round < 3; round++) {
		write_pages(page_at(0), HOLD, 1);
		for (size_t i = 0; i < ARRAY_SIZE(again); i++)
			poke(page_at(again[i]), 2);
		test_reset(&pool, 0);
		for (size_t i = 0; i < ARRAY_SIZE(again); i++)
			poke(page_at(again[i]), 3);
		test_eq(reset_counted().out_skipped_pages, PAGES - ARRAY_SIZE(again));
	}
}

TEST("single pages on both sides of each border are found, with one flush")
{
	const size_t written[] = { 0,	     PART - 1,	   PART,     2 * PART - 1,
				   2 * PART, 3 * PART - 1, 3 * PART, PAGES - 1 };
	struct guardslot_query did;

	start();
	for (size_t i = 0; i < ARRAY_SIZE(written); i++)
		poke(page_at(written[i]), 1);
	did = reset_counted();
	test_eq(did.out_skipped_pages, PAGES - ARRAY_SIZE(written));
	test_eq(did.out_flushes, 1);
}

TEST("what was written through a mapping that is gone is copied in all parts")
{
	uint8_t *second;
	size_t size;

	start();
	size = pool.geometry.out_map_size;
	second = map_shared(pool.fd, size, 0);
	write_pages(second + slab_offset(&pool, 0, 0), PAGES, 1);
	test_sys(munmap(second, size));
	test_eq(reset_counted().out_skipped_pages, 0);
	test_eq(reset_counted().out_skipped_pages, PAGES);
}

static uint64_t flushes_of(uint32_t slot)
{
	struct guardslot_query query;

	test_query(&pool, slot, &query);
	return query.out_flushes;
}

/* Resets two slots by one call, and gives the flushes that were counted for each. */
static void reset_both(uint64_t flushes[2])
{
	uint32_t slots[] = { 0, 1 };
	struct guardslot_reset reset = { .slots = (uintptr_t)slots, .count = 2 };

	for (uint32_t i = 0; i < 2; i++)
		flushes[i] = flushes_of(i);
	test_reset_cmd(&pool, &reset);
	test_eq(reset.out_done, 2);
	for (uint32_t i = 0; i < 2; i++)
		flushes[i] = flushes_of(i) - flushes[i];
}

/*
 * Who is killed then finishes one of them, and not as many as a call can name. Two holds take
 * this many pages also where memory that failed is looked for first (Linux 6.1).
 */
TEST("a slot that is looked at in parts is reset before the next is looked at")
{
	uint64_t flushes[2];

	test_timeout(60);
	set_reset_mode(MODE_LOOK);
	pool = pool_plain(2, 9 * PART, 0);
	for (int round = 0; round < 2; round++) {
		for (uint32_t slot = 0; slot < 2; slot++)
			write_pages(area_at(&pool, slot, 0), 9 * PART, 1);
		reset_both(flushes);
		test_eq(flushes[0], 2);
		test_eq(flushes[1], 2);
	}
}

TEST("a flush that comes before many copies is counted, and so is the next one")
{
	uint64_t flushes[2];
	size_t size;

	test_timeout(60);
	set_reset_mode(MODE_LOOK);
	pool = pool_plain(2, 2 * PART, 0);
	size = pool.geometry.out_map_size;
	for (uint32_t slot = 0; slot < 2; slot++)
		write_pages(area_at(&pool, slot, 0), 2 * PART, 1);
	reset_both(flushes);
	test_sys(munmap(pool.base, size));
	pool.base = map_shared(pool.fd, size, 0);
	for (uint32_t slot = 0; slot < 2; slot++)
		poke(area_at(&pool, slot, 0), 1);
	reset_both(flushes);
	test_eq(flushes[0] + flushes[1], 2);
}

static _Atomic bool stop;

static void *change_map(void *arg)
{
	while (!atomic_load(&stop)) {
		void *map = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		munmap(map, PAGE);
	}
	return arg;
}

/* Without the lock for the second hold all that is left is copied, and there is one flush. */
static bool is_left_in_part(void)
{
	struct guardslot_query did;

	write_pages(page_at(0), PAGES, 1);
	test_timeout(60);
	did = reset_counted();
	return did.out_flushes == 1;
}

TEST("pages are copied, too, for which another thread does not leave the mmap lock")
{
	struct guardslot_query did;
	pthread_t threads[2];

	start();
	for (int i = 0; i < 2; i++)
		test_eq(pthread_create(&threads[i], NULL, change_map, NULL), 0);
	test_until(is_left_in_part());
	atomic_store(&stop, true);
	for (int i = 0; i < 2; i++)
		test_eq(pthread_join(threads[i], NULL), 0);
	did = reset_counted();
	test_eq(did.out_looks, 1);
	/* Not all of that call was looked at, and so none of its marks has gone. */
	test_eq(did.out_skipped_pages, 0);
}

static void *move_slab(void *arg)
{
	size_t size = pool.geometry.out_map_size;

	while (!atomic_load(&stop)) {
		void *at = mmap(pool.base, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
				pool.fd, 0);

		test_ok(at == pool.base);
	}
	return arg;
}

TEST("a slab that is unmapped and mapped again while its pages are looked at")
{
	pthread_t thread;

	start();
	for (int round = 0; round < 3; round++) {
		write_pages(page_at(0), PAGES, 1);
		atomic_store(&stop, false);
		test_eq(pthread_create(&thread, NULL, move_slab, NULL), 0);
		for (int i = 0; i < 5; i++)
			test_reset(&pool, 0);
		atomic_store(&stop, true);
		test_eq(pthread_join(thread, NULL), 0);
		reset_counted();
	}
}

TEST_MAIN()
