// SPDX-License-Identifier: MIT
// Slots bound to a destroyed image keep its content until they are rebound or purged.
#include "slot_test.h"

static struct shim_pool_config config;
static struct shim_pool *pool;
static struct model model, none;
static uint32_t image;

static void start(void)
{
	config = config_default();
	pool = pool_create(&config);
	none = model_none(&config);
	image = image_noise(pool, &config, 9, 5, &model);
	rebind(pool, 0, image);
	rebind(pool, 1, image);
	dirty_all(pool, 0, 1);
	must(shim_image_destroy(pool, image));
}

TEST("its id is gone for new binds, for purges and for a second destroy")
{
	uint32_t slot = 2, done = 7;

	start();
	test_err(-ENOENT, shim_slot_rebind(pool, &slot, 1, image, &done));
	test_eq(done, 0);
	test_err(-ENOENT, shim_image_destroy(pool, image));
	test_err(-ENOENT, shim_pool_purge_image(pool, image, &done));
	model_check(pool, 2, &none);
}

TEST("bound slots go on: touched, reset, snapshotted")
{
	uint32_t copy;

	start();
	for (unsigned int round = 0; round < 3; round++) {
		dirty_all(pool, 0, 4);
		reset(pool, 0);
		model_check(pool, 0, &model);
	}
	model_check(pool, 1, &model);
	test_eq(query(pool, 0).image, image);
	test_eq(query(pool, 0).tag, 9);
	must(shim_image_snapshot(pool, 1, 1, &copy));
	rebind(pool, 2, copy);
	model_check(pool, 2, &model);
}

TEST("a rebound slot shows its new image, and the others keep the old one")
{
	start();
	rebind(pool, 0, SHIM_IMAGE_NONE);
	model_check(pool, 0, &none);
	test_eq(query(pool, 0).image, SHIM_IMAGE_NONE);
	model_check(pool, 1, &model);
}

TEST("a purged slot is bound to no image")
{
	start();
	purge(pool, 0);
	test_eq(query(pool, 0).image, SHIM_IMAGE_NONE);
	test_eq(query(pool, 0).tag, 0);
	model_check(pool, 0, &none);
	dirty_all(pool, 0, 4);
	reset(pool, 0);
	model_check(pool, 0, &none);
	test_eq(query(pool, 1).image, image);
}

TEST("the next image does not get its id while a slot is bound to it")
{
	struct model other;

	start();
	for (unsigned int i = 0; i < 20; i++) {
		uint32_t next = image_noise(pool, &config, 2, i, &other);

		test_ok(next != image);
		must(shim_image_destroy(pool, next));
		model_free(&other);
	}
}

TEST_MAIN()
