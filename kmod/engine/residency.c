// SPDX-License-Identifier: GPL-2.0-only
/*
 * The pages of a slot: which are private, which are mapped from its image, and
 * how each comes and goes.
 *
 * A page is freed only after it was unmapped everywhere, and the unmapping
 * flushes the TLBs before it returns. No function here that takes a page away can
 * fail.
 */
#include <linux/mm.h>
#include <linux/xarray.h>

#include "accounting/throttle.h"
#include "engine/residency.h"
#include "engine/unmap.h"
#include "objects/image.h"
#include "objects/pool.h"
#include "objects/reclaim_list.h"
#include "objects/resident.h"
#include "objects/slot.h"

/* Pages of the image. */
#define MARK_SHARED XA_MARK_0
/* Private pages that are about to be freed, within the function that sets it only. */
#define MARK_SURPLUS XA_MARK_1

static bool is_shared(struct gs_slot *slot, unsigned long offset)
{
	return xa_get_mark(&slot->pages.entries, offset, MARK_SHARED);
}

/* The private page at an offset of the slot, or NULL. */
struct page *gs_residency_find(struct gs_slot *slot, unsigned long offset)
{
	struct page *page;

	lockdep_assert_held(&slot->lock);
	page = xa_load(&slot->pages.entries, offset);
	return page && !is_shared(slot, offset) ? page : NULL;
}

/* The memory of a page has failed, and nobody may read it, nor map it again. */
static struct page *unless_failed(struct page *page)
{
	return PageHWPoison(page) ? ERR_PTR(-EHWPOISON) : page;
}

static void *image_content(struct gs_image *image, unsigned long offset)
{
	struct page *page = gs_image_page(image, offset);

	return page ? page_address(page) : NULL;
}

/* What comes with a slot's first private page goes with its last one. */
static void forget_array(struct gs_pool *pool, struct gs_slot *slot)
{
	gs_reclaim_list_del(slot);
	gs_resident_clear(slot, &pool->owner);
}

/* Allocates a page, and what the slot needs to keep one more. */
static struct page *alloc_private(struct gs_pool *pool, struct gs_slot *slot, unsigned long offset,
				  struct gs_stock *stock, struct gs_cap_hit *hit)
{
	struct page *page;
	unsigned int owed;
	int ret;

	ret = gs_resident_reserve(slot, &pool->owner, hit) ?: gs_reclaim_list_prepare(pool, slot);
	if (ret)
		return ERR_PTR(ret);
	/* An array may be a charge of any size, and the page's be one more. */
	owed = gs_throttle_put_off();
	page = gs_account_take_page(&pool->resident, stock, gs_pool_slot_start(pool, slot) + offset,
				    hit);
	gs_throttle_restore(owed);
	return page;
}

/* Gives the new page the content of its source. A @spare is not zeroed. */
static int fill_private(struct gs_slot *slot, const struct gs_resident *resident, bool spare)
{
	struct page *source = resident->source ? virt_to_page(resident->source) : NULL;

	if (!source && spare)
		clear_page(resident->data);
	if (!source)
		return 0;
	if (PageHWPoison(source))
		return -EHWPOISON;
	if (gs_copy_page(resident->data, resident->source))
		return 0;
	gs_image_note_failure(slot->image, source);
	return -EHWPOISON;
}

/*
 * Gives the page the image's content and stores it where @place is. The image's page that
 * is there, if @shared, is unmapped first.
 */
static int store_private(struct gs_pool *pool, struct gs_slot *slot, struct xa_state *place,
			 struct page *page, bool spare, bool shared, struct gs_cap_hit *hit)
{
	unsigned long offset = place->xa_index;
	struct gs_resident *resident = gs_resident_next(slot);
	int ret;

	*resident = (struct gs_resident){
		.data = page_address(page),
		.source = image_content(slot->image, offset),
		.offset = offset,
		.written = true,
		.seen = slot->residents->tracking.looks,
	};
	ret = fill_private(slot, resident, spare);
	if (ret)
		return ret;
	if (shared)
		gs_unmap_range(pool, slot, offset, 1);
	ret = gs_tree_store_at(&slot->pages, &pool->owner, place, page, hit);
	if (ret)
		return ret;
	/* Not before the store: an image's page must never be without its mark. */
	if (shared) {
		xa_clear_mark(&slot->pages.entries, offset, MARK_SHARED);
		slot->pages.marked--;
	}
	if (!gs_resident_count(slot))
		gs_reclaim_list_add(slot);
	gs_resident_add_next(slot);
	return 0;
}

/*
 * The private page at an offset of the slot, made from the image's content if there is none
 * yet; whatever was mapped there is unmapped then. It is taken from the stock.
 * ERR_PTR(-ENOSPC) over the cap *hit, ERR_PTR(-ENOMEM), ERR_PTR(-EHWPOISON) if the page or
 * the image's has failed; then nothing has changed.
 */
struct page *gs_residency_make_private(struct gs_pool *pool, struct gs_slot *slot,
				       unsigned long offset, struct gs_stock *stock,
				       struct gs_cap_hit *hit)
{
	/* Nothing else changes the tree before the store: one search is enough. */
	XA_STATE(place, &slot->pages.entries, offset);
	struct page *page;
	bool shared;
	int ret;

	lockdep_assert_held(&slot->lock);
	rcu_read_lock();
	page = xas_load(&place);
	rcu_read_unlock();
	shared = page && is_shared(slot, offset);
	if (page && !shared)
		return unless_failed(page);
	page = alloc_private(pool, slot, offset, stock, hit);
	ret = PTR_ERR_OR_ZERO(page);
	if (ret)
		goto forget_array;
	ret = store_private(pool, slot, &place, page, stock->took_spare, shared, hit);
	if (ret)
		goto free_page;
	stock->used++;
	return page;

free_page:
	gs_account_free_page(&pool->resident, page);
forget_array:
	if (!gs_resident_count(slot))
		forget_array(pool, slot);
	return ERR_PTR(ret);
}

/*
 * What may be mapped at an offset for reading: the private page if there is one
 * (*writable is true then), else the image's page, which is entered as shared.
 * NULL for zero, and for a page that instances of the image write.
 * When it cannot be entered ERR_PTR(-ENOSPC), over the cap *hit, or ERR_PTR(-ENOMEM), and
 * ERR_PTR(-EHWPOISON) when its memory has failed.
 */
struct page *gs_residency_share(struct gs_pool *pool, struct gs_slot *slot, unsigned long offset,
				bool *writable, struct gs_cap_hit *hit)
{
	struct page *page = xa_load(&slot->pages.entries, offset);
	int ret;

	lockdep_assert_held(&slot->lock);
	*writable = page && !is_shared(slot, offset);
	if (page)
		return unless_failed(page);
	page = gs_image_page(slot->image, offset);
	if (!page || gs_writeset_has(&slot->image->write_set, offset))
		return NULL;
	ret = PageHWPoison(page) ? -EHWPOISON :
				   gs_tree_store(&slot->pages, &pool->owner, offset, page, hit);
	if (ret)
		return ERR_PTR(ret);
	/* This cannot fail: the entry is there. */
	xa_set_mark(&slot->pages.entries, offset, MARK_SHARED);
	slot->pages.marked++;
	return page;
}

/* For each step of a walk over a tree: lets other tasks run now and then. */
static void breathe(unsigned int *steps)
{
	if (!(++*steps % XA_CHUNK_SIZE))
		cond_resched();
}

/* Takes away every page of the image. */
void gs_residency_drop_shared(struct gs_pool *pool, struct gs_slot *slot)
{
	unsigned int steps = 0;
	unsigned long offset;
	struct page *page;

	if (!slot->pages.marked)
		return;
	gs_unmap_marked(pool, slot, MARK_SHARED);
	xa_for_each_marked(&slot->pages.entries, offset, page, MARK_SHARED) {
		gs_tree_erase(&slot->pages, &pool->owner, offset);
		breathe(&steps);
	}
	slot->pages.marked = 0;
}

/*
 * Binds the slot to another image, or to none. Takes over a reference to
 * @image; the one to the old image is the caller's to put. The content is the
 * new image's only after each page was restored.
 */
void gs_residency_rebind(struct gs_pool *pool, struct gs_slot *slot, struct gs_image *image)
{
	lockdep_assert_held(&slot->lock);
	gs_residency_drop_shared(pool, slot);
	gs_resident_set_sources(slot, image);
	WRITE_ONCE(slot->image, image);
}

/* Takes out a private page that is unmapped. */
static struct page *take_out(struct gs_pool *pool, struct gs_slot *slot,
			     const struct gs_resident *resident)
{
	gs_tree_erase(&slot->pages, &pool->owner, resident->offset);
	cond_resched();
	return virt_to_page(resident->data);
}

/* Gives up the private pages in a range that is unmapped. */
static void give_up_range(struct gs_pool *pool, struct gs_slot *slot, unsigned long first,
			  unsigned long end)
{
	struct gs_batch batch;

	if (!gs_resident_count(slot))
		return;
	gs_batch_init(&batch, &pool->resident, gs_reclaim_list_place(slot));
	gs_resident_for_each(resident, slot) {
		gs_resident_breathe(resident);
		if (resident->offset >= first && resident->offset < end)
			gs_batch_add(&batch, take_out(pool, slot, resident));
	}
	gs_batch_give_up(&batch);
	gs_resident_remove_range(slot, first, end);
	if (!gs_resident_count(slot))
		forget_array(pool, slot);
}

/*
 * Narrows a range to the part of it that has pages, for page tables are slow to walk.
 * False when there are none.
 */
static bool narrow(struct gs_slot *slot, unsigned long *first, unsigned long *end)
{
	unsigned long low = *end, high = *first, offset = *first;

	if (*first >= *end)
		return false;
	gs_resident_for_each(at, slot) {
		unsigned long page = at->offset;

		gs_resident_breathe(at);
		if (page < *first || page >= *end)
			continue;
		low = min(low, page);
		high = max(high, page + 1);
	}
	if (slot->pages.marked && xa_find(&slot->pages.entries, &offset, *end - 1, MARK_SHARED)) {
		low = min(low, offset);
		high = *end;
	}
	*first = low;
	*end = high;
	return low < high;
}

/* Forgets the image's pages in a range that is unmapped. */
static void forget_shared(struct gs_pool *pool, struct gs_slot *slot, unsigned long first,
			  unsigned long end)
{
	unsigned int steps = 0;
	unsigned long offset;
	struct page *page;

	if (!slot->pages.marked)
		return;
	xa_for_each_range(&slot->pages.entries, offset, page, first, end - 1) {
		breathe(&steps);
		if (!is_shared(slot, offset))
			continue;
		gs_tree_erase(&slot->pages, &pool->owner, offset);
		slot->pages.marked--;
	}
}

/* Takes away all pages in [@first, @end) of the slot. */
void gs_residency_drop_range(struct gs_pool *pool, struct gs_slot *slot, unsigned long first,
			     unsigned long end)
{
	lockdep_assert_held(&slot->lock);
	if (!narrow(slot, &first, &end))
		return;
	gs_unmap_range(pool, slot, first, end - first);
	give_up_range(pool, slot, first, end);
	forget_shared(pool, slot, first, end);
}

/*
 * Takes away the image's pages in [@first, @end) of the slot and parks the private
 * ones: they stay, so that a slot that grows again needs no new ones, but nothing
 * maps them. The caller restores their content before it drops the lock; no tenant
 * can change it any more. False when there was nothing.
 */
bool gs_residency_park_range(struct gs_pool *pool, struct gs_slot *slot, unsigned long first,
			     unsigned long end)
{
	lockdep_assert_held(&slot->lock);
	if (!narrow(slot, &first, &end))
		return false;
	gs_unmap_range(pool, slot, first, end - first);
	forget_shared(pool, slot, first, end);
	return true;
}

/* Keeps the @keep private pages that came first and takes away the others. */
void gs_residency_trim(struct gs_pool *pool, struct gs_slot *slot, unsigned long keep)
{
	struct gs_batch batch;

	lockdep_assert_held(&slot->lock);
	if (gs_resident_count(slot) <= keep)
		return;
	/* Marks put them in order, and setting one on an entry that is there cannot fail. */
	gs_resident_for_each_from(resident, slot, keep) {
		xa_set_mark(&slot->pages.entries, resident->offset, MARK_SURPLUS);
		cond_resched();
	}
	gs_unmap_marked(pool, slot, MARK_SURPLUS);
	gs_batch_init(&batch, &pool->resident, gs_reclaim_list_place(slot));
	gs_resident_for_each_from(resident, slot, keep)
		gs_batch_add(&batch, take_out(pool, slot, resident));
	gs_batch_give_up(&batch);
	gs_resident_truncate(slot, keep);
}

/* Takes away the @count private pages that came last, of an idle slot. */
void gs_residency_drop_last(struct gs_pool *pool, struct gs_slot *slot, u32 count)
{
	u32 keep = gs_resident_count(slot) - count;

	gs_unmap_last(pool, slot, keep);
	/* Memory is short: these are freed. */
	gs_resident_for_each_from(at, slot, keep)
		gs_account_free_page(&pool->resident, take_out(pool, slot, at));
	if (keep)
		gs_resident_truncate(slot, keep);
	else
		forget_array(pool, slot);
}

/*
 * Takes away the private pages that are cold, of a slot that is being reset and has some: what
 * a tenant writes meanwhile goes with them. The slot may lose its array.
 */
void gs_residency_drop_cold(struct gs_pool *pool, struct gs_slot *slot)
{
	struct gs_batch batch;

	lockdep_assert_held(&slot->lock);
	gs_resident_for_each(page, slot) {
		gs_resident_breathe(page);
		if (page->cold)
			xa_set_mark(&slot->pages.entries, page->offset, MARK_SURPLUS);
	}
	gs_unmap_marked(pool, slot, MARK_SURPLUS);
	gs_batch_init(&batch, &pool->resident, gs_reclaim_list_place(slot));
	gs_resident_for_each(page, slot) {
		gs_resident_breathe(page);
		if (!page->cold)
			continue;
		if (slot->image)
			gs_writeset_forget(&slot->image->write_set, &pool->owner, page->offset);
		gs_batch_add(&batch, take_out(pool, slot, page));
	}
	gs_batch_give_up(&batch);
	gs_resident_remove_cold(slot);
	if (!gs_resident_count(slot))
		forget_array(pool, slot);
}

/* Takes away all pages of the slot, private and shared. */
void gs_residency_drop_all(struct gs_pool *pool, struct gs_slot *slot)
{
	struct gs_batch batch;

	lockdep_assert_held(&slot->lock);
	if (gs_tree_is_empty(&slot->pages))
		return;
	if (gs_resident_count(slot))
		gs_unmap_all(pool, slot, MARK_SHARED);
	else
		gs_unmap_marked(pool, slot, MARK_SHARED);
	gs_batch_init(&batch, &pool->resident, gs_reclaim_list_place(slot));
	gs_resident_for_each(resident, slot) {
		gs_batch_add(&batch, virt_to_page(resident->data));
		cond_resched();
	}
	/* Before it leaves the list: a cgroup of which nothing is listed is asked for no spares. */
	gs_batch_give_up(&batch);
	forget_array(pool, slot);
	slot->pages.marked = 0;
	gs_tree_destroy(&slot->pages, &pool->owner);
}

/* The pool goes away: the slot's pages and its reference to the image go as well. */
void gs_residency_uninit(struct gs_pool *pool, struct gs_slot *slot)
{
	gs_resident_for_each(resident, slot) {
		gs_account_free_page(&pool->resident, virt_to_page(resident->data));
		cond_resched();
	}
	gs_resident_clear(slot, &pool->owner);
	slot->pages.marked = 0;
	gs_tree_destroy(&slot->pages, &pool->owner);
	gs_image_put(slot->image);
	slot->image = NULL;
}
