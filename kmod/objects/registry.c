// SPDX-License-Identifier: GPL-2.0-only
/*
 * The registry: all pools that have their geometry, by id, for readers that do not
 * hold the pool's file. A reader pins a pool. A pool that goes away first leaves
 * the registry and then waits for its pins: so it is whole while it is pinned, and
 * a pin must be short.
 */
#include <linux/xarray.h>

#include "objects/pool.h"
#include "objects/registry.h"

/* A pool has its id from open() on, and keeps it for its whole life. */
static DEFINE_XARRAY_FLAGS(pools, XA_FLAGS_ALLOC1 | XA_FLAGS_ACCOUNT);
static u32 next_id; /* protected by the lock of pools, as what follows */
static u32 pool_count;
/* Changes with every pool that comes or goes; never 0. */
static u32 generation = 1;

/* Gives the pool its id. -ENFILE: all are in use; -ENOMEM. */
int gs_registry_reserve(struct gs_pool *pool)
{
	int ret = xa_alloc_cyclic(&pools, &pool->entry.id, XA_ZERO_ENTRY, XA_LIMIT(1, INT_MAX),
				  &next_id, GFP_KERNEL_ACCOUNT);

	if (ret < 0)
		return ret == -EBUSY ? -ENFILE : ret;
	return 0;
}

/* Drops the id of a pool that is not in the registry. */
void gs_registry_release(struct gs_pool *pool)
{
	xa_erase(&pools, pool->entry.id);
}

/*
 * Called before the array changes, in the same critical section: a reader that
 * saw the change finds another generation afterwards.
 */
static void note_change_locked(int change)
{
	lockdep_assert_held(&pools.xa_lock);
	if (!++generation)
		generation = 1;
	WRITE_ONCE(pool_count, pool_count + change);
}

/* Readers can find the pool from here on. */
void gs_registry_add(struct gs_pool *pool)
{
	refcount_set(&pool->entry.pins, 1);
	init_completion(&pool->entry.unpinned);
	xa_lock(&pools);
	note_change_locked(1);
	/* This replaces the reservation, and so it allocates nothing. */
	WARN_ON_ONCE(xa_err(__xa_store(&pools, pool->entry.id, pool, GFP_NOWAIT)));
	xa_unlock(&pools);
}

/* No reader knows the pool when this returns. Its id stays reserved. */
void gs_registry_remove(struct gs_pool *pool)
{
	xa_lock(&pools);
	note_change_locked(-1);
	WARN_ON_ONCE(xa_err(__xa_store(&pools, pool->entry.id, XA_ZERO_ENTRY, GFP_NOWAIT)));
	xa_unlock(&pools);
	if (!refcount_dec_and_test(&pool->entry.pins))
		wait_for_completion(&pool->entry.unpinned);
}

/* The pool with that id, pinned, or NULL. */
struct gs_pool *gs_registry_pin(u32 id)
{
	struct gs_pool *pool;

	xa_lock(&pools);
	pool = xa_load(&pools, id);
	if (pool)
		refcount_inc(&pool->entry.pins);
	xa_unlock(&pools);
	return pool;
}

/* The same for the pool with that id or the next higher one, which *id becomes. */
struct gs_pool *gs_registry_pin_next(u32 *id)
{
	unsigned long index = *id;
	struct gs_pool *pool;

	xa_lock(&pools);
	pool = xa_find(&pools, &index, INT_MAX, XA_PRESENT);
	if (pool)
		refcount_inc(&pool->entry.pins);
	xa_unlock(&pools);
	*id = index;
	return pool;
}

void gs_registry_unpin(struct gs_pool *pool)
{
	if (refcount_dec_and_test(&pool->entry.pins))
		complete(&pool->entry.unpinned);
}

u32 gs_registry_generation(void)
{
	u32 value;

	xa_lock(&pools);
	value = generation;
	xa_unlock(&pools);
	return value;
}

/* Pools in the registry. */
u32 gs_registry_count(void)
{
	return READ_ONCE(pool_count);
}
