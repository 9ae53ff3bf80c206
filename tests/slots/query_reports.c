// SPDX-License-Identifier: MIT
// A query returns binding, tag, limits, state, private pages and how often a slot was reset.
#include "slot_test.h"

TEST("of a new slot")
{
	struct shim_pool_config config = config_default();
	struct shim_pool *pool = pool_create(&config);
	struct shim_slot_info info = { .size = sizeof(info) };

	memset(&info, 0xff, sizeof(info));
	info.size = sizeof(info);
	must(shim_slot_query(pool, 3, &info));
	test_eq(info.image, SHIM_IMAGE_NONE);
	test_eq(info.state, SHIM_SLOT_ACTIVE);
	test_eq(info.tag, 0);
	test_eq(info.limit[0], config.areas[0].initial);
	test_eq(info.limit[1], config.areas[1].initial);
	for (uint32_t i = 2; i < SHIM_MAX_AREAS; i++)
		test_eq(info.limit[i], 0);
	test_eq(info.resident_pages, 0);
	test_eq(info.resets, 0);
	test_eq(info.purges, 0);
}

TEST("of a slot that was bound, reset and purged")
{
	struct shim_pool_config config = config_default();
	struct shim_pool *pool = pool_create(&config);
	struct model model;
	uint32_t image = image_noise(pool, &config, 1234567890123, 1, &model);
	struct shim_slot_info info = { .size = sizeof(info) };

	rebind(pool, 1, image);
	reset(pool, 1);
	reset(pool, 1);
	purge(pool, 1);
	resize(pool, 1, 1, 5 * PAGE);
	info = query(pool, 1);
	test_eq(info.image, image);
	test_eq(info.tag, 1234567890123);
	test_eq(info.limit[0], model.limits[0]);
	test_eq(info.limit[1], 5 * PAGE);
	test_eq(info.resets, 3);
	test_eq(info.purges, 1);
	test_eq(query(pool, 0).resets, 0);
}

TEST("private pages are those that were written, and reading costs none")
{
	struct shim_pool_config config = config_default();
	struct shim_pool *pool = pool_create(&config);
	volatile unsigned char *at = area_at(pool, 1, 0);
	struct model model;

	rebind(pool, 1, image_noise(pool, &config, 1, 1, &model));
	/* The image's pages are read from the image itself. */
	for (uint64_t i = 0; i < 6 * PAGE; i += PAGE)
		test_eq(at[i + 200], model.bytes[0][i + 200]);
	test_eq(query(pool, 1).resident_pages, 0);
	at[0] = 1;
	resident_is(pool, 1, 1);
	at[1] = 1;
	at[20 * PAGE] = 1;
	area_at(pool, 1, 1)[PAGE] = 1;
	resident_is(pool, 1, 3);
	test_eq(query(pool, 0).resident_pages, 0);
	purge(pool, 1);
	test_eq(query(pool, 1).resident_pages, 0);
}

TEST_MAIN()
