// SPDX-License-Identifier: GPL-2.0-only
/*
 * Unmapping pages of a slot everywhere, in as few ranges as pay: each is a walk over the
 * page tables of all who map it, and a flush of their TLBs.
 */
#include <linux/minmax.h>
#include <linux/sched.h>
#include <linux/xarray.h>

#include "engine/unmap.h"
#include "objects/pool.h"
#include "objects/resident.h"

/* Pages so far from each other on average are unmapped one by one. */
#define FAR_PAGES 64UL

/* In one piece where the slot has few pages. */
void gs_unmap_range(struct gs_pool *pool, struct gs_slot *slot, unsigned long offset,
		    unsigned long count)
{
	unsigned long first = gs_pool_slot_start(pool, slot) + offset;

	if (gs_resident_count(slot) + slot->pages.marked > GS_POOL_UNMAP_PIECE)
		gs_pool_unmap_pieces(pool, first, count);
	else
		gs_pool_unmap(pool, first, count);
}

/* Unmaps every page that has the mark, run by run. */
void gs_unmap_marked(struct gs_pool *pool, struct gs_slot *slot, xa_mark_t mark)
{
	unsigned long offset, first = 0, count = 0;
	struct page *page;

	xa_for_each_marked(&slot->pages.entries, offset, page, mark) {
		if (count && offset != first + count) {
			gs_unmap_range(pool, slot, first, count);
			count = 0;
		}
		if (!count)
			first = offset;
		count++;
		cond_resched();
	}
	if (count)
		gs_unmap_range(pool, slot, first, count);
}

/* Unmaps the private pages from number @first on, of an idle slot. */
void gs_unmap_last(struct gs_pool *pool, struct gs_slot *slot, u32 first)
{
	u32 count = gs_resident_count(slot) - first;
	unsigned long low = ULONG_MAX, high = 0;

	gs_resident_for_each_from(at, slot, first) {
		low = min_t(unsigned long, low, at->offset);
		high = max_t(unsigned long, high, at->offset);
	}
	/* What lies between them may go as well: one range costs less than many. */
	if (high - low < count * FAR_PAGES) {
		gs_unmap_range(pool, slot, low, high - low + 1);
		return;
	}
	gs_resident_for_each_from(at, slot, first) {
		gs_unmap_range(pool, slot, at->offset, 1);
		cond_resched();
	}
}
