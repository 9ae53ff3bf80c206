// SPDX-License-Identifier: MIT
// What is written to one slot or pool is never seen in another, nor lost by another's reset.
#include "slot_test.h"

static void slot_is(struct shim_pool *pool, uint32_t slot, unsigned int seed)
{
	for (uint32_t area = 0; area < 2; area++) {
		uint64_t limit = query(pool, slot).limit[area];

		for (uint64_t at = 0; at < limit; at += 61)
			test_eq(area_at(pool, slot, area)[at], noise(at, seed + area));
	}
}

TEST("slots of one pool, bound to one image")
{
	struct shim_pool_config config = config_default();
	struct shim_pool *pool;
	struct model model;
	uint32_t image;

	config.slots = 16;
	pool = pool_create(&config);
	image = image_noise(pool, &config, 1, 3, &model);
	for (uint32_t slot = 0; slot < 16; slot++) {
		if (slot % 3)
			rebind(pool, slot, image);
		dirty_all(pool, slot, slot * 10);
	}
	for (uint32_t slot = 0; slot < 16; slot++) {
		for (uint32_t other = slot; other < 16; other++)
			slot_is(pool, other, other * 10);
		if (slot % 2)
			reset(pool, slot);
		else
			purge(pool, slot);
	}
}

TEST("two pools, with images of one number")
{
	struct shim_pool_config config = config_default();
	struct shim_pool *a = pool_create(&config), *b = pool_create(&config);
	struct model model_a, model_b;
	uint32_t image_a = image_noise(a, &config, 1, 3, &model_a);
	uint32_t image_b = image_noise(b, &config, 1, 4, &model_b);
	uint32_t done;

	rebind(a, 0, image_a);
	rebind(b, 0, image_b);
	model_check(a, 0, &model_a);
	model_check(b, 0, &model_b);
	dirty_all(a, 0, 7);
	must(shim_pool_purge_tag(b, 1, &done));
	test_eq(done, 1);
	slot_is(a, 0, 7);
	must(shim_image_destroy(a, image_a));
	model_check(b, 0, &model_b);
	pool_destroy(b);
	slot_is(a, 0, 7);
	reset(a, 0);
	model_check(a, 0, &model_a);
}

TEST("memory of a destroyed pool does not show in the next one")
{
	struct shim_pool_config config = config_default();
	struct model none = model_none(&config);

	for (unsigned int round = 0; round < 20; round++) {
		struct shim_pool *pool = pool_create(&config);

		for (uint32_t slot = 0; slot < config.slots; slot++) {
			model_check(pool, slot, &none);
			dirty_all(pool, slot, round);
		}
		pool_destroy(pool);
	}
}

TEST("the addresses of a destroyed pool are gone")
{
	struct shim_pool *pool = pool_default();
	volatile unsigned char *at = area_at(pool, 1, 0);

	*at = 1;
	pool_destroy(pool);
	touches_fault(at);
}

TEST_MAIN()
