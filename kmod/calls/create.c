// SPDX-License-Identifier: GPL-2.0-only
/* CREATE: a pool gets its geometry, once. */
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/sched.h>

#include "calls/calls.h"
#include "engine/lifecycle.h"
#include "netlink/event.h"
#include "objects/pages.h"
#include "objects/pool.h"

static int create_locked(struct gs_cmd *cmd, const struct gs_layout *layout, struct gs_cap_hit *hit)
{
	struct guardslot_create *args = &cmd->arg.create;
	struct gs_pool *pool = cmd->pool;
	struct gs_slot_table *slots;
	int ret;

	if (gs_pool_is_created(pool))
		return -EBUSY;
	slots = gs_lifecycle_build(pool, layout, args, hit);
	if (IS_ERR(slots))
		return PTR_ERR(slots);
	gs_layout_reply(layout, args);
	args->out_claim_offset = gs_pages_to_bytes(pool->claim.first);
	args->out_claim_size = gs_pages_to_bytes(pool->claim.page_count);
	ret = gs_cmd_reply(cmd);
	if (ret)
		goto dismantle;
	gs_lifecycle_publish(pool, slots);
	return 0;

dismantle:
	gs_lifecycle_dismantle(pool, slots);
	return ret;
}

int gs_call_create(struct gs_cmd *cmd)
{
	const struct guardslot_create *args = &cmd->arg.create;
	struct gs_pool *pool = cmd->pool;
	struct gs_cap_hit hit = {};
	struct gs_layout layout;
	int ret;

	if (!gs_pages_are_whole(args->max_resident | args->keep_resident))
		return -EINVAL;
	ret = gs_layout_init(&layout, args, GS_POOL_MAX_SLOTS, gs_pool_max_pages());
	if (ret)
		return ret;
	mutex_lock(&pool->create_lock);
	ret = create_locked(cmd, &layout, &hit);
	mutex_unlock(&pool->create_lock);
	gs_event_cap_reached(pool, &hit);
	if (ret)
		return ret;
	gs_event_pool_created(pool);
	return 0;
}
