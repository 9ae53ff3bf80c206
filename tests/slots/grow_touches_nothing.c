// SPDX-License-Identifier: MIT
// Growing makes no page resident, and what is new reads as zero or as the image.
#include "slot_test.h"

TEST("growing leaves the resident pages as they are")
{
	struct shim_pool_config config = config_default();
	struct shim_pool *pool = pool_create(&config);
	uint64_t old, before;

	area_at(pool, 0, 0)[0] = 1;
	resident_is(pool, 0, 1);
	before = query(pool, 0).resident_pages;
	must(shim_slot_resize(pool, 0, 0, config.areas[0].max, &old));
	test_eq(old, config.areas[0].initial);
	must(shim_slot_resize(pool, 0, 1, config.areas[1].max, &old));
	test_eq(old, config.areas[1].initial);
	test_eq(query(pool, 0).resident_pages, before);
}

TEST("what is new reads as zero, what was there stays")
{
	struct shim_pool_config config = config_default();
	struct shim_pool *pool = pool_create(&config);
	volatile unsigned char *at = area_at(pool, 1, 0);

	fill(at, config.areas[0].initial, 4);
	for (uint64_t limit = config.areas[0].initial; limit <= config.areas[0].max;
	     limit += PAGE) {
		resize(pool, 1, 0, limit);
		for (uint64_t i = 0; i < config.areas[0].initial; i += 511)
			test_eq(at[i], noise(i, 4));
		test_bytes((const void *)(at + config.areas[0].initial), 0,
			   limit - config.areas[0].initial);
	}
}

TEST("growing to the limit that is there changes nothing")
{
	struct shim_pool_config config = config_default();
	struct shim_pool *pool = pool_create(&config);
	uint64_t old;

	dirty_all(pool, 0, 1);
	must(shim_slot_resize(pool, 0, 0, config.areas[0].initial, &old));
	test_eq(old, config.areas[0].initial);
	test_eq(area_at(pool, 0, 0)[77], noise(77, 1));
}

TEST("a slot of 4 GiB grows page by page to its end")
{
	struct shim_pool_config config = config_default();
	uint64_t large = UINT64_C(1) << 32;
	struct shim_pool *pool;

	config.areas[0].reserve = large;
	config.areas[0].max = large;
	pool = pool_create(&config);
	resize(pool, 1, 0, large - PAGE);
	touches_fault(area_at(pool, 1, 0) + large - PAGE);
	resize(pool, 1, 0, large);
	area_at(pool, 1, 0)[large - 1] = 42;
	touches_fault(area_at(pool, 1, 0) + large);
	reset(pool, 1);
	resize(pool, 1, 0, large);
	test_eq(area_at(pool, 1, 0)[large - 1], 0);
}

TEST_MAIN()
