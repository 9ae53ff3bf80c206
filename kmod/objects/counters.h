/* SPDX-License-Identifier: GPL-2.0-only */
/* What is counted of a slot, and summed up over the slots of a pool. */
#ifndef _GS_COUNTERS_H
#define _GS_COUNTERS_H

#include <linux/compiler.h>
#include <linux/minmax.h>
#include <linux/types.h>

/*
 * @resets: times that RESET reset it
 * @purges: times that PURGE purged it
 * @faults: page faults that were served
 * @guard_hits: touches at or past a limit
 * @reclaims: times that the shrinker took its pages
 * @reclaimed_pages: pages that the shrinker took
 * @looks: resets that looked for what was written
 * @skipped_pages: pages that these did not copy, as they were not written
 * @given_back_pages: pages that were freed, as they were not written for many looks
 * @absent_pages: pages that they copied because they had no page-table entry
 * @flushes: TLB flushes; the one of a call counts for one of its slots
 * @whole_mapped: resets that could not look because the slab was mapped twice
 * @whole_notified: the same because of mmu notifiers
 * @whole_unmapped: the same because the caller has no VMA that shows all of the slot
 */
struct gs_counters {
	u64 resets;
	u64 purges;
	u64 faults;
	u64 guard_hits;
	u64 reclaims;
	u64 reclaimed_pages;
	u64 looks;
	u64 skipped_pages;
	u64 given_back_pages;
	u64 absent_pages;
	u64 flushes;
	u64 whole_mapped;
	u64 whole_notified;
	u64 whole_unmapped;
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
	sum->looks += READ_ONCE(slot->looks);
	sum->skipped_pages += READ_ONCE(slot->skipped_pages);
	sum->given_back_pages += READ_ONCE(slot->given_back_pages);
	sum->absent_pages += READ_ONCE(slot->absent_pages);
	sum->flushes += READ_ONCE(slot->flushes);
	sum->whole_mapped += READ_ONCE(slot->whole_mapped);
	sum->whole_notified += READ_ONCE(slot->whole_notified);
	sum->whole_unmapped += READ_ONCE(slot->whole_unmapped);
}

/* Sets each counter to that of @other where that is more. */
static inline void gs_counters_raise(struct gs_counters *counters, const struct gs_counters *other)
{
	const u64 *from = (const u64 *)other;
	u64 *to = (u64 *)counters;
	unsigned int i;

	for (i = 0; i < sizeof(*counters) / sizeof(*to); i++)
		to[i] = max(to[i], from[i]);
}

#endif /* _GS_COUNTERS_H */
