// SPDX-License-Identifier: MIT
// After a reset every byte of every area reads as the slot's image, whatever was written.
#include "slot_test.h"

static struct shim_pool_config config;
static struct shim_pool *pool;
static struct model model;
static uint32_t image;

static void start(void)
{
	config = config_default();
	pool = pool_create(&config);
	image = image_noise(pool, &config, 1, 7, &model);
	for (uint32_t slot = 0; slot < config.slots; slot++)
		rebind(pool, slot, image);
}

TEST("a slot that was never written reads as its image")
{
	start();
	for (uint32_t slot = 0; slot < config.slots; slot++)
		model_check(pool, slot, &model);
	pool_destroy(pool);
}

TEST("every byte written is the image's again, many times over")
{
	start();
	for (unsigned int round = 0; round < 8; round++) {
		dirty_all(pool, 1, 100 + round);
		reset(pool, 1);
		model_check(pool, 1, &model);
	}
	pool_destroy(pool);
}

TEST("one byte written in each page is the image's again")
{
	start();
	for (unsigned int round = 0; round < 4; round++) {
		for (uint32_t i = 0; i < model.areas; i++)
			for (uint64_t at = round; at < model.limits[i]; at += PAGE)
				area_at(pool, 2, i)[at] ^= 0xff;
		reset(pool, 2);
		model_check(pool, 2, &model);
	}
	pool_destroy(pool);
}

TEST("zeroes written over the image are undone")
{
	start();
	for (uint32_t i = 0; i < model.areas; i++)
		memset((void *)area_at(pool, 0, i), 0, model.limits[i]);
	reset(pool, 0);
	model_check(pool, 0, &model);
	pool_destroy(pool);
}

TEST("what was read first and written later is undone")
{
	start();
	model_check(pool, 3, &model);
	dirty_all(pool, 3, 5);
	reset(pool, 3);
	model_check(pool, 3, &model);
	pool_destroy(pool);
}

TEST("one call resets a vector, in which a slot may stand twice")
{
	const uint32_t slots[] = { 3, 0, 3, 1 };
	uint32_t done = 77;

	start();
	for (uint32_t slot = 0; slot < config.slots; slot++)
		dirty_all(pool, slot, slot);
	must(shim_slot_reset(pool, slots, ARRAY_SIZE(slots), &done));
	test_eq(done, ARRAY_SIZE(slots));
	model_check(pool, 0, &model);
	model_check(pool, 1, &model);
	model_check(pool, 3, &model);
	test_eq(area_at(pool, 2, 0)[PAGE + 9], noise(PAGE + 9, 2));
	pool_destroy(pool);
}

TEST("an empty vector is no error")
{
	uint32_t done = 77;

	start();
	must(shim_slot_reset(pool, NULL, 0, &done));
	test_eq(done, 0);
	pool_destroy(pool);
}

TEST("a reset takes back grown and shrunk limits")
{
	start();
	resize(pool, 1, 0, config.areas[0].max);
	resize(pool, 1, 1, 0);
	dirty_all(pool, 1, 9);
	reset(pool, 1);
	model_check(pool, 1, &model);
	resize(pool, 1, 0, PAGE);
	resize(pool, 1, 1, config.areas[1].max);
	dirty_all(pool, 1, 10);
	reset(pool, 1);
	model_check(pool, 1, &model);
	pool_destroy(pool);
}

TEST_MAIN()
