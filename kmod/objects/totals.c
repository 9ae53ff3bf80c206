// SPDX-License-Identifier: GPL-2.0-only
/*
 * The counters of a pool, and of all pools since the module was loaded: they only grow, as
 * a pool that goes leaves what it counted.
 */
#include <linux/rwsem.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>

#include "objects/pool.h"
#include "objects/totals.h"

/* Slots between two calls of cond_resched(). */
#define SUM_BLOCK 1024

/* For writing while a pool leaves the registry and becomes a part of gone. */
static DECLARE_RWSEM(totals_lock);
static struct gs_counters gone; /* protected by totals_lock */

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

static void add_all(struct gs_counters *sum)
{
	struct gs_pool *pool;
	u32 id;

	lockdep_assert_held(&totals_lock);
	gs_counters_add(sum, &gone);
	for (id = 1; !fatal_signal_pending(current); id++) {
		pool = gs_registry_pin_next(&id);
		if (!pool)
			return;
		gs_totals_add_pool(sum, pool);
		gs_registry_unpin(pool);
	}
}

/* -EINTR: a fatal signal came. */
int gs_totals_read(struct gs_counters *sum)
{
	if (down_read_killable(&totals_lock))
		return -EINTR;
	add_all(sum);
	up_read(&totals_lock);
	return fatal_signal_pending(current) ? -EINTR : 0;
}

/* Between these two the pool leaves the registry, and nothing counts in it any more. */
void gs_totals_begin_withdraw(void)
{
	down_write(&totals_lock);
}

void gs_totals_end_withdraw(struct gs_pool *pool)
{
	gs_totals_add_pool(&gone, pool);
	up_write(&totals_lock);
}
