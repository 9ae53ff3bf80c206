// SPDX-License-Identifier: MIT
// Purging a tag takes all slots of a module: of all its images, destroyed ones included.
#include "slot_test.h"

TEST("all images with the tag, and no others")
{
	struct shim_pool_config config = config_default();
	struct model models[3], none = model_none(&config);
	struct shim_pool *pool = pool_create(&config);
	uint32_t images[3], done = 0;

	for (uint32_t i = 0; i < 3; i++) {
		images[i] = image_noise(pool, &config, i < 2 ? 70 : 71, i, &models[i]);
		rebind(pool, i, images[i]);
		dirty_all(pool, i, 9);
	}
	dirty_all(pool, 3, 9);
	must(shim_image_destroy(pool, images[1]));
	must(shim_pool_purge_tag(pool, 70, &done));
	test_eq(done, 2);
	model_check(pool, 0, &models[0]);
	model_check(pool, 1, &none);
	test_eq(query(pool, 0).image, images[0]);
	test_eq(query(pool, 1).image, SHIM_IMAGE_NONE);
	test_eq(area_at(pool, 2, 0)[3], noise(3, 9));
	test_eq(area_at(pool, 3, 0)[3], noise(3, 9));
}

TEST("a tag that nothing carries purges nothing; slots without an image carry none")
{
	struct shim_pool *pool = pool_default();
	uint32_t done = 9;

	dirty_all(pool, 0, 9);
	must(shim_pool_purge_tag(pool, 12345, &done));
	test_eq(done, 0);
	must(shim_pool_purge_tag(pool, 0, &done));
	test_eq(done, 0);
	test_eq(area_at(pool, 0, 0)[3], noise(3, 9));
}

TEST("a tag may be any 64 bits")
{
	struct shim_pool_config config = config_default();
	struct shim_pool *pool = pool_create(&config);
	struct model model;
	uint32_t done = 0;

	rebind(pool, 0, image_noise(pool, &config, UINT64_MAX, 1, &model));
	rebind(pool, 1, image_noise(pool, &config, 0, 1, &model));
	test_ok(query(pool, 0).tag == UINT64_MAX);
	must(shim_pool_purge_tag(pool, UINT32_MAX, &done));
	test_eq(done, 0);
	must(shim_pool_purge_tag(pool, UINT64_MAX, &done));
	test_eq(done, 1);
	must(shim_pool_purge_tag(pool, 0, &done));
	test_eq(done, 1);
}

TEST_MAIN()
