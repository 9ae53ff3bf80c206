// SPDX-License-Identifier: GPL-2.0-only
/* RESIZE: one area of a slot gets another limit. */
#include <linux/mmap_lock.h>
#include <linux/nospec.h>
#include <linux/sched.h>

#include "calls/calls.h"
#include "engine/limit.h"
#include "engine/populate.h"
#include "objects/pages.h"
#include "objects/pool.h"

/*
 * Takes the mmap lock if the limit may take in pages that are parked in the area: mapping
 * them needs it, and it comes before the slot's lock. False when it is not needed or not
 * to be had.
 */
static bool lock_to_map(const struct gs_slot *slot, u32 area, unsigned long limit)
{
	/* Another thread may change the limit meanwhile, and then finds pages not mapped. */
	if (!gs_limit_may_have_parked(slot, area) || limit <= READ_ONCE(slot->limits[area]))
		return false;
	return !mmap_read_lock_killable(current->mm);
}

/* Sets the limit, and maps the parked pages that it takes in. Returns the one before. */
static unsigned long resize(struct gs_pool *pool, struct gs_slot *slot, u32 area,
			    unsigned long limit)
{
	bool map = lock_to_map(slot, area, limit);
	unsigned long old;
	u32 next = 0;

	mutex_lock(&slot->lock);
	old = gs_limit_set(pool, slot, area, limit);
	if (map && limit > old)
		next = gs_populate_parked(pool, slot, area, old, 0);
	mutex_unlock(&slot->lock);
	if (map)
		mmap_read_unlock(current->mm);
	if (next)
		gs_populate_more_parked(pool, slot, area, old, next);
	return old;
}

int gs_call_resize(struct gs_cmd *cmd)
{
	struct guardslot_resize *args = &cmd->arg.resize;
	struct gs_pool *pool = cmd->pool;
	struct gs_slot *slot = gs_pool_slot(pool, args->slot);
	unsigned long limit = gs_pages_from_bytes(args->limit);
	u32 area;
	int ret;

	if (!slot)
		return -ENOENT;
	if (args->area >= pool->layout.area_count || !gs_pages_are_whole(args->limit))
		return -EINVAL;
	area = array_index_nospec(args->area, pool->layout.area_count);
	if (limit > pool->layout.areas[area].max)
		return -EINVAL;
	ret = gs_cmd_probe_reply(cmd);
	if (ret)
		return ret;

	args->out_old_limit = gs_pages_to_bytes(resize(pool, slot, area, limit));
	return gs_cmd_reply(cmd);
}
