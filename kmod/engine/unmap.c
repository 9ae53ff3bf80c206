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

/* The last page that has the mark, if any has. */
static unsigned long last_marked(struct gs_slot *slot, xa_mark_t mark)
{
	unsigned long offset, last = 0;
	struct page *page;

	xa_for_each_marked(&slot->pages.entries, offset, page, mark) {
		last = offset;
		cond_resched();
	}
	return last;
}

/*
 * Unmaps all pages, private ones and those of the image, which have the mark. From the first
 * to the last and no further: a walk over the page tables of a slot of gigabytes takes as
 * long as freeing some pages.
 */
void gs_unmap_all(struct gs_pool *pool, struct gs_slot *slot, xa_mark_t mark)
{
	unsigned long low = 0, high = last_marked(slot, mark);

	xa_find(&slot->pages.entries, &low, ULONG_MAX, XA_PRESENT);
	gs_resident_for_each(resident, slot) {
		gs_resident_breathe(resident);
		high = max_t(unsigned long, high, resident->offset);
	}
	gs_unmap_range(pool, slot, low, high - low + 1);
}
