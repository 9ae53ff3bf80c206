// SPDX-License-Identifier: MIT
// A slot bound to another image, or to none, shows that one and nothing of the last.
#include "slot_test.h"

static struct shim_pool_config config;
static struct shim_pool *pool;
static struct model models[3];
static uint32_t images[3]; /* none, and two that differ in place and size */

static uint32_t image_small(struct model *model)
{
	struct shim_image_area areas[2] = { 0 };
	uint32_t image;

	*model = model_none(&config);
	model->limits[0] = 9 * PAGE;
	model->limits[1] = 0;
	fill(model->bytes[0] + 3 * PAGE, 2 * PAGE, 77);
	areas[0].limit = 9 * PAGE;
	areas[0].source = model->bytes[0] + 3 * PAGE;
	areas[0].offset = 3 * PAGE;
	areas[0].length = 2 * PAGE;
	must(shim_image_create(pool, 2, areas, 2, &image));
	return image;
}

static void start(void)
{
	config = config_default();
	pool = pool_create(&config);
	models[0] = model_none(&config);
	images[0] = SHIM_IMAGE_NONE;
	images[1] = image_noise(pool, &config, 1, 5, &models[1]);
	images[2] = image_small(&models[2]);
}

/* CVE-2022-39393: a slot reused between modules with and without an image. */
TEST("from every binding to every other, clean and dirty")
{
	start();
	for (unsigned int i = 0; i < 18; i++) {
		unsigned int from = i / 3 % 3, to = i % 3;

		rebind(pool, 0, images[from]);
		model_check(pool, 0, &models[from]);
		if (i >= 9)
			dirty_all(pool, 0, i);
		rebind(pool, 0, images[to]);
		model_check(pool, 0, &models[to]);
		test_eq(query(pool, 0).image, images[to]);
		/* And what is past its limits is not the last one's either. */
		resize(pool, 0, 0, config.areas[0].max);
		test_mem((const void *)area_at(pool, 0, 0), models[to].bytes[0],
			 config.areas[0].max);
	}
}

TEST("after a rebind, resets go to the new image")
{
	start();
	for (unsigned int i = 0; i < 6; i++) {
		rebind(pool, 1, images[i % 3]);
		for (unsigned int round = 0; round < 3; round++) {
			dirty_all(pool, 1, round);
			reset(pool, 1);
			model_check(pool, 1, &models[i % 3]);
		}
	}
}

TEST("a rebind to the image that is bound is a reset")
{
	start();
	rebind(pool, 1, images[1]);
	dirty_all(pool, 1, 3);
	rebind(pool, 1, images[1]);
	model_check(pool, 1, &models[1]);
}

TEST("a vector is bound in one call, whatever its slots were bound to")
{
	const uint32_t slots[] = { 0, 1, 2, 3 };
	uint32_t done;

	start();
	for (uint32_t slot = 0; slot < 3; slot++) {
		rebind(pool, slot, images[slot]);
		dirty_all(pool, slot, slot);
	}
	must(shim_slot_rebind(pool, slots, ARRAY_SIZE(slots), images[2], &done));
	test_eq(done, 4);
	for (uint32_t slot = 0; slot < 4; slot++)
		model_check(pool, slot, &models[2]);
}

TEST("grown and shrunk slots take the new image's limits")
{
	start();
	rebind(pool, 0, images[1]);
	resize(pool, 0, 0, config.areas[0].max);
	resize(pool, 0, 1, PAGE);
	dirty_all(pool, 0, 8);
	rebind(pool, 0, images[2]);
	model_check(pool, 0, &models[2]);
	resize(pool, 0, 0, 4 * PAGE); /* in the middle of the content */
	rebind(pool, 0, images[1]);
	model_check(pool, 0, &models[1]);
}

TEST_MAIN()
