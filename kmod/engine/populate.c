// SPDX-License-Identifier: GPL-2.0-only
/*
 * Populating: many pages of a slot are made private, or mapped again, and mapped
 * together without a fault each.
 */
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>

#include "engine/limit.h"
#include "engine/populate.h"
#include "engine/pte.h"
#include "engine/residency.h"
#include "objects/image.h"
#include "objects/pages.h"
#include "objects/pool.h"
#include "objects/resident.h"

#define BATCH GS_PAGES_IN(SZ_128K)

/*
 * Pages close to each other that wait to be mapped together.
 *
 * @vma: where; NULL: in every VMA of the caller that shows some of the slot
 * @first: offset in the slot of the first page
 * @count: entries of @ptes that are in use
 * @hit: the cap that refused a page
 * @ptes: from @first on; without a page where there is none to be mapped
 */
struct batch {
	struct gs_pool *pool;
	struct gs_slot *slot;
	struct vm_area_struct *vma;
	unsigned long first;
	unsigned int count;
	struct gs_stock stock;
	struct gs_cap_hit hit;
	struct gs_pte ptes[BATCH];
};

static bool is_of(const struct vm_area_struct *vma, const struct gs_pool *pool)
{
	return vma->vm_file && vma->vm_file->f_mapping == pool->inode->i_mapping;
}

/*
 * Pages of the slot that a VMA shows: 0 for one that is none of this pool's. A mapping
 * of the claim words lies past the slab, and so it shows none.
 */
static unsigned long shown_pages(struct vm_area_struct *vma, struct gs_pool *pool,
				 struct gs_slot *slot)
{
	unsigned long start = gs_pool_slot_start(pool, slot);
	unsigned long first = max(vma->vm_pgoff, start);
	unsigned long end = min(vma->vm_pgoff + vma_pages(vma), start + pool->layout.stride);

	if (!is_of(vma, pool))
		return 0;
	return first < end ? end - first : 0;
}

static int install_everywhere(struct batch *batch, unsigned long pgoff)
{
	VMA_ITERATOR(vmi, current->mm, 0);
	struct vm_area_struct *vma;
	int ret;

	mmap_assert_locked(current->mm);
	for_each_vma(vmi, vma) {
		if (!shown_pages(vma, batch->pool, batch->slot))
			continue;
		ret = gs_pte_install(vma, pgoff, batch->ptes, batch->count);
		if (ret)
			return ret;
	}
	return 0;
}

static int batch_flush(struct batch *batch)
{
	unsigned long pgoff;
	int ret;

	if (!batch->count)
		return 0;
	pgoff = gs_pool_slot_start(batch->pool, batch->slot) + batch->first;
	if (batch->vma)
		ret = gs_pte_install(batch->vma, pgoff, batch->ptes, batch->count);
	else
		ret = install_everywhere(batch, pgoff);
	batch->count = 0;
	return ret;
}

/* Whether the batch has no entry for a page that lies there. */
static bool is_far(const struct batch *batch, unsigned long offset)
{
	/* An offset before the first wraps around, and is as far. */
	return offset - batch->first >= BATCH;
}

/*
 * Queues a page for mapping together with others that are close. A hole between
 * them costs less than another walk to the page table.
 */
static int batch_queue(struct batch *batch, unsigned long offset, struct page *page)
{
	int ret;

	if (is_far(batch, offset)) {
		ret = batch_flush(batch);
		if (ret)
			return ret;
		cond_resched();
	}
	if (!batch->count)
		batch->first = offset;
	while (batch->count <= offset - batch->first)
		batch->ptes[batch->count++] = (struct gs_pte){};
	batch->ptes[offset - batch->first] = (struct gs_pte){ .page = page, .writable = true };
	return 0;
}

static bool shows(struct vm_area_struct *vma, struct gs_pool *pool, unsigned long pgoff)
{
	return vma && is_of(vma, pool) && pgoff - vma->vm_pgoff < vma_pages(vma);
}

/*
 * The VMA whose memory policy holds for a page of the slab where the slab is cut in pieces:
 * that of the mapping made last, else any; NULL when the caller has not mapped the page.
 */
static struct vm_area_struct *find_vma_at(struct gs_pool *pool, unsigned long pgoff)
{
	VMA_ITERATOR(vmi, current->mm, 0);
	struct vm_area_struct *vma;

	mmap_assert_locked(current->mm);
	vma = vma_lookup(current->mm, READ_ONCE(pool->map_base) + gs_pages_to_bytes(pgoff));
	if (shows(vma, pool, pgoff))
		return vma;
	for_each_vma(vmi, vma)
		if (shows(vma, pool, pgoff))
			return vma;
	return NULL;
}

static void find_policy(struct batch *batch, unsigned long offset)
{
	unsigned long pgoff = gs_pool_slot_start(batch->pool, batch->slot) + offset;

	if (!shows(batch->stock.vma, batch->pool, pgoff))
		batch->stock.vma = find_vma_at(batch->pool, pgoff);
}

/* Makes one page private and queues it for mapping. */
static int batch_add(struct batch *batch, unsigned long offset)
{
	struct page *page;

	if (fatal_signal_pending(current))
		return -EINTR;
	if (!batch->vma)
		find_policy(batch, offset);
	page = gs_residency_make_private(batch->pool, batch->slot, offset, &batch->stock,
					 &batch->hit);
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

static int batch_add_write_set(struct batch *batch)
{
	struct gs_image *image = batch->slot->image;
	unsigned long offset;
	void *entry;
	int ret;

	if (!image)
		return 0;
	batch_want(batch, gs_writeset_count(&image->write_set));
	xa_for_each(&image->write_set.offsets.entries, offset, entry) {
		if (!gs_limit_covers(batch->pool, batch->slot, offset))
			continue;
		ret = batch_add(batch, offset);
		if (ret)
			return ret;
	}
	return 0;
}

/* Makes the write set of the slot's image private, and maps it where a fault was. */
void gs_populate_write_set(struct gs_pool *pool, struct gs_slot *slot, struct vm_area_struct *vma,
			   struct gs_cap_hit *hit)
{
	struct batch batch = { .pool = pool, .slot = slot, .vma = vma, .stock.vma = vma };

	lockdep_assert_held(&slot->lock);
	batch_finish(&batch, batch_add_write_set(&batch));
	*hit = batch.hit;
}

static int batch_add_range(struct batch *batch, const struct gs_populate_range *range)
{
	unsigned long start = batch->pool->layout.areas[range->area].start;
	unsigned long i;
	int ret;

	if (range->first + range->count > batch->slot->limits[range->area])
		return -EINVAL;
	batch_want(batch, range->count);
	for (i = 0; i < range->count; i++) {
		ret = batch_add(batch, start + range->first + i);
		if (ret)
			return ret;
		cond_resched();
	}
	return 0;
}

/*
 * The mapping made last, if it shows the whole slot; most pools have no other.
 * NULL: the slab is cut in pieces, or moved, and has to be looked for.
 */
static struct vm_area_struct *find_vma_of(struct gs_pool *pool, struct gs_slot *slot)
{
	u64 start = gs_pages_to_bytes(gs_pool_slot_start(pool, slot));
	struct vm_area_struct *vma;

	mmap_assert_locked(current->mm);
	vma = vma_lookup(current->mm, READ_ONCE(pool->map_base) + start);
	return vma && shown_pages(vma, pool, slot) == pool->layout.stride ? vma : NULL;
}

/*
 * Maps the private pages in [@first, @end) of the slot again that a reset parked.
 * This saves faults only: a page that is not mapped here faults later.
 */
void gs_populate_parked(struct gs_pool *pool, struct gs_slot *slot, unsigned long first,
			unsigned long end)
{
	struct batch batch = { .pool = pool, .slot = slot, .vma = find_vma_of(pool, slot) };

	lockdep_assert_held(&slot->lock);
	if (!batch.vma)
		return;
	gs_resident_for_each(at, slot)
		if (at->offset >= first && at->offset < end &&
		    batch_queue(&batch, at->offset, virt_to_page(at->data)))
			return;
	batch_flush(&batch);
}

/*
 * Makes a range of the slot private, or with @range == NULL the write set of its
 * image, and maps it in the calling process. *made counts the pages that became
 * private, also before an error. -EINVAL: the range is past the limit; -ENOSPC over
 * the cap *hit; -ENOMEM; -EINTR.
 */
int gs_populate_slot(struct gs_pool *pool, struct gs_slot *slot,
		     const struct gs_populate_range *range, u64 *made, struct gs_cap_hit *hit)
{
	struct batch batch = { .pool = pool, .slot = slot };
	int ret;

	if (mmap_read_lock_killable(current->mm))
		return -EINTR;
	mutex_lock(&slot->lock);
	batch.vma = find_vma_of(pool, slot);
	batch.stock.vma = batch.vma;
	ret = range ? batch_add_range(&batch, range) : batch_add_write_set(&batch);
	ret = batch_finish(&batch, ret);
	mutex_unlock(&slot->lock);
	mmap_read_unlock(current->mm);
	*made += batch.stock.used;
	*hit = batch.hit;
	return ret;
}
