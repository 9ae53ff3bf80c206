// SPDX-License-Identifier: MIT
// What a reset does beside looks keeps nobody from changing the memory map for long.
#include "test.h"

#include <sys/mman.h>
#include <unistd.h>

#include "abi.h"
#include "image.h"
#include "look.h"
#include "memory.h"
#include "pool.h"
#include "reset_mode.h"
#include "watch.h"

static void rebind_slots(struct pool *pool, uint32_t count, uint32_t image)
{
	uint32_t slots[32];
	struct guardslot_reset reset = { .slots = (uintptr_t)slots, .count = count };

	for (uint32_t slot = 0; slot < count; slot++)
		slots[slot] = slot;
	reset.flags = GUARDSLOT_RESET_REBIND;
	reset.image = image;
	test_reset_cmd(pool, &reset);
	test_eq(reset.out_done, count);
}

static void untracked(void)
{
	const uint64_t pages = 110000;
	struct pool pool = pool_large(1, pages * PAGE, pages * PAGE);
	uint8_t *second;

	set_reset_mode(MODE_LOOK);
	write_pages(area_at(&pool, 0, 0), pages, 1);
	test_reset(&pool, 0);
	test_reset(&pool, 0);
	second = map_shared(pool.fd, pool.geometry.out_map_size, 0);
	poke(second + slab_offset(&pool, 0, 0), 1);
	test_sys(munmap(second, pool.geometry.out_map_size));
	watched("a look", test_reset(&pool, 0));
	pool_close(&pool);
}

TEST("110,000 pages that another mapping may have written")
{
	test_no_long_section(untracked);
}

static void bound(void)
{
	const uint64_t pages = 20000;
	struct pool pool = pool_large(1, pages * PAGE, pages * PAGE);
	uint32_t image;

	set_reset_mode(MODE_LOOK);
	image = image_filled(&pool, 1, 7, 4);
	write_pages(area_at(&pool, 0, 0), pages, 1);
	watched("RESET with REBIND", test_rebind(&pool, 0, image));
	pool_close(&pool);
}

TEST("a slot of 20,000 pages that had no image is bound to one of 4")
{
	test_no_long_section(bound);
}

/* A look has the mmap lock taken when it is the other one's turn. */
static void bound_after_a_look(void)
{
	const uint64_t pages = 20000;
	struct pool pool = pool_large(2, pages * PAGE, pages * PAGE);
	struct guardslot_query before, after;
	uint32_t image;

	set_reset_mode(MODE_AUTO);
	image = image_keyed(&pool, 1, 7, 4000);
	test_rebind(&pool, 0, image);
	write_pages(area_at(&pool, 0, 0), 4000, 1);
	do {
		poke(area_at(&pool, 0, 0), 1);
		test_reset(&pool, 0);
		test_query(&pool, 0, &before);
	} while (before.out_looks < 10);
	write_pages(area_at(&pool, 1, 0), pages, 1);
	watched("RESET with REBIND", rebind_slots(&pool, 2, image));
	test_query(&pool, 0, &after);
	test_eq(after.out_looks, before.out_looks + 1);
	pool_close(&pool);
}

TEST("the same after a slot that is looked at")
{
	test_no_long_section(bound_after_a_look);
}

static void last_references(void)
{
	enum { SLOTS = 32 };
	struct pool pool = pool_large(SLOTS, 1000 * PAGE, 1000 * PAGE);

	set_reset_mode(MODE_LOOK);
	for (uint32_t slot = 0; slot < SLOTS; slot++) {
		uint32_t image = image_keyed(&pool, slot + 1, slot, 900);

		test_rebind(&pool, slot, image);
		test_image_destroy(&pool, image);
		poke(area_at(&pool, slot, 0), 1);
	}
	watched("RESET with REBIND", rebind_slots(&pool, SLOTS, 0));
	pool_close(&pool);
}

TEST("32 slots have the last references to images of 900 pages")
{
	test_no_long_section(last_references);
}

static void shared_runs(void)
{
	enum { PAGES = 500 };
	struct pool pool = pool_large(1, 2 * PAGES * PAGE, 2 * PAGES * PAGE);
	uint32_t image;

	set_reset_mode(MODE_LOOK);
	for (uint64_t i = 0; i < PAGES; i++)
		poke(area_at(&pool, 0, 0) + 2 * i * PAGE, 1);
	test_image_snapshot(&pool, 0, 1, &image);
	test_purge(&pool, 0);
	test_rebind(&pool, 0, image);
	for (uint64_t i = 0; i < PAGES; i++)
		peek(area_at(&pool, 0, 0) + 2 * i * PAGE);
	test_eq(shared_of(&pool, 0), PAGES);
	watched("RESET with REBIND", test_rebind(&pool, 0, 0));
	pool_close(&pool);
}

TEST("500 pages of an image are each unmapped by itself")
{
	test_no_long_section(shared_runs);
}

static void empty_tables(void)
{
	const uint64_t table = PAGE / 8 * PAGE, size = 4096 * table;
	struct pool pool = pool_large(1, size, PAGE);

	set_reset_mode(MODE_LOOK);
	test_resize(&pool, 0, 0, size);
	for (uint64_t at = 0; at < size; at += table)
		poke(area_at(&pool, 0, 0) + at, 1);
	test_purge(&pool, 0);
	test_resize(&pool, 0, 0, size);
	poke(area_at(&pool, 0, 0) + PAGE, 1);
	poke(area_at(&pool, 0, 0) + size - PAGE, 1);
	watched("a reset", test_reset(&pool, 0));
	pool_close(&pool);
}

TEST("two pages past the limit have 4,096 empty page tables between them")
{
	test_no_long_section(empty_tables);
}

static void written_last(void)
{
	struct pool pool = pool_large(2, 32000 * PAGE, 32000 * PAGE);

	set_reset_mode(MODE_LOOK);
	write_pages(area_at(&pool, 0, 0), 31950, 1);
	write_pages(area_at(&pool, 1, 0), 4096, 1);
	reset_slots(&pool, 0, 2);
	reset_slots(&pool, 0, 2);
	write_pages(area_at(&pool, 1, 0), 4096, 1);
	watched("looks", reset_slots(&pool, 0, 2));
	pool_close(&pool);
}

TEST("31,950 pages that were not written, and then 4,096 that were")
{
	test_no_long_section(written_last);
}

static struct pool pool_that_keeps(uint32_t slots, uint64_t keep)
{
	struct guardslot_create geometry = {
		.flags = GUARDSLOT_CREATE_NO_WRITE_SETS,
		.slots = slots,
		.keep_resident = keep,
		.area_count = 1,
		.areas = { { .reserve = 800 * PAGE, .max = 800 * PAGE, .initial = 800 * PAGE } },
	};

	return pool_map(&geometry);
}

static void pages_over_what_is_kept(void)
{
	enum { SLOTS = 32 };
	struct pool pool = pool_that_keeps(SLOTS, 16 * PAGE);

	set_reset_mode(MODE_LOOK);
	for (uint32_t slot = 0; slot < SLOTS; slot++)
		write_pages(area_at(&pool, slot, 0), 800, 1);
	watched("a reset", reset_slots(&pool, 0, SLOTS));
	pool_close(&pool);
}

TEST("32 slots have 784 pages each more than they keep")
{
	test_no_long_section(pages_over_what_is_kept);
}

static void many_mappings(void)
{
	struct pool pool = pool_that_keeps(1, 16 * PAGE);

	set_reset_mode(MODE_LOOK);
	for (int i = 0; i < 64; i++)
		map_shared(pool.fd, pool.geometry.out_map_size, 0);
	for (uint64_t i = 0; i < 126; i++)
		poke(area_at(&pool, 0, 0) + i * 2 * PAGE, 1);
	watched("a reset", test_reset(&pool, 0));
	pool_close(&pool);
}

TEST("110 pages more than are kept, of a slab that is mapped 65 times")
{
	test_no_long_section(many_mappings);
}

static bool memory_can_fail(void)
{
	return access("/proc/sys/vm/memory_failure_recovery", F_OK) == 0;
}

static void pages_after_a_failure(void)
{
	const uint64_t pages = 110000;
	struct pool pool = pool_large(1, pages * PAGE, pages * PAGE);
	void *victim;

	set_reset_mode(MODE_LOOK);
	write_pages(area_at(&pool, 0, 0), pages, 1);
	test_reset(&pool, 0);
	test_reset(&pool, 0);
	victim = map_private(PAGE);
	poke(victim, 1);
	test_sys(madvise(victim, PAGE, MADV_HWPOISON));
	watched("a look", test_reset(&pool, 0));
	test_sys(munmap(victim, PAGE));
	pool_close(&pool);
}

TEST_WHEN(memory_can_fail, "110,000 pages are looked at after some memory has failed")
{
	test_no_long_section(pages_after_a_failure);
}

TEST_MAIN()
