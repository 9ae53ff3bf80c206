// SPDX-License-Identifier: MIT
// A touch at or past a limit, in a guard or between areas is SIGSEGV at that address, always.
#include "slot_test.h"

static struct shim_pool_config config;
static struct shim_pool *pool;

static void start(void)
{
	config = config_default();
	pool = pool_create(&config);
}

/* From the limit to the end of the area's guard; below the limit nothing faults. */
static void area_is_guarded(uint32_t slot, uint32_t area, uint64_t limit)
{
	volatile unsigned char *at = area_at(pool, slot, area);
	const struct shim_area_config *c = &config.areas[area];

	test_eq(query(pool, slot).limit[area], limit);
	if (limit) {
		at[0] = 1;
		at[limit - 1] = 1;
	}
	touches_fault(at + limit);
	touches_fault(at + limit + 1);
	touches_fault(at + limit + PAGE - 1);
	touches_fault(at + limit + (c->reserve + c->guard - limit) / 2);
	touches_fault(at + c->reserve);
	touches_fault(at + c->reserve + c->guard - 1);
	if (c->max > limit)
		touches_fault(at + c->max - 1);
	if (c->max < c->reserve)
		touches_fault(at + c->max);
}

static void slot_is_guarded(uint32_t slot, uint64_t limit0, uint64_t limit1)
{
	area_is_guarded(slot, 0, limit0);
	area_is_guarded(slot, 1, limit1);
}

static uint32_t image_of_limits(uint64_t limit0, uint64_t limit1)
{
	struct shim_image_area areas[2] = { { .limit = limit0 }, { .limit = limit1 } };
	unsigned char *bytes = malloc(limit0 + limit1 + 1);
	uint32_t image;

	test_ok(bytes);
	fill(bytes, limit0 + limit1, 1);
	areas[0].source = bytes;
	areas[0].length = limit0;
	areas[1].source = bytes;
	areas[1].length = limit1;
	must(shim_image_create(pool, 1, areas, 2, &image));
	free(bytes);
	return image;
}

TEST("in a new slot, for every area")
{
	start();
	for (uint32_t slot = 0; slot < config.slots; slot++)
		slot_is_guarded(slot, config.areas[0].initial, config.areas[1].initial);
}

TEST("before the first slot and past the last one")
{
	start();
	touches_fault(area_at(pool, 0, 0) - 1);
	touches_fault(area_at(pool, 0, 0) - config.pre_guard);
	touches_fault(area_at(pool, 3, 1) + config.areas[1].reserve + config.areas[1].guard - 1);
}

TEST("right before each area")
{
	start();
	for (uint32_t slot = 0; slot < config.slots; slot++) {
		touches_fault(area_at(pool, slot, 0) - 1);
		touches_fault(area_at(pool, slot, 1) - 1);
	}
}

TEST("before and after growing and shrinking")
{
	start();
	resize(pool, 1, 0, 5 * PAGE);
	slot_is_guarded(1, 5 * PAGE, config.areas[1].initial);
	resize(pool, 1, 0, config.areas[0].max);
	resize(pool, 1, 1, config.areas[1].max);
	slot_is_guarded(1, config.areas[0].max, config.areas[1].max);
	resize(pool, 1, 0, PAGE);
	resize(pool, 1, 1, 0);
	slot_is_guarded(1, PAGE, 0);
	slot_is_guarded(0, config.areas[0].initial, config.areas[1].initial);
	slot_is_guarded(2, config.areas[0].initial, config.areas[1].initial);
}

TEST("after a reset of a slot that grew")
{
	start();
	resize(pool, 2, 0, config.areas[0].max);
	resize(pool, 2, 1, config.areas[1].max);
	dirty_all(pool, 2, 1);
	reset(pool, 2);
	slot_is_guarded(2, config.areas[0].initial, config.areas[1].initial);
}

TEST("after a purge of a slot that grew")
{
	start();
	resize(pool, 2, 0, config.areas[0].max);
	dirty_all(pool, 2, 1);
	purge(pool, 2);
	slot_is_guarded(2, config.areas[0].initial, config.areas[1].initial);
}

/* CVE-2026-34988: permissions left by a larger predecessor. */
TEST("after a rebind from a large image to a small one")
{
	uint32_t large, small;

	start();
	large = image_of_limits(config.areas[0].max, config.areas[1].max);
	small = image_of_limits(PAGE, 0);
	rebind(pool, 1, large);
	slot_is_guarded(1, config.areas[0].max, config.areas[1].max);
	dirty_all(pool, 1, 1);
	rebind(pool, 1, small);
	slot_is_guarded(1, PAGE, 0);
	rebind(pool, 1, large);
	slot_is_guarded(1, config.areas[0].max, config.areas[1].max);
	rebind(pool, 1, SHIM_IMAGE_NONE);
	slot_is_guarded(1, config.areas[0].initial, config.areas[1].initial);
}

TEST("where areas follow one another without a guard")
{
	start();
	config.areas[0].guard = 0;
	config.areas[0].max = config.areas[0].reserve;
	config.areas[1].guard = 0;
	config.pre_guard = 0;
	pool_destroy(pool);
	pool = pool_create(&config);
	test_eq(area_at(pool, 1, 0) - area_at(pool, 0, 1), config.areas[1].reserve);
	touches_fault(area_at(pool, 1, 0) + config.areas[0].initial);
	touches_fault(area_at(pool, 1, 1) - 1);
	resize(pool, 1, 0, config.areas[0].reserve);
	area_at(pool, 1, 1)[-1] = 1;
	touches_fault(area_at(pool, 1, 1) + config.areas[1].initial);
	reset(pool, 1);
	touches_fault(area_at(pool, 1, 1) - 1);
}

TEST_MAIN()
