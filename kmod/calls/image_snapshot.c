// SPDX-License-Identifier: GPL-2.0-only
/* IMAGE_SNAPSHOT: an image is made of what a slot shows now. */
#include <linux/highmem.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/string.h>

#include "calls/calls.h"
#include "engine/limit.h"
#include "engine/residency.h"
#include "objects/image.h"
#include "objects/pool.h"
#include "objects/resident.h"

/*
 * A snapshot at work.
 *
 * @copy: a page of memory
 * @hit: the cap that refused a page
 */
struct snapshot {
	struct gs_image *image;
	void *copy;
	struct gs_cap_hit *hit;
};

/*
 * @data: content of the slot, whose memory may have failed or fail now: it is copied first,
 *        and only the copy is looked at
 */
static int copy_one(struct snapshot *snapshot, unsigned long offset, const void *data)
{
	struct gs_image *image = snapshot->image;
	struct gs_cap_hit *hit = snapshot->hit;
	struct page *page;
	int ret;

	if (fatal_signal_pending(current))
		return -EINTR;
	cond_resched();
	if (PageHWPoison(virt_to_page(data)) || !gs_copy_page(snapshot->copy, data))
		return -EHWPOISON;
	if (!memchr_inv(snapshot->copy, 0, PAGE_SIZE))
		return 0;
	page = gs_account_alloc_page(image->account, hit);
	if (IS_ERR(page))
		return PTR_ERR(page);
	ret = -EHWPOISON;
	if (!gs_copy_page(page_address(page), snapshot->copy))
		goto free_page;
	ret = gs_image_insert(image, offset, page, hit);
	if (ret)
		goto free_page;
	return 0;

free_page:
	gs_account_free_page(image->account, page);
	return ret;
}

/* Parked pages are left out: they are of an earlier tenant's size. */
static int copy_private(struct snapshot *snapshot, struct gs_pool *pool, struct gs_slot *slot)
{
	gs_resident_for_each(resident, slot) {
		int ret;

		if (!gs_limit_covers(pool, slot, resident->offset))
			continue;
		ret = copy_one(snapshot, resident->offset, resident->data);
		if (ret)
			return ret;
	}
	return 0;
}

/* The slot's image in one area, where the slot has no private page. */
static int copy_area(struct snapshot *snapshot, struct gs_slot *slot, unsigned long start,
		     unsigned long limit)
{
	unsigned long offset;
	struct page *page;

	if (!slot->image || !limit)
		return 0;
	xa_for_each_range(&slot->image->pages.entries, offset, page, start, start + limit - 1) {
		int ret;

		if (gs_residency_find(slot, offset))
			continue;
		ret = copy_one(snapshot, offset, page_address(page));
		if (ret)
			return ret;
	}
	return 0;
}

static int copy_slot(struct snapshot *snapshot, struct gs_pool *pool, struct gs_slot *slot)
{
	const struct gs_layout *layout = &pool->layout;
	int ret;
	u32 i;

	lockdep_assert_held(&slot->lock);
	ret = copy_private(snapshot, pool, slot);
	if (ret)
		return ret;
	for (i = 0; i < layout->area_count; i++) {
		snapshot->image->limits[i] = slot->limits[i];
		ret = copy_area(snapshot, slot, layout->areas[i].start, slot->limits[i]);
		if (ret)
			return ret;
	}
	return 0;
}

static int fill(struct gs_cmd *cmd, struct gs_image *image, struct gs_cap_hit *hit)
{
	struct gs_slot *slot = gs_pool_slot(cmd->pool, cmd->arg.image_snapshot.slot);
	struct snapshot snapshot = { .image = image, .hit = hit };
	int ret;

	snapshot.copy = (void *)__get_free_page(GFP_KERNEL_ACCOUNT);
	if (!snapshot.copy)
		return -ENOMEM;
	mutex_lock(&slot->lock);
	ret = copy_slot(&snapshot, cmd->pool, slot);
	mutex_unlock(&slot->lock);
	free_page((unsigned long)snapshot.copy);
	return ret;
}

int gs_call_image_snapshot(struct gs_cmd *cmd)
{
	struct guardslot_image_snapshot *args = &cmd->arg.image_snapshot;

	if (!gs_pool_slot(cmd->pool, args->slot))
		return -ENOENT;
	return gs_call_image_make(cmd, args->tag, fill, &args->out_image);
}
