// SPDX-License-Identifier: MIT
// Purging idle slots takes those that are released, and leaves them released.
#include "slot_test.h"

TEST("released slots are purged, claimed ones are not")
{
	struct shim_pool_config config = config_default();
	struct shim_pool *pool = pool_create(&config);
	struct model model;
	uint32_t done = 0;

	rebind(pool, 1, image_noise(pool, &config, 1, 1, &model));
	for (uint32_t slot = 0; slot < 4; slot++)
		dirty_all(pool, slot, slot);
	for (uint32_t slot = 1; slot < 3; slot++) {
		reset(pool, slot);
		must(release_kept(pool, slot));
	}
	must(shim_pool_purge_idle(pool, &done));
	test_eq(done, 2);
	for (uint32_t slot = 0; slot < 4; slot++) {
		bool idle = slot == 1 || slot == 2;

		test_eq(query(pool, slot).purges, idle);
		test_eq(query(pool, slot).state, idle ? SHIM_SLOT_IDLE : SHIM_SLOT_ACTIVE);
	}
	test_eq(query(pool, 1).resident_pages, 0);
	test_eq(area_at(pool, 3, 0)[11], noise(11, 3));
	must(shim_slot_claim(pool, 1));
	model_check(pool, 1, &model);
}

TEST("a pool that does not use claim words has no idle slots")
{
	struct shim_pool *pool = pool_default();
	uint32_t done = 4;

	dirty_all(pool, 0, 1);
	must(shim_pool_purge_idle(pool, &done));
	test_eq(done, 0);
	test_eq(area_at(pool, 0, 0)[11], noise(11, 1));
}

TEST_MAIN()
