// SPDX-License-Identifier: MIT
// A slot keeps no more private pages over a reset than keep_resident, and reads right.
#include "slot_test.h"

#define KEEP 3

TEST("the resident set is cut to keep_resident, the content is whole")
{
	struct shim_pool_config config = config_default();
	struct shim_pool *pool;
	struct model model;

	config.keep_resident = KEEP * PAGE;
	pool = pool_create(&config);
	rebind(pool, 0, image_noise(pool, &config, 1, 1, &model));
	for (unsigned int round = 0; round < 4; round++) {
		dirty_all(pool, 0, round);
		reset(pool, 0);
		test_ok(query(pool, 0).resident_pages <= KEEP);
		model_check(pool, 0, &model);
		for (uint64_t page = 0; page < 20; page += 3)
			area_at(pool, 0, 0)[page * PAGE] ^= 1;
		reset(pool, 0);
		test_ok(query(pool, 0).resident_pages <= KEEP);
		model_check(pool, 0, &model);
	}
}

TEST("without it a slot that is used the same way again takes no new page")
{
	struct shim_pool *pool = pool_default();

	dirty_all(pool, 0, 1);
	reset(pool, 0);
	test_eq(query(pool, 0).resident_pages, backend_keeps_pages() ? 6 : 0);
	dirty_all(pool, 0, 2);
	resident_is(pool, 0, 6);
}

TEST_MAIN()
