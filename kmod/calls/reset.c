// SPDX-License-Identifier: GPL-2.0
/*
 * RESET: slots read as their image again.
 *
 * In the steady state, same image and limits as before, this is the copying of
 * private pages and nothing else. Nothing in it allocates, and so it cannot
 * fail once its arguments are right.
 */
#include "calls/cmd.h"
#include "calls/reset.h"
#include "calls/vector.h"
#include "engine/residency.h"
#include "engine/trace.h"
#include "objects/image.h"
#include "objects/pool.h"
#include "objects/slot.h"

struct reset {
	bool rebind;
	struct gs_image *image;
};

/*
 * Puts back every private page: the whole of a reset in the steady state. One
 * pass, no look-up, no allocation, no page table.
 */
static void restore(struct gs_slot *slot)
{
	const struct gs_resident *at = slot->resident;
	const struct gs_resident *end = at + slot->resident_count;

	lockdep_assert_held(&slot->lock);
	for (; end - at > GS_RESIDENCY_BLOCK; cond_resched()) {
		const struct gs_resident *block_end = at + GS_RESIDENCY_BLOCK;

		for (; at < block_end; at++)
			gs_residency_restore_page(at);
	}
	for (; at < end; at++)
		gs_residency_restore_page(at);
}

static int reset_slot(struct gs_pool *pool, struct gs_slot *slot, void *data)
{
	const struct reset *reset = data;
	struct gs_image *old = NULL;

	mutex_lock(&slot->lock);
	if (reset->rebind && slot->image != reset->image) {
		old = slot->image;
		gs_image_get(reset->image);
		gs_residency_rebind(pool, slot, reset->image);
		gs_slot_rebind_limits(pool, slot);
	} else {
		gs_slot_reset_limits(pool, slot);
	}
	if (slot->resident_count > pool->keep_resident)
		gs_residency_trim(pool, slot, pool->keep_resident);
	restore(slot);
	slot->resets++;
	trace_guardslot_reset(pool, slot, slot->resident_count);
	mutex_unlock(&slot->lock);
	if (old)
		gs_image_put(old);
	return 0;
}

int gs_reset(struct gs_cmd *cmd)
{
	struct guardslot_reset *args = &cmd->arg.reset;
	struct reset reset = { .rebind = args->flags & GUARDSLOT_RESET_REBIND };
	struct gs_vector vector;
	int ret, reply;

	if (args->__reserved)
		return -EOPNOTSUPP;
	if (args->image && !reset.rebind)
		return -EINVAL;
	ret = gs_vector_init(&vector, cmd->pool, args->slots, args->count);
	if (ret)
		return ret;
	ret = gs_cmd_probe_reply(cmd);
	if (ret)
		return ret;
	if (args->image) {
		reset.image = gs_image_find(cmd->pool, args->image);
		if (!reset.image)
			return -ENOENT;
	}

	ret = gs_vector_run(&vector, reset_slot, &reset, &args->out_done);
	gs_image_put(reset.image);
	reply = gs_cmd_reply(cmd);
	return ret ?: reply;
}
