// SPDX-License-Identifier: MIT
// In a debug build a call on a pool that was destroyed is an error.
#include "slot_test.h"

/* The program's own, instead of the library's. */
#define SHIM_DEBUG
#include "backend/backend.c"

TEST("a destroyed pool is refused, and destroying it again does nothing")
{
	/* The struct stays, and something must point to it. */
	static struct shim_pool *pool;
	struct shim_slot_info info = { .size = sizeof(info) };

	pool = pool_default();
	dirty_all(pool, 0, 1);
	pool_destroy(pool);
	must_fail(-EINVAL, "the pool was destroyed", shim_slot_query(pool, 0, &info));
	must_fail(-EINVAL, "the pool was destroyed", shim_slot_claim(pool, 0));
	must_fail(-EINVAL, "the pool was destroyed", shim_pool_purge_idle(pool, NULL));
	test_ok(!shim_slot_address(pool, 0, 0));
	shim_pool_destroy(pool);
}

TEST_MAIN()
