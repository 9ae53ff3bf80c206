// SPDX-License-Identifier: MIT
// No call keeps another task from running, or from changing its memory map, for long.
#include "test.h"

#include <sys/mman.h>

#include "abi.h"
#include "claim.h"
#include "image.h"
#include "memory.h"
#include "pool.h"
#include "watch.h"

/* The maps are gone, which takes the kernel its time; closing the file frees the pool. */
static void unmap(struct pool *pool)
{
	test_sys(munmap(pool->base, pool->geometry.out_map_size));
	test_sys(munmap(pool->claim, pool->geometry.out_claim_size));
}

static void far_pages(void)
{
	const uint64_t pages = 60000, distance = 64;
	struct pool pool = pool_large(2, 64 * GIB, 64 * GIB);

	for (uint32_t slot = 0; slot < 2; slot++)
		for (uint64_t i = 0; i < pages / (slot ? 10 : 1); i++)
			poke(area_at(&pool, slot, 0) + i * distance * PAGE, 1);
	watched("PURGE", test_purge(&pool, 0));
	release(&pool, 1);
	watched("drop_caches", drop_caches());
	test_eq(resident_of(&pool, 1), 0);
	pool_close(&pool);
}

TEST("pages that are far from each other: 60,000 purged, 6,000 reclaimed")
{
	test_no_long_section(far_pages);
}

static void many_images(void)
{
	struct pool pool = pool_large(1, PAGE, PAGE);

	for (int i = 0; i < 30000; i++) {
		struct guardslot_image_create create = { .areas[0].limit = PAGE };

		test_image_create(&pool, &create);
	}
	unmap(&pool);
	watched("close", test_sys(close(pool.fd)));
}

TEST("30,000 images, released")
{
	test_no_long_section(many_images);
}

static void many_pages(void)
{
	const uint64_t size = 32768 * PAGE;
	struct pool pool = pool_large(2, GIB, 0);
	uint32_t image;

	test_resize(&pool, 0, 0, size);
	watched("PREFAULT", prefault_range(&pool, 0, 0, 0, size));
	watched("RESET", test_reset(&pool, 0));
	watched("RESIZE up", test_resize(&pool, 0, 0, size));
	for (uint64_t i = 0; i < size; i += PAGE * 4)
		poke(area_at(&pool, 0, 0) + i, 1);
	watched("IMAGE_SNAPSHOT", test_image_snapshot(&pool, 0, 1, &image));
	watched("RESET with REBIND", test_rebind(&pool, 0, image));
	watched("RESIZE to 0", test_resize(&pool, 0, 0, 0));
	unmap(&pool);
	watched("close", test_sys(close(pool.fd)));
}

TEST("32,768 pages: made, parked, grown into, snapshot, shrunk, closed")
{
	test_no_long_section(many_pages);
}

static void many_slots(void)
{
	struct pool pool;

	watched("CREATE and mmap", pool = pool_large(300000, PAGE, PAGE));
	for (uint32_t slot = 0; slot < 300000; slot += 10)
		poke(area_at(&pool, slot, 0), 1);
	unmap(&pool);
	watched("close", test_sys(close(pool.fd)));
}

TEST("300,000 slots: made, mapped and closed")
{
	test_no_long_section(many_slots);
}

TEST_MAIN()
