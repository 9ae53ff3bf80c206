// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is done before the kernel kills a process because memory has run out:
 *
 * Every page of every pool is counted in the RSS by which it chooses. Pages that processors
 * have counted apart are few in a pool, and would be many in thousands of small ones.
 *
 * And if pages of a pool are about to come back, as the last one that was killed has not
 * ended yet, this waits for a while. The kernel itself waits only until it has freed what
 * it can of that process, which slot pages are not a part of.
 */
#include <linux/atomic.h>
#include <linux/jiffies.h>
#include <linux/notifier.h>
#include <linux/oom.h>
#include <linux/sched/signal.h>

#include "accounting/spare.h"
#include "engine/oom.h"
#include "objects/pool.h"
#include "objects/registry.h"

/* The longest wait: who ends may need what the waiting task holds. */
#define WAIT_MAX (5 * HZ)
/* Two that are further apart than this are waits for two processes. */
#define WAIT_GAP HZ

/* Pools whose pages are being freed. */
static atomic_t releasing = ATOMIC_INIT(0);
/* Of the present wait; the kernel calls the notifier for one task at a time. */
static unsigned long wait_start;
static unsigned long wait_last;

void gs_oom_release_begin(void)
{
	atomic_inc(&releasing);
}

void gs_oom_release_end(void)
{
	atomic_dec(&releasing);
}

/* Returns whether some pool's pages are about to come back. */
static bool settle_all(void)
{
	bool leaving = atomic_read(&releasing);
	struct gs_pool *pool;
	u32 id = 0;

	while ((pool = gs_registry_pin_next(&id))) {
		gs_account_report_all(&pool->resident);
		gs_account_report_all(&pool->image_pages);
		leaving |= gs_rss_is_leaving(&pool->rss);
		gs_registry_unpin(pool);
		id++;
	}
	return leaving;
}

/* Waits for a moment; false when it has waited for long enough. */
static bool wait(void)
{
	if (!wait_start || time_after(jiffies, wait_last + WAIT_GAP))
		wait_start = jiffies;
	if (time_after(jiffies, wait_start + WAIT_MAX))
		return false;
	schedule_timeout_uninterruptible(1);
	wait_last = jiffies;
	return true;
}

static int before_kill(struct notifier_block *block, unsigned long unused, void *freed)
{
	bool leaving = settle_all();

	*(unsigned long *)freed += gs_spare_free_any(ULONG_MAX);

	/* A task that ends itself must not wait: the kernel gives it of its reserves. */
	if (leaving && !(current->flags & PF_EXITING) && !fatal_signal_pending(current) && wait())
		++*(unsigned long *)freed;
	return NOTIFY_OK;
}

static struct notifier_block notifier = { .notifier_call = before_kill };

int gs_oom_module_init(void)
{
	return register_oom_notifier(&notifier);
}

void gs_oom_module_uninit(void)
{
	unregister_oom_notifier(&notifier);
}
