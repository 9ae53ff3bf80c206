// SPDX-License-Identifier: MIT
// An area with limit 0 is all guard, can grow, and is all guard again after a reset.
#include "slot_test.h"

static struct shim_pool_config config;
static struct shim_pool *pool;

/* Area 0 starts empty, area 1 can never be anything else. */
static void start(void)
{
	config = config_default();
	config.areas[0].initial = 0;
	config.areas[1].initial = 0;
	config.areas[1].max = 0;
	pool = pool_create(&config);
}

/* CVE-2022-39392: a memory of 0 pages was not protected. */
TEST("its first byte faults")
{
	start();
	for (uint32_t slot = 0; slot < config.slots; slot++) {
		touches_fault(area_at(pool, slot, 0));
		touches_fault(area_at(pool, slot, 1));
	}
	test_eq(query(pool, 0).limit[0], 0);
	test_eq(query(pool, 0).resident_pages, 0);
}

TEST("it grows and is empty again after a reset and a purge")
{
	start();
	for (unsigned int round = 0; round < 4; round++) {
		resize(pool, 0, 0, PAGE);
		test_bytes((const void *)area_at(pool, 0, 0), 0, PAGE);
		area_at(pool, 0, 0)[PAGE - 1] = 1;
		touches_fault(area_at(pool, 0, 0) + PAGE);
		if (round % 2)
			reset(pool, 0);
		else
			purge(pool, 0);
		touches_fault(area_at(pool, 0, 0));
	}
}

TEST("it cannot grow past a max of 0")
{
	start();
	must_fail(-EINVAL, format("limit %zu is over max 0 of area 1", PAGE),
		  shim_slot_resize(pool, 0, 1, PAGE, NULL));
	resize(pool, 0, 1, 0);
}

TEST("an image may leave it empty, and a snapshot of it is empty")
{
	struct shim_image_area areas[2] = { 0 };
	uint32_t empty, copy, used;

	start();
	must(shim_image_create(pool, 1, areas, 2, &empty));
	areas[0].limit = 2 * PAGE;
	areas[0].source = "content";
	areas[0].length = 7;
	must(shim_image_create(pool, 1, areas, 2, &used));
	rebind(pool, 1, used);
	test_eq(area_at(pool, 1, 0)[0], 'c');
	rebind(pool, 1, empty);
	touches_fault(area_at(pool, 1, 0));
	must(shim_image_snapshot(pool, 1, 1, &copy));
	rebind(pool, 2, used);
	rebind(pool, 2, copy);
	touches_fault(area_at(pool, 2, 0));
	resize(pool, 2, 0, 2 * PAGE);
	test_bytes((const void *)area_at(pool, 2, 0), 0, 2 * PAGE);
}

TEST_MAIN()
