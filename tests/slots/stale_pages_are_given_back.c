// SPDX-License-Identifier: MIT
// The mmap backend gives back pages that few tenants write, and keeps those that all write.
#include "slot_test.h"

#define MANY 40
/* More than eight times what the dearest fault costs, in restored pages. */
#define ROUNDS 400

static bool mmap_keeps_pages(void)
{
	return backend_get() == SHIM_BACKEND_MMAP && backend_keeps_pages();
}

static void tenant(struct shim_pool *pool, const struct model *model, uint32_t pages)
{
	for (uint32_t i = 0; i < pages; i++)
		area_at(pool, 0, 0)[i * PAGE] ^= 1;
	reset(pool, 0);
	model_check(pool, 0, model);
}

static struct shim_pool *start(struct model *model)
{
	struct shim_pool_config config = config_default();
	struct shim_pool *pool;

	config.areas[0].initial = 2 * MANY * PAGE;
	config.areas[0].max = 2 * MANY * PAGE;
	config.areas[0].reserve = 2 * MANY * PAGE;
	pool = pool_create(&config);
	*model = model_none(&config);
	return pool;
}

/* Where its tenants write a page. */
static void becomes_small(struct shim_pool *pool, const struct model *model)
{
	uint64_t least = MANY;

	test_eq(query(pool, 0).resident_pages, MANY);
	for (uint32_t round = 0; round < ROUNDS; round++) {
		tenant(pool, model, 1);
		if (query(pool, 0).resident_pages < least)
			least = query(pool, 0).resident_pages;
	}
	test_ok(least <= 1);
}

TEST_WHEN(mmap_keeps_pages, "a slot that one tenant made large is small again in the end")
{
	struct model model;
	struct shim_pool *pool = start(&model);

	tenant(pool, &model, 1);
	tenant(pool, &model, MANY);
	becomes_small(pool, &model);
}

TEST_WHEN(mmap_keeps_pages, "a slot that its first tenant made large is small in the end")
{
	struct model model;
	struct shim_pool *pool = start(&model);

	tenant(pool, &model, MANY);
	becomes_small(pool, &model);
}

TEST_WHEN(mmap_keeps_pages, "a slot whose tenants write the same pages keeps them nearly always")
{
	struct model model;
	struct shim_pool *pool = start(&model);
	uint32_t drops = 0;

	for (uint32_t round = 0; round < ROUNDS; round++) {
		uint64_t resident;

		tenant(pool, &model, MANY);
		resident = query(pool, 0).resident_pages;
		test_ok(resident == MANY || resident == 0);
		drops += resident == 0;
	}
	/* Where a fault is as dear as four restored pages, which is the least that is taken. */
	test_ok(drops <= 6);
}

TEST_MAIN()
