// SPDX-License-Identifier: MIT
// A reset that looks for what was written keeps nobody from changing the memory map for long.
#include "test.h"

#include <pthread.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "abi.h"
#include "image.h"
#include "look.h"
#include "memory.h"
#include "pool.h"
#include "reset_mode.h"
#include "watch.h"

/* The slot that is looked at first has the mmap lock taken for the rest of the call. */
static void reset_both(struct pool *pool, uint64_t flags)
{
	uint32_t slots[] = { 0, 1 };
	struct guardslot_reset reset = { .slots = (uintptr_t)slots, .count = 2 };

	reset.flags = flags;
	test_reset_cmd(pool, &reset);
	test_eq(reset.out_done, 2);
}

static void *reset_often(void *arg)
{
	for (int i = 0; i < 4; i++)
		reset_both(arg, 0);
	return NULL;
}

static void looks(void)
{
	const uint64_t size = 8192 * PAGE;
	struct pool pool = pool_large(2, GIB, size);
	pthread_t other;
	uint8_t *second;
	uint32_t image;

	set_reset_mode(MODE_LOOK);
	poke(area_at(&pool, 0, 0), 1);
	prefault_range(&pool, 1, 0, 0, size);
	watched("a look", reset_both(&pool, 0));
	second = map_shared(pool.fd, pool.geometry.out_map_size, 0);
	watched("a slot that is mapped twice", reset_both(&pool, 0));
	test_eq(pthread_create(&other, NULL, reset_often, &pool), 0);
	watched("two calls for the same", reset_often(&pool));
	test_eq(pthread_join(other, NULL), 0);
	test_sys(munmap(second, pool.geometry.out_map_size));
	test_sys(munmap(pool.base, pool.geometry.out_map_size));
	pool.base = map_shared(pool.fd, pool.geometry.out_map_size, 0);
	watched("pages without entries", reset_both(&pool, 0));
	write_pages(area_at(&pool, 1, 0), 8192, 1);
	test_image_snapshot(&pool, 1, 1, &image);
	test_rebind(&pool, 1, image);
	test_image_destroy(&pool, image);
	watched("the last use of an image", reset_both(&pool, GUARDSLOT_RESET_REBIND));
	pool_close(&pool);
}

TEST("8,192 pages are looked at, or cannot be, and their image goes")
{
	test_no_long_section(looks);
}

/* Pages of one slot, and of four that share a flush; all are written each time. */
static void many_looks(void)
{
	const uint64_t size = 32768 * PAGE;
	struct pool pool = pool_large(5, size, size);
	struct guardslot_query query;

	set_reset_mode(MODE_LOOK);
	for (uint32_t slot = 0; slot < 4; slot++)
		write_pages(area_at(&pool, slot, 0), 8000, 1);
	watched("four slots of 8,000 pages", reset_slots(&pool, 0, 4));
	write_pages(area_at(&pool, 4, 0), size / PAGE, 1);
	watched("a slot of 32,768 pages", test_reset(&pool, 4));
	test_ok(do_query(&pool, 4, &query) == 0 && query.out_looks == 1);
	pool_close(&pool);
}

TEST("32,000 pages of four slots are looked at, and 32,768 of one")
{
	test_no_long_section(many_looks);
}

/* Each page has a page table of its own. */
static void far_looks(void)
{
	struct pool pool = pool_large(1, 64 * GIB, 64 * GIB);
	struct guardslot_query query;

	set_reset_mode(MODE_LOOK);
	for (uint64_t at = 0; at < 64 * GIB; at += PAGE / 8 * PAGE)
		poke(area_at(&pool, 0, 0) + at, 1);
	watched("far pages that were written", test_reset(&pool, 0));
	/* This one had the mmap lock taken from it, and left marks. */
	test_reset(&pool, 0);
	watched("far pages that were not", test_reset(&pool, 0));
	test_ok(do_query(&pool, 0, &query) == 0 && query.out_looks == 3);
	pool_close(&pool);
}

TEST("32,768 pages that are far from each other are looked at")
{
	test_no_long_section(far_looks);
}

#define SLOTS 32

static void looks_often(struct pool *pool)
{
	for (int look = 0; look < 72; look++)
		reset_slots(pool, 0, SLOTS);
}

/* They are given back by the same look. */
static void cold_pages(uint64_t pages, uint64_t distance)
{
	struct pool pool = pool_large(SLOTS, pages * distance, pages * distance);

	set_reset_mode(MODE_LOOK);
	for (uint32_t slot = 0; slot < SLOTS; slot++)
		for (uint64_t at = 0; at < pages; at++)
			poke(area_at(&pool, slot, 0) + at * distance, 1);
	watched("pages that grow cold", looks_often(&pool));
	/* But for one that is unmapped for the flush, and has no entry then. */
	for (uint32_t slot = 0; slot < SLOTS; slot++)
		test_ok(resident_of(&pool, slot) <= 1);
	pool_close(&pool);
}

static void near_cold_pages(void)
{
	cold_pages(800, PAGE);
}

static void far_cold_pages(void)
{
	cold_pages(800, 64 * PAGE);
}

TEST("32 slots have 800 pages each that were not written for long")
{
	test_no_long_section(near_cold_pages);
}

TEST("the same, and the pages are far from each other")
{
	test_no_long_section(far_cold_pages);
}

/*
 * Memory of a child, which that may kill. Where the kernel does not handle such memory resets
 * have nothing to look for; where it does not tell, they look once a tick.
 */
static void fail_page(void)
{
	pid_t child = fork();

	test_sys(child);
	if (child == 0) {
		uint8_t *page = map_private(PAGE);

		poke(page, 1);
		madvise(page, PAGE, MADV_HWPOISON);
		_exit(0);
	}
	test_sys(waitpid(child, NULL, 0));
}

static void large_image(void)
{
	const uint64_t size = 60000 * PAGE;
	struct pool pool = pool_large(2, size, size);
	uint32_t image;

	set_reset_mode(MODE_LOOK);
	write_pages(area_at(&pool, 1, 0), 60000, 1);
	test_image_snapshot(&pool, 1, 1, &image);
	test_purge(&pool, 1);
	test_rebind(&pool, 1, image);
	poke(area_at(&pool, 0, 0), 1);
	poke(area_at(&pool, 1, 0), 1);
	fail_page();
	watched("a page of a large image", reset_both(&pool, 0));
	pool_close(&pool);
}

TEST("memory has failed, and a slot of one page has an image of 60,000")
{
	test_no_long_section(large_image);
}

TEST_MAIN()
