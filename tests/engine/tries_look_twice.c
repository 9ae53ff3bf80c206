// SPDX-License-Identifier: MIT
// A reset that is the first to look is followed by one that looks as well.
/*
 * The first look clears the dirty bits and finds what was written at any time. Only the next
 * one tells what a look is worth, so one that comes later than that delays the decision.
 */
#include "test.h"

#include "abi.h"
#include "image.h"
#include "memory.h"
#include "pool.h"
#include "reload.h"
#include "reset_mode.h"

#define PAGES 512
/* Far more copies than a try is worth. */
#define RESETS 2000

static uint64_t looks_of(struct pool *pool)
{
	struct guardslot_query query;

	test_query(pool, 0, &query);
	return query.out_looks;
}

static void tenant(struct pool *pool)
{
	poke(area_at(pool, 0, 0) + PAGE, 1);
	test_reset(pool, 0);
}

TEST("a slot of many pages of which each tenant writes one")
{
	struct pool pool;
	uint32_t image;
	int resets = 0;

	test_timeout(60);
	/* On a busy machine the flushes of other tests may have come to cost more than the copies. */
	test_module_unload();
	test_module_load();
	pool = pool_plain(1, PAGES, 0);
	image = image_of(&pool, 7, NULL, 0, PAGES * PAGE);
	set_reset_mode(MODE_AUTO);
	test_rebind(&pool, 0, image);
	write_pages(area_at(&pool, 0, 0), PAGES, 1);
	while (!looks_of(&pool) && resets++ < RESETS)
		tenant(&pool);
	test_note("the first after %d resets", resets);
	test_eq(looks_of(&pool), 1);
	tenant(&pool);
	test_eq(looks_of(&pool), 2);
	pool_close(&pool);
}

TEST_MAIN()
