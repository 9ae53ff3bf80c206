// SPDX-License-Identifier: MIT
// After a reset a slot bound to no image reads as zero and has the areas' initial limits.
#include "slot_test.h"

TEST("a new slot is zero")
{
	struct shim_pool_config config = config_default();
	struct shim_pool *pool = pool_create(&config);
	struct model model = model_none(&config);

	for (uint32_t slot = 0; slot < config.slots; slot++)
		model_check(pool, slot, &model);
	model_free(&model);
	pool_destroy(pool);
}

TEST("what was written is zero after a reset")
{
	struct shim_pool_config config = config_default();
	struct shim_pool *pool = pool_create(&config);
	struct model model = model_none(&config);

	for (unsigned int round = 0; round < 4; round++) {
		dirty_all(pool, 2, round);
		reset(pool, 2);
		model_check(pool, 2, &model);
	}
	model_free(&model);
	pool_destroy(pool);
}

TEST("what was written past the initial limit is zero when it can be seen again")
{
	struct shim_pool_config config = config_default();
	struct shim_pool *pool = pool_create(&config);

	resize(pool, 0, 0, config.areas[0].max);
	dirty_all(pool, 0, 3);
	reset(pool, 0);
	resize(pool, 0, 0, config.areas[0].max);
	test_bytes((const void *)area_at(pool, 0, 0), 0, config.areas[0].max);
	pool_destroy(pool);
}

TEST_MAIN()
