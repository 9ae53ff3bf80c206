// SPDX-License-Identifier: MIT
// A snapshot's content and limits are the initial state of every slot bound to it.
#include "slot_test.h"

static struct shim_pool_config config;
static struct shim_pool *pool;

static void start(void)
{
	config = config_default();
	pool = pool_create(&config);
}

/* What the slot shows now. */
static struct model model_of(uint32_t slot)
{
	struct model model = model_none(&config);
	struct shim_slot_info info = query(pool, slot);

	for (uint32_t i = 0; i < model.areas; i++) {
		model.limits[i] = info.limit[i];
		memcpy(model.bytes[i], (const void *)area_at(pool, slot, i), info.limit[i]);
	}
	return model;
}

static uint32_t snapshot(uint32_t slot)
{
	uint32_t image = SHIM_IMAGE_NONE;

	must(shim_image_snapshot(pool, 5, slot, &image));
	test_ok(image != SHIM_IMAGE_NONE);
	return image;
}

TEST("of a slot that was bound to nothing, written and grown")
{
	struct model model;
	uint32_t image;

	start();
	resize(pool, 0, 0, 40 * PAGE);
	resize(pool, 0, 1, 0);
	fill(area_at(pool, 0, 0) + 2 * PAGE + 5, 3 * PAGE, 1);
	area_at(pool, 0, 0)[39 * PAGE] = 9;
	image = snapshot(0);
	model = model_of(0);
	for (uint32_t slot = 0; slot < config.slots; slot++) {
		rebind(pool, slot, image);
		model_check(pool, slot, &model);
		dirty_all(pool, slot, 4);
		reset(pool, slot);
		model_check(pool, slot, &model);
		test_eq(query(pool, slot).tag, 5);
	}
}

TEST("of a slot bound to an image, partly written over, partly shrunk")
{
	struct model model;
	uint32_t base, image;

	start();
	base = image_noise(pool, &config, 1, 6, &model);
	rebind(pool, 1, base);
	resize(pool, 1, 0, 6 * PAGE);
	fill(area_at(pool, 1, 0) + PAGE, PAGE, 200);
	memset((void *)(area_at(pool, 1, 0) + 3 * PAGE), 0, PAGE); /* over content */
	model = model_of(1);
	image = snapshot(1);
	rebind(pool, 2, image);
	model_check(pool, 2, &model);
	/* Past the snapshot's limit there is nothing of the first image. */
	resize(pool, 2, 0, config.areas[0].max);
	test_bytes((const void *)(area_at(pool, 2, 0) + 6 * PAGE), 0,
		   config.areas[0].max - 6 * PAGE);
}

TEST("the slot itself stays as it is and bound to what it was")
{
	struct model before, image_model;
	uint32_t base;

	start();
	base = image_noise(pool, &config, 1, 6, &image_model);
	rebind(pool, 1, base);
	dirty_all(pool, 1, 9);
	before = model_of(1);
	snapshot(1);
	test_eq(query(pool, 1).image, base);
	model_check(pool, 1, &before);
	reset(pool, 1);
	model_check(pool, 1, &image_model);
}

TEST("what is written after the snapshot is not in it")
{
	struct model model;
	uint32_t image;

	start();
	dirty_all(pool, 0, 1);
	model = model_of(0);
	image = snapshot(0);
	dirty_all(pool, 0, 2);
	rebind(pool, 1, image);
	model_check(pool, 1, &model);
	rebind(pool, 0, image);
	model_check(pool, 0, &model);
}

TEST("a snapshot of a snapshot, and of an untouched slot")
{
	struct model model, none;
	uint32_t image;

	start();
	none = model_none(&config);
	image = snapshot(3);
	rebind(pool, 1, image);
	model_check(pool, 1, &none);
	area_at(pool, 1, 1)[17] = 1;
	image = snapshot(1);
	rebind(pool, 2, image);
	area_at(pool, 2, 0)[PAGE] = 2;
	image = snapshot(2);
	model = model_of(2);
	rebind(pool, 0, image);
	model_check(pool, 0, &model);
	test_eq(area_at(pool, 0, 1)[17], 1);
	test_eq(area_at(pool, 0, 0)[PAGE], 2);
}

TEST("taking one makes no page of the slot resident")
{
	struct model model;

	start();
	resize(pool, 0, 0, config.areas[0].max);
	area_at(pool, 0, 0)[3 * PAGE] = 1;
	snapshot(0);
	resident_is(pool, 0, 1);
	rebind(pool, 1, image_noise(pool, &config, 1, 6, &model));
	snapshot(1);
	test_eq(query(pool, 1).resident_pages, 0);
}

TEST_MAIN()
