// SPDX-License-Identifier: GPL-2.0-only
/*
 * Populating: many pages of a slot are made private, or mapped again, and mapped
 * together without a fault each.
 */
#include <linux/mm.h>
#include <linux/sched/mm.h>

#include "accounting/throttle.h"
#include "engine/dirty.h"
#include "engine/limit.h"
#include "engine/populate.h"
#include "engine/pte.h"
#include "engine/residency.h"
#include "objects/cancel.h"
#include "objects/image.h"
#include "objects/mapping.h"
#include "objects/pages.h"
#include "objects/pool.h"
#include "objects/resident.h"

/* Pages that are mapped together. */
#define BATCH 32
/* Pages that are made under one hold of the mmap lock and the slot's. */
#define HOLD ((u32)GS_PAGES_IN(SZ_512K))
/* Private pages that are looked at under one hold, and mapped if they are parked. */
#define PARKED_HOLD GS_PAGES_IN(SZ_8M)

/*
 * Pages that wait to be mapped together.
 *
 * @vma: where; NULL: in every VMA of the caller that shows some of the slot
 * @count: entries of @ptes that are in use
 * @next: where the populating goes on: a page of the range, or an offset in the slot
 * @left: pages that it may still see under this hold of the locks; 0 at its end: there are
 *        more
 * @hit: the cap that refused a page
 */
struct batch {
	struct gs_pool *pool;
	struct gs_slot *slot;
	struct vm_area_struct *vma;
	unsigned int count;
	unsigned long next;
	unsigned int left;
	struct gs_stock stock;
	struct gs_cap_hit hit;
	struct gs_pte ptes[BATCH];
};

static int install_everywhere(struct batch *batch)
{
	VMA_ITERATOR(vmi, current->mm, 0);
	struct vm_area_struct *vma;
	int ret;

	mmap_assert_locked(current->mm);
	for_each_vma(vmi, vma) {
		if (!gs_mapping_shown(vma, batch->pool, batch->slot))
			continue;
		ret = gs_pte_install(vma, batch->ptes, batch->count);
		if (ret)
			return ret;
	}
	return 0;
}

static int batch_flush(struct batch *batch)
{
	unsigned int owed;
	int ret;

	if (!batch->count)
		return 0;
	gs_dirty_note_install(batch->pool, batch->slot);
	owed = gs_throttle_put_off();
	if (batch->vma)
		ret = gs_pte_install(batch->vma, batch->ptes, batch->count);
	else
		ret = install_everywhere(batch);
	gs_throttle_restore(owed);
	batch->count = 0;
	return ret;
}

/* Queues a private page for mapping. */
static int batch_queue(struct batch *batch, unsigned long offset, struct page *page)
{
	if (batch->count == BATCH) {
		int ret = batch_flush(batch);

		if (ret)
			return ret;
		cond_resched();
	}
	batch->ptes[batch->count++] = (struct gs_pte){
		.pgoff = gs_pool_slot_start(batch->pool, batch->slot) + offset,
		.page = page,
		.writable = true,
	};
	return 0;
}

static void find_policy(struct batch *batch, unsigned long offset)
{
	unsigned long pgoff = gs_pool_slot_start(batch->pool, batch->slot) + offset;

	if (!gs_mapping_shows(batch->stock.vma, batch->pool, pgoff))
		batch->stock.vma = gs_mapping_find_page(batch->pool, pgoff);
}

/* Makes one page private and queues it for mapping. */
static int batch_add(struct batch *batch, unsigned long offset)
{
	unsigned int owed;
	struct page *page;

	if (gs_cancel_is_due())
		return -EINTR;
	if (!batch->vma)
		find_policy(batch, offset);
	owed = gs_throttle_put_off();
	page = gs_residency_make_private(batch->pool, batch->slot, offset, &batch->stock,
					 &batch->hit);
	gs_throttle_restore(owed);
	if (IS_ERR(page))
		return PTR_ERR(page);
	return batch_queue(batch, offset, page);
}

/* Maps what was made private, also before an error, which is returned first. */
static int batch_finish(struct batch *batch, int error)
{
	int ret = batch_flush(batch);

	gs_account_return(&batch->pool->resident, &batch->stock);
	return error ? error : ret;
}

/* Of @count pages, those that cannot be private yet may come from the stock. */
static void batch_want(struct batch *batch, unsigned long count)
{
	unsigned long resident = gs_resident_count(batch->slot);

	batch->stock.wanted = count > resident ? count - resident : 0;
}

/* Goes on at the next page of the write set before @end, until the hold is used up. */
static int batch_add_write_set(struct batch *batch, unsigned long end)
{
	struct gs_image *image = batch->slot->image;
	struct gs_writeset_walk walk;
	unsigned long offset;
	int ret;

	if (!image)
		return 0;
	if (!batch->next)
		batch_want(batch, gs_writeset_count(&image->write_set));
	gs_writeset_walk_init(&walk, batch->next);
	while (gs_writeset_walk_next(&image->write_set, &walk, &offset)) {
		if (offset >= end)
			break;
		if (!batch->left) {
			batch->next = offset;
			return 0;
		}
		batch->left--;
		if (!gs_limit_covers(batch->pool, batch->slot, offset))
			continue;
		ret = batch_add(batch, offset);
		if (ret)
			return ret;
	}
	/* What is left says that there is no more. */
	batch->left = max(batch->left, 1U);
	return 0;
}

/*
 * Makes pages of the write set of the slot's image private, and maps them where a fault
 * was, from its page on and then from the first one. The task that faults holds the lock
 * of its mapping, and so the rest of a large set is left to faults of its own.
 */
void gs_populate_write_set(struct gs_pool *pool, struct gs_slot *slot, struct vm_area_struct *vma,
			   unsigned long offset, struct gs_cap_hit *hit)
{
	struct batch batch = {
		.pool = pool,
		.slot = slot,
		.vma = vma,
		.next = offset,
		.left = HOLD,
		.stock.vma = vma,
	};
	int ret;

	lockdep_assert_held(&slot->lock);
	if (slot->image)
		batch_want(&batch, min(gs_writeset_count(&slot->image->write_set), HOLD));
	ret = batch_add_write_set(&batch, ULONG_MAX);
	batch.next = 0;
	if (!ret && batch.left)
		ret = batch_add_write_set(&batch, offset);
	batch_finish(&batch, ret);
	*hit = batch.hit;
}

/* Goes on with the range until the hold is used up. */
static int batch_add_range(struct batch *batch, const struct gs_populate_range *range)
{
	unsigned long start = batch->pool->layout.areas[range->area].start;
	int ret;

	if (range->first + range->count > batch->slot->limits[range->area])
		return -EINVAL;
	if (!batch->next)
		batch_want(batch, range->count);
	for (; batch->next < range->count && batch->left; batch->left--, batch->next++) {
		ret = batch_add(batch, start + range->first + batch->next);
		if (ret)
			return ret;
		cond_resched();
	}
	if (batch->next == range->count)
		batch->left = max(batch->left, 1U);
	return 0;
}

/*
 * Maps the private pages of an area again that a reset parked, from its page @old on and
 * up to its limit. This saves faults only: a page that is not mapped here faults later. It
 * starts at number @next of the private pages, and returns the one to go on with under
 * another hold of the locks; 0: there is none.
 */
u32 gs_populate_parked(struct gs_pool *pool, struct gs_slot *slot, u32 area, unsigned long old,
		       u32 next)
{
	unsigned long start = pool->layout.areas[area].start, end = start + slot->limits[area];
	struct batch batch = { .pool = pool, .slot = slot, .vma = gs_mapping_find(pool, slot) };
	u32 resident = gs_resident_count(slot), stop = min(resident, next + PARKED_HOLD);

	lockdep_assert_held(&slot->lock);
	if (!batch.vma || next >= resident)
		return 0;
	gs_resident_for_each_from(at, slot, next) {
		struct page *page = virt_to_page(at->data);

		if (at == slot->residents->pages + stop)
			break;
		/* One whose memory has failed is left to its fault. */
		if (at->offset >= start + old && at->offset < end && !PageHWPoison(page) &&
		    batch_queue(&batch, at->offset, page))
			return 0;
	}
	if (batch_flush(&batch))
		return 0;
	return stop < resident ? stop : 0;
}

/*
 * gs_populate_parked() for the rest, under one hold of the locks after the other. Other
 * calls may come in between: what counts is the limit at each hold.
 */
void gs_populate_more_parked(struct gs_pool *pool, struct gs_slot *slot, u32 area,
			     unsigned long old, u32 next)
{
	while (next) {
		cond_resched();
		if (mmap_read_lock_killable(current->mm))
			return;
		mutex_lock(&slot->lock);
		next = gs_populate_parked(pool, slot, area, old, next);
		mutex_unlock(&slot->lock);
		mmap_read_unlock(current->mm);
	}
}

/*
 * Makes a range of the slot private, or with @range == NULL the write set of its
 * image, and maps it in the calling process. *made counts the pages that became
 * private, also before an error. -EINVAL: the range is past the limit; -ENOSPC over
 * the cap *hit; -ENOMEM; -EINTR; -EHWPOISON: memory has failed.
 *
 * Some pages at a time are made under one hold of the locks, so that no other thread waits
 * for the mmap lock until all are done. What it does meanwhile to the slot counts.
 */
int gs_populate_slot(struct gs_pool *pool, struct gs_slot *slot,
		     const struct gs_populate_range *range, u64 *made, struct gs_cap_hit *hit)
{
	struct batch batch = { .pool = pool, .slot = slot };
	int ret;

	do {
		if (mmap_read_lock_killable(current->mm)) {
			ret = -EINTR;
			break;
		}
		mutex_lock(&slot->lock);
		batch.vma = gs_mapping_find(pool, slot);
		batch.stock.vma = batch.vma;
		batch.left = HOLD;
		ret = range ? batch_add_range(&batch, range) :
			      batch_add_write_set(&batch, ULONG_MAX);
		ret = batch_finish(&batch, ret);
		mutex_unlock(&slot->lock);
		mmap_read_unlock(current->mm);
		cond_resched();
	} while (!ret && !batch.left);
	*made += batch.stock.used;
	*hit = batch.hit;
	return ret;
}
