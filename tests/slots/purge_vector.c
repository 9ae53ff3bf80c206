// SPDX-License-Identifier: MIT
// A purge gives back the pages of the slots in a vector, and they read as their images.
#include "slot_test.h"

TEST("pages are gone, content and limits are the image's")
{
	struct shim_pool_config config = config_default();
	struct shim_pool *pool = pool_create(&config);
	struct model model, none = model_none(&config);
	const uint32_t slots[] = { 2, 0 };
	uint32_t done;

	rebind(pool, 0, image_noise(pool, &config, 1, 5, &model));
	for (uint32_t slot = 0; slot < 3; slot++) {
		resize(pool, slot, 0, config.areas[0].max);
		dirty_all(pool, slot, slot);
	}
	must(shim_slot_purge(pool, slots, ARRAY_SIZE(slots), &done));
	test_eq(done, 2);
	test_eq(query(pool, 0).resident_pages, 0);
	test_eq(query(pool, 2).resident_pages, 0);
	test_eq(query(pool, 0).purges, 1);
	test_eq(query(pool, 1).purges, 0);
	model_check(pool, 0, &model);
	model_check(pool, 2, &none);
	test_eq(area_at(pool, 1, 0)[40 * PAGE], noise(40 * PAGE, 1));
}

TEST("a purged slot can be used, reset and purged again")
{
	struct shim_pool_config config = config_default();
	struct shim_pool *pool = pool_create(&config);
	struct model model;

	rebind(pool, 0, image_noise(pool, &config, 1, 5, &model));
	for (unsigned int round = 0; round < 3; round++) {
		dirty_all(pool, 0, round);
		purge(pool, 0);
		model_check(pool, 0, &model);
		dirty_all(pool, 0, round);
		reset(pool, 0);
		model_check(pool, 0, &model);
	}
	test_eq(query(pool, 0).purges, 3);
}

TEST("an empty vector is no error")
{
	struct shim_pool *pool = pool_default();
	uint32_t done = 5;

	must(shim_slot_purge(pool, NULL, 0, &done));
	test_eq(done, 0);
}

TEST_MAIN()
