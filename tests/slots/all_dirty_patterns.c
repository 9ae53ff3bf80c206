// SPDX-License-Identifier: MIT
// A reset restores every set of written pages, of nine of which the middle three have an image.
#include "slot_test.h"

#define PAGES 9

static struct shim_pool *pool;
static struct model model;

static void start(uint64_t keep_resident)
{
	struct shim_pool_config config = config_default();
	struct shim_image_area areas[2] = { 0 };
	uint32_t image;

	config.slots = 1;
	config.keep_resident = keep_resident;
	pool = pool_create(&config);
	model = model_none(&config);
	model.limits[0] = PAGES * PAGE;
	model.limits[1] = 0;
	fill(model.bytes[0] + 3 * PAGE, 3 * PAGE, 1);
	areas[0].source = model.bytes[0] + 3 * PAGE;
	areas[0].offset = 3 * PAGE;
	areas[0].length = 3 * PAGE;
	areas[0].limit = PAGES * PAGE;
	must(shim_image_create(pool, 1, areas, 2, &image));
	rebind(pool, 0, image);
}

static void all_patterns(uint64_t keep_resident)
{
	start(keep_resident);
	for (unsigned int pattern = 0; pattern < 1 << PAGES; pattern++) {
		for (unsigned int page = 0; page < PAGES; page++)
			if (pattern >> page & 1)
				area_at(pool, 0, 0)[page * PAGE + pattern] ^= 0x5a;
		reset(pool, 0);
		/* The bytes that a pattern writes; model_check() reads all, once. */
		for (unsigned int page = 0; page < PAGES; page++)
			test_eq(area_at(pool, 0, 0)[page * PAGE + pattern],
				model.bytes[0][page * PAGE + pattern]);
	}
	model_check(pool, 0, &model);
	pool_destroy(pool);
}

TEST("with all pages kept")
{
	all_patterns(0);
}

TEST("with some kept and the others dropped")
{
	all_patterns(2 * PAGE);
	all_patterns(5 * PAGE);
}

TEST_MAIN()
