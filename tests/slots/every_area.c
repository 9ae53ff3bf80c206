// SPDX-License-Identifier: MIT
// With as many areas as a slot can have, each grows, shrinks and is reset as the first one is.
#include "slot_test.h"

#define SLOTS 3

static struct shim_pool_config config_of(uint32_t areas)
{
	struct shim_pool_config config = config_default();

	memset(config.areas, 0, sizeof(config.areas));
	config.slots = SLOTS;
	config.area_count = areas;
	for (uint32_t i = 0; i < areas; i++)
		config.areas[i] = (struct shim_area_config){
			.reserve = 5 * PAGE, .guard = PAGE, .max = 4 * PAGE, .initial = PAGE
		};
	return config;
}

/* All areas grow, all bytes are written, and every other area shrinks to less than it had. */
static void slot_use(struct shim_pool *pool, uint32_t slot, uint32_t areas, unsigned int seed)
{
	for (uint32_t i = 0; i < areas; i++)
		resize(pool, slot, i, 4 * PAGE);
	dirty_all(pool, slot, seed);
	for (uint32_t i = seed % 2; i < areas; i += 2)
		resize(pool, slot, i, PAGE);
}

static void check_all(struct shim_pool *pool, const struct model *model)
{
	for (uint32_t slot = 0; slot < SLOTS; slot++)
		model_check(pool, slot, model);
}

/* The slots before and after the one that is used are as they were. */
static void pool_use(uint32_t areas)
{
	struct shim_pool_config config = config_of(areas);
	struct shim_pool *pool = pool_create(&config);
	struct model none = model_none(&config), model;
	uint32_t image = image_noise(pool, &config, 1, areas, &model);

	for (uint32_t slot = 0; slot < SLOTS; slot++)
		rebind(pool, slot, image);
	check_all(pool, &model);
	for (unsigned int round = 0; round < 4; round++) {
		slot_use(pool, 1, areas, round);
		model_check(pool, 0, &model);
		model_check(pool, 2, &model);
		reset(pool, 1);
		check_all(pool, &model);
	}
	slot_use(pool, 1, areas, 4);
	rebind(pool, 1, SHIM_IMAGE_NONE);
	model_check(pool, 1, &none);
	slot_use(pool, 1, areas, 5);
	purge(pool, 1);
	model_check(pool, 1, &none);
	pool_destroy(pool);
	model_free(&model);
	model_free(&none);
}

TEST("of 1 to 16 areas")
{
	for (uint32_t areas = 1; areas <= 16; areas++)
		pool_use(areas);
}

TEST("a snapshot of 16 areas has each area's content and limit")
{
	struct shim_pool_config config = config_of(16);
	struct shim_pool *pool = pool_create(&config);
	struct model model = model_none(&config);
	uint32_t image;

	for (uint32_t i = 0; i < config.area_count; i++) {
		model.limits[i] = i % 5 * PAGE;
		fill(model.bytes[i], model.limits[i], i);
		resize(pool, 0, i, model.limits[i]);
		fill(area_at(pool, 0, i), model.limits[i], i);
	}
	must(shim_image_snapshot(pool, 1, 0, &image));
	slot_use(pool, 1, config.area_count, 1);
	rebind(pool, 1, image);
	model_check(pool, 1, &model);
	slot_use(pool, 1, config.area_count, 2);
	reset(pool, 1);
	model_check(pool, 1, &model);
	model_free(&model);
}

TEST_MAIN()
