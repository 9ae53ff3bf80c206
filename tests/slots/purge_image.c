// SPDX-License-Identifier: MIT
// Purging an image takes all slots bound to it and no others.
#include "slot_test.h"

TEST("slots of the image are purged, the others are not")
{
	struct shim_pool_config config = config_default();
	struct shim_pool *pool = pool_create(&config);
	struct model models[2];
	uint32_t images[2], done = 0;

	images[0] = image_noise(pool, &config, 1, 5, &models[0]);
	images[1] = image_noise(pool, &config, 1, 6, &models[1]);
	for (uint32_t slot = 0; slot < 3; slot++)
		rebind(pool, slot, images[slot % 2]);
	for (uint32_t slot = 0; slot < 4; slot++)
		dirty_all(pool, slot, slot);
	must(shim_pool_purge_image(pool, images[0], &done));
	test_eq(done, 2);
	for (uint32_t slot = 0; slot < 4; slot++)
		test_eq(query(pool, slot).purges, slot == 0 || slot == 2);
	model_check(pool, 0, &models[0]);
	model_check(pool, 2, &models[0]);
	test_eq(area_at(pool, 1, 0)[9], noise(9, 1));
	test_eq(area_at(pool, 3, 0)[9], noise(9, 3));
	test_eq(query(pool, 0).image, images[0]);
}

TEST("an image without slots purges none")
{
	struct shim_pool_config config = config_default();
	struct shim_pool *pool = pool_create(&config);
	struct model model;
	uint32_t done = 9;

	must(shim_pool_purge_image(pool, image_noise(pool, &config, 1, 1, &model), &done));
	test_eq(done, 0);
}

TEST("no image is not an image to purge")
{
	struct shim_pool *pool = pool_default();

	must_fail(-ENOENT, "image 0 is not in the pool",
		  shim_pool_purge_image(pool, SHIM_IMAGE_NONE, NULL));
	must_fail(-ENOENT, "image 44 is not in the pool", shim_pool_purge_image(pool, 44, NULL));
}

TEST_MAIN()
