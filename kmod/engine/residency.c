// SPDX-License-Identifier: GPL-2.0
/*
 * The pages of a slot: which are private, which are mapped from its image, and
 * how each comes and goes.
 *
 * A page is freed only after it was unmapped everywhere, and the unmapping
 * flushes before it returns. Nothing here that takes a page away can fail.
 */
#include <linux/highmem.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "engine/residency.h"
#include "objects/image.h"
#include "objects/pool.h"
#include "objects/reclaim_list.h"
#include "objects/slot.h"

#define RESIDENT_ORDER_MIN 4
/* 256 GiB; the kernel allocates no more than 2 GiB at a time. */
#define RESIDENT_ORDER_MAX 26

static bool is_shared(struct gs_slot *slot, unsigned long offset)
{
	return xa_get_mark(&slot->pages, offset, GS_SLOT_SHARED);
}

/* The private page at an offset of the slot, or NULL. */
struct page *gs_residency_find(struct gs_slot *slot, unsigned long offset)
{
	struct page *page;

	lockdep_assert_held(&slot->lock);
	page = xa_load(&slot->pages, offset);
	return page && !is_shared(slot, offset) ? page : NULL;
}

static void unmap(struct gs_pool *pool, struct gs_slot *slot, unsigned long offset,
		  unsigned long count)
{
	u32 index = gs_slot_index(pool, slot);

	gs_pool_unmap(pool, gs_layout_slot_start(&pool->layout, index) + offset, count);
}

static u32 resident_room(const struct gs_slot *slot)
{
	return slot->resident_order ? 1U << slot->resident_order : 0;
}

/* Makes room for one more entry in the array of private pages. */
static int resident_reserve(struct gs_slot *slot)
{
	u8 order = slot->resident_order ? slot->resident_order + 1 : RESIDENT_ORDER_MIN;
	struct gs_resident *resident;

	if (slot->resident_count < resident_room(slot))
		return 0;
	if (order > RESIDENT_ORDER_MAX)
		return -ENOSPC;
	resident =
		kvmalloc_array(1UL << order, sizeof(*resident), GFP_KERNEL_ACCOUNT | __GFP_NOWARN);
	if (!resident)
		return -ENOMEM;
	if (slot->resident_count)
		memcpy(resident, slot->resident, slot->resident_count * sizeof(*resident));
	kvfree(slot->resident);
	slot->resident = resident;
	slot->resident_order = order;
	return 0;
}

static void *image_content(struct gs_image *image, unsigned long offset)
{
	struct page *page = gs_image_page(image, offset);

	return page ? page_address(page) : NULL;
}

/*
 * The private page at an offset of the slot, made from the image's content if
 * there is none yet; whatever was mapped there is unmapped then. It is taken from
 * the stock, which may be NULL.
 * ERR_PTR(-ENOSPC) over the cap *hit, ERR_PTR(-ENOMEM); then nothing has changed.
 */
struct page *gs_residency_make_private(struct gs_pool *pool, struct gs_slot *slot,
				       unsigned long offset, struct gs_stock *stock,
				       struct gs_cap_hit *hit)
{
	struct page *page = xa_load(&slot->pages, offset);
	bool shared = page && is_shared(slot, offset);
	struct gs_resident *resident;
	int ret;

	lockdep_assert_held(&slot->lock);
	if (page && !shared)
		return page;
	ret = resident_reserve(slot) ?: gs_reclaim_list_prepare(pool, slot);
	if (ret)
		return ERR_PTR(ret);
	if (stock)
		page = gs_account_take_page(&pool->resident, stock, hit);
	else
		page = gs_account_alloc_page(&pool->resident, hit);
	if (IS_ERR(page))
		return page;

	resident = &slot->resident[slot->resident_count];
	*resident = (struct gs_resident){
		.data = page_address(page),
		.source = image_content(slot->image, offset),
		.offset = offset,
	};
	if (resident->source)
		gs_residency_restore_page(resident);

	if (shared)
		unmap(pool, slot, offset, 1);
	ret = xa_err(xa_store(&slot->pages, offset, page, GFP_KERNEL_ACCOUNT));
	if (ret) {
		gs_account_free_page(&pool->resident, page);
		return ERR_PTR(ret);
	}
	/* Only now: an image's page must never be without its mark. */
	if (shared) {
		xa_clear_mark(&slot->pages, offset, GS_SLOT_SHARED);
		slot->shared_count--;
	}
	if (!slot->resident_count++)
		gs_reclaim_list_add(slot);
	return page;
}

/*
 * What may be mapped at an offset for reading: the private page if there is one
 * (*writable is true then), else the image's page, noted as shared from now on.
 * NULL for zero, and for a page that is going to be written.
 * ERR_PTR(-ENOMEM) when it cannot be noted.
 */
struct page *gs_residency_share(struct gs_slot *slot, unsigned long offset, bool *writable)
{
	struct page *page = xa_load(&slot->pages, offset);
	int ret;

	lockdep_assert_held(&slot->lock);
	*writable = page && !is_shared(slot, offset);
	if (page)
		return page;
	page = gs_image_page(slot->image, offset);
	if (!page || gs_writeset_has(&slot->image->write_set, offset))
		return NULL;
	ret = xa_err(xa_store(&slot->pages, offset, page, GFP_KERNEL_ACCOUNT));
	if (ret)
		return ERR_PTR(ret);
	/* Cannot fail: the entry is there. */
	xa_set_mark(&slot->pages, offset, GS_SLOT_SHARED);
	slot->shared_count++;
	return page;
}

/* Unmaps every page that has the mark, run by run. */
static void unmap_marked(struct gs_pool *pool, struct gs_slot *slot, xa_mark_t mark)
{
	unsigned long offset, first = 0, count = 0;
	struct page *page;

	xa_for_each_marked(&slot->pages, offset, page, mark) {
		if (count && offset != first + count) {
			unmap(pool, slot, first, count);
			count = 0;
		}
		if (!count)
			first = offset;
		count++;
		cond_resched();
	}
	if (count)
		unmap(pool, slot, first, count);
}

/* Takes away every page of the image. */
static void drop_shared(struct gs_pool *pool, struct gs_slot *slot)
{
	unsigned long offset;
	struct page *page;

	if (!slot->shared_count)
		return;
	unmap_marked(pool, slot, GS_SLOT_SHARED);
	xa_for_each_marked(&slot->pages, offset, page, GS_SLOT_SHARED)
		xa_erase(&slot->pages, offset);
	slot->shared_count = 0;
}

/*
 * Where the content of private pages comes from in an image. Pages mostly come in
 * the order of their offsets, and the next one of an array is close.
 */
static void find_sources(struct gs_image *image, struct gs_resident *resident, u32 count)
{
	struct gs_resident *end = resident + count;
	struct page *page;

	if (image) {
		XA_STATE(xas, &image->pages, resident->offset);

		/* Nobody changes the array; this is for those who look for bugs. */
		rcu_read_lock();
		page = xas_load(&xas);
		for (;;) {
			resident->source = page ? page_address(page) : NULL;
			if (++resident == end)
				break;
			if (resident->offset == xas.xa_index + 1) {
				page = xas_next(&xas);
			} else {
				xas_set(&xas, resident->offset);
				page = xas_load(&xas);
			}
		}
		rcu_read_unlock();
		return;
	}
	for (; resident < end; resident++)
		resident->source = NULL;
}

/*
 * Binds the slot to another image, or to none. Takes over a reference to
 * @image; the one to the old image is the caller's to put. The content is the
 * new image's only after each page was restored.
 */
void gs_residency_rebind(struct gs_pool *pool, struct gs_slot *slot, struct gs_image *image)
{
	u32 i, block_end;

	lockdep_assert_held(&slot->lock);
	drop_shared(pool, slot);
	for (i = 0; i < slot->resident_count; i = block_end, cond_resched()) {
		block_end = min(slot->resident_count, i + GS_RESIDENCY_BLOCK);
		find_sources(image, slot->resident + i, block_end - i);
	}
	WRITE_ONCE(slot->image, image);
}

static void free_resident(struct gs_pool *pool, struct gs_slot *slot,
			  const struct gs_resident *resident)
{
	xa_erase(&slot->pages, resident->offset);
	gs_account_free_page(&pool->resident, virt_to_page(resident->data));
	cond_resched();
}

/* Frees the private pages in a range that is unmapped, keeping the order. */
static void free_range(struct gs_pool *pool, struct gs_slot *slot, unsigned long first,
		       unsigned long end)
{
	u32 i, kept = 0;

	for (i = 0; i < slot->resident_count; i++) {
		struct gs_resident *resident = &slot->resident[i];

		if (resident->offset >= first && resident->offset < end)
			free_resident(pool, slot, resident);
		else
			slot->resident[kept++] = *resident;
	}
	if (slot->resident_count && !kept)
		gs_reclaim_list_del(slot);
	slot->resident_count = kept;
}

/*
 * Narrows a range to the part of it that has pages, for page tables are slow to walk.
 * False when there are none.
 */
static bool narrow(struct gs_slot *slot, unsigned long *first, unsigned long *end)
{
	const struct gs_resident *at = slot->resident;
	const struct gs_resident *last = at + slot->resident_count;
	unsigned long low = *end, high = *first, offset = *first;

	if (*first >= *end)
		return false;
	for (; at < last; at++) {
		if (at->offset < *first || at->offset >= *end)
			continue;
		low = min(low, at->offset);
		high = max(high, at->offset + 1);
	}
	if (slot->shared_count && xa_find(&slot->pages, &offset, *end - 1, GS_SLOT_SHARED)) {
		low = min(low, offset);
		high = *end;
	}
	*first = low;
	*end = high;
	return low < high;
}

/* Takes the image's pages in a range that is unmapped from the slot. */
static void forget_shared(struct gs_slot *slot, unsigned long first, unsigned long end)
{
	unsigned long offset;
	struct page *page;

	if (!slot->shared_count)
		return;
	xa_for_each_range(&slot->pages, offset, page, first, end - 1) {
		if (!is_shared(slot, offset))
			continue;
		xa_erase(&slot->pages, offset);
		slot->shared_count--;
	}
}

/* Takes away all pages in [@first, @end) of the slot. */
void gs_residency_drop_range(struct gs_pool *pool, struct gs_slot *slot, unsigned long first,
			     unsigned long end)
{
	lockdep_assert_held(&slot->lock);
	if (!narrow(slot, &first, &end))
		return;
	unmap(pool, slot, first, end - first);
	free_range(pool, slot, first, end);
	forget_shared(slot, first, end);
}

/*
 * Takes away the image's pages in [@first, @end) of the slot and parks the private
 * ones: they stay, so that a slot that grows again needs no new ones, but nothing
 * maps them. Their content is the caller's to restore before he lets the lock go;
 * no tenant can change it any more. False when there was nothing.
 */
bool gs_residency_park_range(struct gs_pool *pool, struct gs_slot *slot, unsigned long first,
			     unsigned long end)
{
	lockdep_assert_held(&slot->lock);
	if (!narrow(slot, &first, &end))
		return false;
	unmap(pool, slot, first, end - first);
	forget_shared(slot, first, end);
	return true;
}

/* Keeps the @keep private pages that came first and takes away the others. */
void gs_residency_trim(struct gs_pool *pool, struct gs_slot *slot, unsigned long keep)
{
	u32 i;

	lockdep_assert_held(&slot->lock);
	if (slot->resident_count <= keep)
		return;
	/* The marks put them in order; a mark on an entry that is there cannot fail. */
	for (i = keep; i < slot->resident_count; i++) {
		xa_set_mark(&slot->pages, slot->resident[i].offset, GS_SLOT_SURPLUS);
		cond_resched();
	}
	unmap_marked(pool, slot, GS_SLOT_SURPLUS);
	for (i = keep; i < slot->resident_count; i++)
		free_resident(pool, slot, &slot->resident[i]);
	slot->resident_count = keep;
}

/* Frees what the slot has of pages and bookkeeping; nothing is mapped any more. */
void gs_residency_free(struct gs_pool *pool, struct gs_slot *slot)
{
	u32 i;

	for (i = 0; i < slot->resident_count; i++) {
		gs_account_free_page(&pool->resident, virt_to_page(slot->resident[i].data));
		cond_resched();
	}
	kvfree(slot->resident);
	slot->resident = NULL;
	slot->resident_count = 0;
	slot->resident_order = 0;
	slot->shared_count = 0;
	WRITE_ONCE(slot->parked, 0);
	xa_destroy(&slot->pages);
}

/*
 * From the first page to the last and no further: a walk over the page tables of a
 * slot of gigabytes takes as long as freeing some pages.
 */
static void unmap_all(struct gs_pool *pool, struct gs_slot *slot)
{
	unsigned long offset, low = 0, high = 0;
	struct page *page;
	u32 i;

	xa_find(&slot->pages, &low, ULONG_MAX, XA_PRESENT);
	for (i = 0; i < slot->resident_count; i++)
		high = max(high, slot->resident[i].offset);
	xa_for_each_marked(&slot->pages, offset, page, GS_SLOT_SHARED)
		high = max(high, offset);
	unmap(pool, slot, low, high - low + 1);
}

/* Takes away all pages of the slot, private and shared. */
void gs_residency_drop_all(struct gs_pool *pool, struct gs_slot *slot)
{
	lockdep_assert_held(&slot->lock);
	if (xa_empty(&slot->pages))
		return;
	unmap_all(pool, slot);
	gs_reclaim_list_del(slot);
	gs_residency_free(pool, slot);
}
