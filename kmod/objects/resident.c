// SPDX-License-Identifier: GPL-2.0-only
/*
 * The array of a slot's private pages. A reset is one pass over it. Which pages are
 * in it is decided by residency.c.
 */
#include <linux/cache.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include "accounting/account.h"
#include "objects/image.h"
#include "objects/reclaim_list.h"
#include "objects/resident.h"

/*
 * Bytes of an array: a power of two, which is what the allocator takes for any less. It is
 * charged together with the slot's place on the list of the shrinker, as both come with
 * the first private page and go with the last.
 */
#define ARRAY_MIN SZ_512
/* Pages of 170 GiB, where they have 4 KiB. The kernel allocates up to 2 GiB at a time. */
#define ARRAY_MAX SZ_1G

/*
 * What a slot has before its first private page, and after it has lost all of them.
 * All such slots read it, and nothing writes it: it must not share a cache line with
 * data that is written.
 */
static struct gs_residents none __ro_after_init;

void gs_resident_init(struct gs_slot *slot)
{
	slot->residents = &none;
}

static void free_array(struct gs_residents *residents, const struct gs_owner *owner)
{
	u32 bytes = residents->bytes;

	if (residents == &none)
		return;
	kvfree(residents);
	gs_cap_uncharge_bytes(owner, bytes);
}

/* Frees the array, and not the pages; the slot has left the list of the shrinker. */
void gs_resident_clear(struct gs_slot *slot, const struct gs_owner *owner)
{
	free_array(slot->residents, owner);
	slot->residents = &none;
}

static void copy_array(struct gs_residents *to, const struct gs_residents *from)
{
	u32 i, count;

	to->reclaim = from->reclaim;
	to->tracking = from->tracking;
	for (i = 0; i < from->count; i += count, cond_resched()) {
		count = min_t(u32, from->count - i, GS_RESIDENT_WALK / sizeof(from->pages[0]));
		memcpy(to->pages + i, from->pages + i, array_size(count, sizeof(from->pages[0])));
	}
	to->count = from->count;
}

/*
 * Locks are held, and a charge that may sleep does so, for up to 2 seconds, in a cgroup over
 * memory.high. One that may not sleep leaves that to the way back to user space.
 */
static struct gs_residents *alloc_array(u32 size)
{
	gfp_t gfp = GFP_KERNEL_ACCOUNT | __GFP_NOWARN;
	void *array = kmalloc(size, gfp & ~__GFP_DIRECT_RECLAIM);

	return array ? array : kvmalloc(size, gfp);
}

/* gs_resident_reserve() when the array is full. */
int __gs_resident_grow(struct gs_slot *slot, const struct gs_owner *owner, struct gs_cap_hit *hit)
{
	struct gs_residents *old = slot->residents, *new;
	u32 size = old->room ? 2 * (old->bytes - GS_RECLAIM_ENTRY_BYTES) : ARRAY_MIN;
	u32 bytes = size + GS_RECLAIM_ENTRY_BYTES;
	int ret;

	lockdep_assert_held(&slot->lock);
	if (size > ARRAY_MAX)
		return -ENOSPC;
	ret = gs_cap_charge_bytes(owner, bytes, hit);
	if (ret)
		return ret;
	new = alloc_array(size);
	if (!new)
		goto uncharge_array;
	new->bytes = bytes;
	new->room = (size - sizeof(*new)) / sizeof(new->pages[0]);
	copy_array(new, old);
	slot->residents = new;
	free_array(old, owner);
	return 0;

uncharge_array:
	gs_cap_uncharge_bytes(owner, bytes);
	return -ENOMEM;
}

/*
 * Forgets the pages in [@first, @end) of the slot, which has some, and keeps the
 * order of the others.
 */
void gs_resident_remove_range(struct gs_slot *slot, unsigned long first, unsigned long end)
{
	u32 kept = 0;

	lockdep_assert_held(&slot->lock);
	gs_resident_for_each(page, slot) {
		gs_resident_breathe(page);
		if (page->offset < first || page->offset >= end)
			slot->residents->pages[kept++] = *page;
	}
	gs_resident_truncate(slot, kept);
}

/* Forgets the pages that are cold, and keeps the order of the others. */
void gs_resident_remove_cold(struct gs_slot *slot)
{
	u32 kept = 0;

	lockdep_assert_held(&slot->lock);
	gs_resident_for_each(page, slot) {
		gs_resident_breathe(page);
		if (!page->cold)
			slot->residents->pages[kept++] = *page;
	}
	gs_resident_truncate(slot, kept);
}

/* The page of the image could not be read; the kernel is told, as it is by its own copies. */
void gs_resident_note_failure(struct gs_slot *slot, struct gs_resident *page)
{
	lockdep_assert_held(&slot->lock);
	gs_image_note_failure(slot->image, virt_to_page(page->source));
	page->cold = true;
	slot->failed = true;
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
	XA_STATE(xas, &image->pages.entries, at->offset);
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
