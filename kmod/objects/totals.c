// SPDX-License-Identifier: GPL-2.0-only
/*
 * The counters of a pool, and of all pools since the module was loaded: they only grow, as
 * a pool that goes leaves what it counted.
 */
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>

#include "objects/pool.h"
#include "objects/totals.h"

/* Slots between two calls of cond_resched(). */
#define SUM_BLOCK 1024

/* Held for a few additions: no walk over slots is under it. */
static DEFINE_MUTEX(totals_lock);
static struct gs_counters gone; /* of pools that are gone; protected by totals_lock */
static struct gs_counters told; /* what was last said; protected by totals_lock */

/*
 * Adds up the counters of all slots, without their locks: no slot waits, and what
 * is counted meanwhile is in the sum or not.
 */
void gs_totals_add_pool(struct gs_counters *sum, struct gs_pool *pool)
{
	u32 i;

	for (i = 0; i < pool->layout.slots; i++) {
		gs_counters_add(sum, &gs_slot_table_at(pool->slots, i)->counters);
		if (i % SUM_BLOCK == SUM_BLOCK - 1)
			cond_resched();
	}
}

static void add_pools(struct gs_counters *sum)
{
	struct gs_pool *pool;
	u32 id;

	for (id = 1; !fatal_signal_pending(current); id++) {
		pool = gs_registry_pin_next(&id);
		if (!pool)
			return;
		gs_totals_add_pool(sum, pool);
		gs_registry_unpin(pool);
	}
}

/*
 * What is gone is read first, so that no pool counts twice. One that goes meanwhile may count
 * for nothing, and then the totals stay what they were. -EINTR: a fatal signal came.
 */
int gs_totals_read(struct gs_counters *sum)
{
	mutex_lock(&totals_lock);
	*sum = gone;
	mutex_unlock(&totals_lock);
	add_pools(sum);
	if (fatal_signal_pending(current))
		return -EINTR;
	mutex_lock(&totals_lock);
	gs_counters_raise(&told, sum);
	*sum = told;
	mutex_unlock(&totals_lock);
	return 0;
}

/* The pool has left the registry, and nothing counts in it any more. */
void gs_totals_keep(struct gs_pool *pool)
{
	struct gs_counters own = {};

	gs_totals_add_pool(&own, pool);
	mutex_lock(&totals_lock);
	gs_counters_add(&gone, &own);
	mutex_unlock(&totals_lock);
}
