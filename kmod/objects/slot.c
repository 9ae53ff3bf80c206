// SPDX-License-Identifier: GPL-2.0
/*
 * The slots of a pool: the table, limits, what can be asked of one.
 */
#include <linux/mm.h>
#include <linux/mmap_lock.h>
#include <linux/nospec.h>
#include <linux/sched.h>
#include <linux/vmalloc.h>

#include "calls/cmd.h"
#include "engine/prefault.h"
#include "engine/residency.h"
#include "objects/image.h"
#include "objects/pool.h"
#include "objects/slot.h"

u32 gs_slot_index(const struct gs_pool *pool, const struct gs_slot *slot)
{
	return slot - pool->slots;
}

/* Limit in pages that an area has after a reset; image may be NULL. */
unsigned long gs_slot_initial_limit(struct gs_pool *pool, struct gs_image *image, u32 area)
{
	return image ? image->limits[area] : pool->layout.areas[area].initial;
}

static void slot_init(struct gs_pool *pool, struct gs_slot *slot)
{
	u32 area;

	mutex_init(&slot->lock);
	xa_init_flags(&slot->pages, XA_FLAGS_ACCOUNT);
	for (area = 0; area < pool->layout.area_count; area++)
		slot->limits[area] = gs_slot_initial_limit(pool, NULL, area);
}

/* Allocates the table; the caller publishes it. ERR_PTR(-ENOMEM). */
struct gs_slot *gs_slot_table_init(struct gs_pool *pool)
{
	u32 count = pool->layout.slots, i;
	struct gs_slot *slots;

	/* vmalloc aligns to pages, and so the slots to cache lines. */
	slots = __vmalloc(array_size(count, sizeof(*slots)),
			  GFP_KERNEL_ACCOUNT | __GFP_ZERO | __GFP_NOWARN);
	if (!slots)
		return ERR_PTR(-ENOMEM);
	for (i = 0; i < count; i++)
		slot_init(pool, &slots[i]);
	return slots;
}

/* Nothing is mapped and nobody calls any more. */
void gs_slot_table_uninit(struct gs_pool *pool, struct gs_slot *slots)
{
	u32 i;

	for (i = 0; i < pool->layout.slots; i++) {
		gs_residency_free(pool, &slots[i]);
		gs_image_put(slots[i].image);
		mutex_destroy(&slots[i].lock);
		cond_resched();
	}
	vfree(slots);
}

/* Whether a page, by its offset in the slot, is one that a tenant can reach. */
bool gs_slot_within_limits(struct gs_pool *pool, struct gs_slot *slot, unsigned long offset)
{
	const struct gs_layout *layout = &pool->layout;
	u32 i;

	lockdep_assert_held(&slot->lock);
	for (i = 0; i < layout->area_count; i++)
		if (offset - layout->areas[i].start < slot->limits[i])
			return true;
	return false;
}

/*
 * Brings an area that was resized back to its limit. If it had grown, what lies past
 * that is parked for an instance that grows as well, if there is memory to spare or
 * the area had parked some before.
 */
static void restore_limit(struct gs_pool *pool, struct gs_slot *slot, u32 area, unsigned long limit)
{
	unsigned long start = pool->layout.areas[area].start;
	unsigned long old = slot->limits[area];

	slot->limits[area] = limit;
	if (!(slot->parked & BIT(area)) && !gs_account_is_half_free(&pool->resident))
		gs_residency_drop_range(pool, slot, start + limit, start + old);
	else if (gs_residency_park_range(pool, slot, start + limit, start + old))
		WRITE_ONCE(slot->parked, slot->parked | BIT(area));
}

/* gs_slot_reset_limits() where there is something to do. */
void __gs_slot_reset_limits(struct gs_pool *pool, struct gs_slot *slot)
{
	unsigned long areas = slot->resized | slot->parked;
	unsigned int area;

	lockdep_assert_held(&slot->lock);
	for_each_set_bit(area, &areas, GUARDSLOT_MAX_AREAS) {
		unsigned long initial = gs_slot_initial_limit(pool, slot->image, area);
		const struct gs_layout_area *layout = &pool->layout.areas[area];

		if (slot->limits[area] != initial) {
			restore_limit(pool, slot, area, initial);
		} else if (slot->parked & BIT(area)) {
			gs_residency_drop_range(pool, slot, layout->start + initial,
						layout->start + layout->max);
			WRITE_ONCE(slot->parked, slot->parked & ~BIT(area));
		}
	}
	slot->resized = 0;
}

/* The same for another image than before: what lies past its limits is given back. */
void gs_slot_rebind_limits(struct gs_pool *pool, struct gs_slot *slot)
{
	u32 area;

	lockdep_assert_held(&slot->lock);
	for (area = 0; area < pool->layout.area_count; area++) {
		unsigned long initial = gs_slot_initial_limit(pool, slot->image, area);
		const struct gs_layout_area *layout = &pool->layout.areas[area];
		unsigned long end = slot->parked & BIT(area) ? layout->max : slot->limits[area];

		slot->limits[area] = initial;
		gs_residency_drop_range(pool, slot, layout->start + initial, layout->start + end);
	}
	slot->resized = 0;
	WRITE_ONCE(slot->parked, 0);
}

/*
 * Sets a limit. What it takes in of parked pages is mapped at once, what it leaves
 * out is gone. Returns the limit before.
 */
static unsigned long set_limit(struct gs_pool *pool, struct gs_slot *slot, u32 area,
			       unsigned long limit)
{
	unsigned long start = pool->layout.areas[area].start;
	/* The mmap lock comes before the slot's; without a need nobody takes it. */
	bool map = READ_ONCE(slot->parked) & BIT(area) && !mmap_read_lock_killable(current->mm);
	unsigned long old;

	mutex_lock(&slot->lock);
	old = slot->limits[area];
	slot->limits[area] = limit;
	slot->resized |= BIT(area);
	if (map && limit > old)
		gs_prefault_parked(pool, slot, start + old, start + limit);
	gs_residency_drop_range(pool, slot, start + limit, start + old);
	mutex_unlock(&slot->lock);
	if (map)
		mmap_read_unlock(current->mm);
	return old;
}

int gs_slot_resize(struct gs_cmd *cmd)
{
	struct guardslot_resize *args = &cmd->arg.resize;
	struct gs_pool *pool = cmd->pool;
	struct gs_slot *slot = gs_pool_slot(pool, args->slot);
	unsigned long limit;
	u32 area;
	int ret;

	if (!slot)
		return -ENOENT;
	if (args->area >= pool->layout.area_count || args->limit & ~PAGE_MASK)
		return -EINVAL;
	area = array_index_nospec(args->area, pool->layout.area_count);
	limit = args->limit >> PAGE_SHIFT;
	if (limit > pool->layout.areas[area].max)
		return -EINVAL;
	ret = gs_cmd_probe_reply(cmd);
	if (ret)
		return ret;

	args->out_old_limit = (u64)set_limit(pool, slot, area, limit) << PAGE_SHIFT;
	return gs_cmd_reply(cmd);
}

int gs_slot_query(struct gs_cmd *cmd)
{
	struct guardslot_query *args = &cmd->arg.query;
	struct gs_pool *pool = cmd->pool;
	struct gs_slot *slot = gs_pool_slot(pool, args->slot);
	u32 area;

	if (!slot)
		return -ENOENT;

	args->out_state = gs_claim_state(&pool->claim, gs_slot_index(pool, slot));
	mutex_lock(&slot->lock);
	args->out_image = slot->image ? slot->image->id : GUARDSLOT_IMAGE_NONE;
	args->out_tag = slot->image ? slot->image->tag : 0;
	args->out_resident_pages = slot->resident_count;
	for (area = 0; area < GUARDSLOT_MAX_AREAS; area++)
		args->out_limit[area] = (u64)slot->limits[area] << PAGE_SHIFT;
	args->out_resets = slot->resets;
	args->out_purges = slot->purges;
	args->out_faults = slot->faults;
	args->out_guard_hits = slot->guard_hits;
	args->out_reclaims = slot->reclaims;
	args->out_shared_pages = slot->shared_count;
	args->out_write_set_pages = slot->image ? gs_writeset_count(&slot->image->write_set) : 0;
	mutex_unlock(&slot->lock);
	return gs_cmd_reply(cmd);
}
