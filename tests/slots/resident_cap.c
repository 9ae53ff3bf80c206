// SPDX-License-Identifier: MIT
// A touch past a pool's cap on private pages is SIGBUS; a backend without caps refuses one.
#include "slot_test.h"

#define CAP 5

static struct shim_pool_config config;

static struct shim_pool *start(void)
{
	struct shim_pool *pool = NULL;

	config = config_default();
	config.max_resident = CAP * PAGE;
	if (config.backend == SHIM_BACKEND_MMAP)
		must_fail(-EOPNOTSUPP,
			  format("max_resident %zu cannot be kept by the mmap backend", CAP * PAGE),
			  shim_pool_create(&config, &pool));
	else
		pool = pool_create(&config);
	return pool;
}

TEST("a touch past the cap is SIGBUS, and the pages that are there stay")
{
	struct shim_pool *pool = start();

	if (!pool)
		return;
	/* Of all slots together. */
	for (uint64_t page = 0; page < CAP; page++)
		area_at(pool, page % 2, 0)[page / 2 * PAGE] = 7;
	test_signal(SIGBUS, area_at(pool, 2, 1), *area_at(pool, 2, 1) = 1);
	for (uint64_t page = 0; page < CAP; page++)
		test_eq(area_at(pool, page % 2, 0)[page / 2 * PAGE], 7);
	touches_fault(area_at(pool, 2, 0) - 1);
}

TEST("pages that are given back can be used again")
{
	struct shim_pool *pool = start();

	if (!pool)
		return;
	for (unsigned int round = 0; round < 3; round++) {
		for (uint64_t page = 0; page < 4; page++)
			area_at(pool, 0, 0)[page * PAGE] = 7;
		area_at(pool, 1, 0)[0] = 7;
		test_signal(SIGBUS, area_at(pool, 1, 1), *area_at(pool, 1, 1) = 1);
		if (round == 0)
			purge(pool, 0);
		else
			resize(pool, 0, 0, PAGE);
		area_at(pool, 1, 1)[0] = 1;
		purge(pool, 0);
		purge(pool, 1);
	}
}

TEST_MAIN()
