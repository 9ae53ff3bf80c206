// SPDX-License-Identifier: GPL-2.0-only
/*
 * The array of a slot's private pages. A reset is one pass over it. Which pages are
 * in it is decided by residency.c.
 */
#include <linux/cache.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/slab.h>

#include "objects/image.h"
#include "objects/resident.h"

#define ROOM_MIN (1U << 4)
/* 256 GiB of pages of 4 KiB; the kernel allocates no more than 2 GiB at a time. */
#define ROOM_MAX (1U << 26)

/*
 * What a slot has before its first private page, and after it has lost all at once.
 * All such slots read it, and nothing writes it: it must not share a cache line with
 * data that is written.
 */
static struct gs_residents none __ro_after_init;

void gs_resident_init(struct gs_slot *slot)
{
	slot->residents = &none;
}

static void free_array(struct gs_residents *residents)
{
	if (residents != &none)
		kvfree(residents);
}

/* Frees the array, and not the pages. */
void gs_resident_clear(struct gs_slot *slot)
{
	free_array(slot->residents);
	slot->residents = &none;
}

/* gs_resident_reserve() when the array is full. */
int __gs_resident_grow(struct gs_slot *slot)
{
	struct gs_residents *old = slot->residents, *new;
	u32 room = old->room ? 2 * old->room : ROOM_MIN;

	lockdep_assert_held(&slot->lock);
	if (room > ROOM_MAX)
		return -ENOSPC;
	new = kvmalloc(struct_size(new, pages, room), GFP_KERNEL_ACCOUNT | __GFP_NOWARN);
	if (!new)
		return -ENOMEM;
	new->count = old->count;
	new->room = room;
	memcpy(new->pages, old->pages, array_size(old->count, sizeof(old->pages[0])));
	slot->residents = new;
	free_array(old);
	return 0;
}

/*
 * Forgets the pages in [@first, @end) of the slot, which has some, and keeps the
 * order of the others.
 */
void gs_resident_remove_range(struct gs_slot *slot, unsigned long first, unsigned long end)
{
	u32 kept = 0;

	lockdep_assert_held(&slot->lock);
	gs_resident_for_each(page, slot)
		if (page->offset < first || page->offset >= end)
			slot->residents->pages[kept++] = *page;
	gs_resident_truncate(slot, kept);
}

static void set_zero(struct gs_resident *at, const struct gs_resident *end)
{
	for (; at < end; at++)
		at->source = NULL;
}

/*
 * Pages mostly come in the order of their offsets, and the next entry of an xarray
 * is close.
 */
static void set_content(struct gs_image *image, struct gs_resident *at,
			const struct gs_resident *end)
{
	XA_STATE(xas, &image->pages, at->offset);
	struct page *page;

	/* The array does not change; the lock is for checkers of RCU. */
	rcu_read_lock();
	page = xas_load(&xas);
	for (;;) {
		at->source = page ? page_address(page) : NULL;
		if (++at == end)
			break;
		if (at->offset == xas.xa_index + 1) {
			page = xas_next(&xas);
		} else {
			xas_set(&xas, at->offset);
			page = xas_load(&xas);
		}
	}
	rcu_read_unlock();
}

/* From now on the pages are restored from another image, or to zero. */
void gs_resident_set_sources(struct gs_slot *slot, struct gs_image *image)
{
	struct gs_resident *at = slot->residents->pages, *end = gs_resident_end(slot), *block_end;

	lockdep_assert_held(&slot->lock);
	for (; at < end; at = block_end, cond_resched()) {
		block_end = min(end, at + GS_RESIDENT_BLOCK);
		if (image)
			set_content(image, at, block_end);
		else
			set_zero(at, block_end);
	}
}
