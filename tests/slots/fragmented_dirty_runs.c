// SPDX-License-Identifier: MIT
// A reset finds every written page, however many runs there are and however far apart.
#include "slot_test.h"

#define PAGES 3000

static struct shim_pool_config config;
static struct shim_pool *pool;
static struct model model;

/* Area 0 has an image in its middle third. */
static void start(void)
{
	struct shim_image_area areas[2] = { 0 };
	uint32_t image;

	config = config_default();
	config.areas[0].reserve = PAGES * PAGE;
	config.areas[0].max = PAGES * PAGE;
	pool = pool_create(&config);
	model = model_none(&config);
	model.limits[0] = PAGES * PAGE;
	model.limits[1] = PAGE;
	fill(model.bytes[0] + 1000 * PAGE, 1000 * PAGE, 8);
	/* With holes of zero. */
	for (uint64_t page = 1000; page < 2000; page += 7)
		memset(model.bytes[0] + page * PAGE, 0, PAGE);
	areas[0].source = model.bytes[0] + 1000 * PAGE;
	areas[0].offset = 1000 * PAGE;
	areas[0].length = 1000 * PAGE;
	areas[0].limit = PAGES * PAGE;
	areas[1].limit = PAGE;
	must(shim_image_create(pool, 1, areas, 2, &image));
	rebind(pool, 0, image);
}

static void dirty_every(uint64_t step)
{
	for (uint64_t page = 0; page < PAGES; page += step)
		area_at(pool, 0, 0)[page * PAGE + page % PAGE] ^= 0x5a;
}

TEST("every second page")
{
	start();
	for (unsigned int round = 0; round < 3; round++) {
		dirty_every(2);
		reset(pool, 0);
		/* In place, to the last one; the device counts what was read, too. */
		if (backend_keeps_pages())
			test_ok(query(pool, 0).resident_pages >= PAGES / 2);
		model_check(pool, 0, &model);
	}
}

TEST("more pages from round to round, then fewer")
{
	static const uint64_t steps[] = { 97, 31, 5, 3, 1, 2, 50, 1000 };

	start();
	for (unsigned int i = 0; i < ARRAY_SIZE(steps); i++) {
		dirty_every(steps[i]);
		reset(pool, 0);
		model_check(pool, 0, &model);
	}
}

TEST("a snapshot finds them all too")
{
	uint32_t image;

	start();
	dirty_every(3);
	must(shim_image_snapshot(pool, 1, 0, &image));
	for (uint64_t page = 0; page < PAGES; page += 3)
		model.bytes[0][page * PAGE + page % PAGE] ^= 0x5a;
	rebind(pool, 1, image);
	model_check(pool, 1, &model);
	resident_is(pool, 0, 1000);
}

TEST_MAIN()
