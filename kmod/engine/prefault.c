// SPDX-License-Identifier: GPL-2.0
/*
 * PREFAULT: many pages of a slot made private and mapped without a fault each.
 */
#include <linux/mm.h>
#include <linux/nospec.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>

#include "calls/cmd.h"
#include "calls/vector.h"
#include "engine/fault.h"
#include "engine/prefault.h"
#include "engine/pte.h"
#include "engine/residency.h"
#include "netlink/event.h"
#include "objects/image.h"
#include "objects/pool.h"
#include "objects/slot.h"

#define BATCH 32

/*
 * Pages close to each other that wait to be mapped together.
 *
 * @vma: where; NULL: in every VMA of the caller that shows some of the slot
 * @first: offset in the slot of the first page
 * @ptes: from @first on; without a page where there is none to be mapped
 */
struct batch {
	struct gs_pool *pool;
	struct gs_slot *slot;
	struct vm_area_struct *vma;
	unsigned long first;
	unsigned int count;
	u64 made;
	struct gs_stock stock;
	struct gs_cap_hit hit;
	struct gs_pte ptes[BATCH];
};

/* How much of the slot a VMA shows: 0 for one that is none of this pool's. */
static unsigned long shown_pages(struct vm_area_struct *vma, struct gs_pool *pool,
				 struct gs_slot *slot)
{
	unsigned long start = gs_layout_slot_start(&pool->layout, gs_slot_index(pool, slot));
	unsigned long first = max(vma->vm_pgoff, start);
	unsigned long end = min(vma->vm_pgoff + vma_pages(vma), start + pool->layout.stride);

	if (vma->vm_ops != &gs_fault_vm_ops || vma->vm_private_data != pool)
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
	struct gs_pool *pool = batch->pool;
	unsigned long pgoff;
	int ret;

	if (!batch->count)
		return 0;
	pgoff = gs_layout_slot_start(&pool->layout, gs_slot_index(pool, batch->slot)) +
		batch->first;
	if (batch->vma)
		ret = gs_pte_install(batch->vma, pgoff, batch->ptes, batch->count);
	else
		ret = install_everywhere(batch, pgoff);
	batch->count = 0;
	return ret;
}

/*
 * Queues a page for mapping together with others that are close. A hole between
 * them costs less than another walk to the page table.
 */
static int batch_queue(struct batch *batch, unsigned long offset, struct page *page)
{
	int ret = 0;

	/* What lies before the first is far as well. */
	if (offset - batch->first >= BATCH) {
		ret = batch_flush(batch);
		cond_resched();
	}
	if (ret)
		return ret;
	if (!batch->count)
		batch->first = offset;
	while (batch->count <= offset - batch->first)
		batch->ptes[batch->count++] = (struct gs_pte){};
	batch->ptes[offset - batch->first] = (struct gs_pte){ .page = page, .writable = true };
	return 0;
}

/* Makes one page private and queues it for mapping. */
static int batch_add(struct batch *batch, unsigned long offset)
{
	struct gs_slot *slot = batch->slot;
	u32 before = slot->resident_count;
	struct page *page;

	if (fatal_signal_pending(current))
		return -EINTR;
	page = gs_residency_make_private(batch->pool, slot, offset, &batch->stock, &batch->hit);
	if (IS_ERR(page))
		return PTR_ERR(page);
	if (slot->resident_count != before)
		batch->made++;
	return batch_queue(batch, offset, page);
}

/* What was made private before an error is mapped all the same. */
static int batch_finish(struct batch *batch, int error)
{
	int ret = batch_flush(batch);

	gs_account_return(&batch->pool->resident, &batch->stock);
	return error ?: ret;
}

/* At least so many of @count pages are going to be new, which may be bought together. */
static void batch_want(struct batch *batch, unsigned long count)
{
	batch->stock.wanted = count - min_t(unsigned long, count, batch->slot->resident_count);
}

static int add_write_set(struct batch *batch)
{
	struct gs_image *image = batch->slot->image;
	unsigned long offset;
	void *entry;
	int ret;

	if (!image)
		return 0;
	batch_want(batch, gs_writeset_count(&image->write_set));
	xa_for_each(&image->write_set.offsets, offset, entry) {
		if (!gs_slot_within_limits(batch->pool, batch->slot, offset))
			continue;
		ret = batch_add(batch, offset);
		if (ret)
			return ret;
	}
	return 0;
}

/* For a fault on the slot: @vma is where it was. */
int gs_prefault_write_set(struct gs_pool *pool, struct gs_slot *slot, struct vm_area_struct *vma,
			  struct gs_cap_hit *hit)
{
	struct batch batch = { .pool = pool, .slot = slot, .vma = vma };
	int ret;

	lockdep_assert_held(&slot->lock);
	ret = batch_finish(&batch, add_write_set(&batch));
	*hit = batch.hit;
	return ret;
}

/* The range that a call asks for, in pages; count == 0: the write set. */
struct prefault_range {
	u32 area;
	unsigned long first;
	unsigned long count;
	u64 made;
};

static int add_prefault_range(struct batch *batch, const struct prefault_range *range)
{
	u32 area = array_index_nospec(range->area, batch->pool->layout.area_count);
	unsigned long start = batch->pool->layout.areas[area].start;
	unsigned long i;
	int ret;

	if (range->first + range->count > batch->slot->limits[area])
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
	unsigned long start = gs_layout_slot_start(&pool->layout, gs_slot_index(pool, slot));
	struct vm_area_struct *vma;

	mmap_assert_locked(current->mm);
	vma = vma_lookup(current->mm, READ_ONCE(pool->map_base) + (start << PAGE_SHIFT));
	return vma && shown_pages(vma, pool, slot) == pool->layout.stride ? vma : NULL;
}

/*
 * Maps the private pages in [@first, @end) of the slot again that a reset parked.
 * A favour to the caller, who grows the slot: what is not mapped here faults.
 */
void gs_prefault_parked(struct gs_pool *pool, struct gs_slot *slot, unsigned long first,
			unsigned long end)
{
	struct batch batch = { .pool = pool, .slot = slot, .vma = find_vma_of(pool, slot) };
	const struct gs_resident *at = slot->resident;
	const struct gs_resident *last = at + slot->resident_count;

	lockdep_assert_held(&slot->lock);
	if (!batch.vma)
		return;
	for (; at < last; at++)
		if (at->offset >= first && at->offset < end &&
		    batch_queue(&batch, at->offset, virt_to_page(at->data)))
			return;
	batch_flush(&batch);
}

static int prefault_slot(struct gs_pool *pool, struct gs_slot *slot, void *data)
{
	struct batch batch = { .pool = pool, .slot = slot };
	struct prefault_range *range = data;
	int ret;

	if (mmap_read_lock_killable(current->mm))
		return -EINTR;
	mutex_lock(&slot->lock);
	batch.vma = find_vma_of(pool, slot);
	ret = range->count ? add_prefault_range(&batch, range) : add_write_set(&batch);
	ret = batch_finish(&batch, ret);
	mutex_unlock(&slot->lock);
	mmap_read_unlock(current->mm);
	gs_event_cap_reached(pool, &batch.hit);
	range->made += batch.made;
	return ret;
}

static int prefault_check(const struct gs_layout *layout, const struct guardslot_prefault *args)
{
	u64 max;
	u32 area;

	if (args->__reserved)
		return -EOPNOTSUPP;
	if (!(args->flags & GUARDSLOT_PREFAULT_RANGE))
		return args->area || args->offset || args->length ? -EINVAL : 0;
	if (args->area >= layout->area_count || (args->offset | args->length) & ~PAGE_MASK)
		return -EINVAL;
	area = array_index_nospec(args->area, layout->area_count);
	max = (u64)layout->areas[area].max << PAGE_SHIFT;
	return args->offset > max || args->length > max - args->offset ? -EINVAL : 0;
}

int gs_prefault(struct gs_cmd *cmd)
{
	struct guardslot_prefault *args = &cmd->arg.prefault;
	struct prefault_range range = {
		.area = args->area,
		.first = args->offset >> PAGE_SHIFT,
		.count = args->length >> PAGE_SHIFT,
	};
	struct gs_vector vector;
	int ret, reply;

	ret = prefault_check(&cmd->pool->layout, args);
	if (!ret)
		ret = gs_vector_init(&vector, cmd->pool, args->slots, args->count);
	if (!ret)
		ret = gs_cmd_probe_reply(cmd);
	if (ret)
		return ret;
	/* An empty range is not the write set. */
	if (args->flags & GUARDSLOT_PREFAULT_RANGE && !range.count)
		args->out_done = args->count;
	else
		ret = gs_vector_run(&vector, prefault_slot, &range, &args->out_done);
	args->out_pages = range.made;
	reply = gs_cmd_reply(cmd);
	return ret ?: reply;
}
