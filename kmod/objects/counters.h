/* SPDX-License-Identifier: GPL-2.0-only */
/* What is counted of a slot, and summed up over the slots of a pool. */
#ifndef _GS_COUNTERS_H
#define _GS_COUNTERS_H

#include <linux/compiler.h>
#include <linux/types.h>

/*
 * @resets: times that RESET reset it
 * @purges: times that PURGE purged it
 * @faults: page faults that were served
 * @guard_hits: touches at or past a limit
 * @reclaims: times that the shrinker took its pages
 * @reclaimed_pages: pages that the shrinker took
 */
struct gs_counters {
	u64 resets;
	u64 purges;
	u64 faults;
	u64 guard_hits;
	u64 reclaims;
	u64 reclaimed_pages;
};

/* Adds the counters of a slot, which may be counting. */
static inline void gs_counters_add(struct gs_counters *sum, const struct gs_counters *slot)
{
	sum->resets += READ_ONCE(slot->resets);
	sum->purges += READ_ONCE(slot->purges);
	sum->faults += READ_ONCE(slot->faults);
	sum->guard_hits += READ_ONCE(slot->guard_hits);
	sum->reclaims += READ_ONCE(slot->reclaims);
	sum->reclaimed_pages += READ_ONCE(slot->reclaimed_pages);
}

#endif /* _GS_COUNTERS_H */
