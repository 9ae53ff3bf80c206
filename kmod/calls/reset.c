// SPDX-License-Identifier: GPL-2.0-only
/*
 * RESET: slots read as their image again.
 *
 * In the steady state, with the same image and limits as before, a reset copies
 * private pages and does nothing else. Nothing in it allocates, and so it cannot
 * fail once its arguments are right.
 */
#include "calls/calls.h"
#include "calls/vector.h"
#include "engine/limit.h"
#include "engine/residency.h"
#include "engine/trace.h"
#include "objects/image.h"
#include "objects/pool.h"
#include "objects/resident.h"

/* @image: what to bind to, if @rebind; NULL: none */
struct reset {
	bool rebind;
	struct gs_image *image;
};

static int reset_slot(struct gs_pool *pool, struct gs_slot *slot, void *data)
{
	const struct reset *reset = data;
	struct gs_image *old = NULL;

	mutex_lock(&slot->lock);
	if (reset->rebind && slot->image != reset->image) {
		old = slot->image;
		gs_image_get(reset->image);
		gs_residency_rebind(pool, slot, reset->image);
		gs_limit_rebind(pool, slot);
	} else {
		gs_limit_reset(pool, slot);
	}
	if (gs_resident_count(slot) > pool->keep_resident)
		gs_residency_trim(pool, slot, pool->keep_resident);
	gs_resident_restore(slot);
	slot->counters.resets++;
	trace_guardslot_reset(pool, slot, gs_resident_count(slot));
	mutex_unlock(&slot->lock);
	if (old)
		gs_image_put(old);
	return 0;
}

int gs_call_reset(struct gs_cmd *cmd)
{
	struct guardslot_reset *args = &cmd->arg.reset;
	struct reset reset = { .rebind = args->flags & GUARDSLOT_RESET_REBIND };
	struct gs_vector vector;
	int ret;

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
		reset.image = gs_image_table_find(&cmd->pool->images, args->image);
		if (!reset.image)
			return -ENOENT;
	}

	ret = gs_vector_run(&vector, reset_slot, &reset, &args->out_done);
	gs_image_put(reset.image);
	return gs_cmd_finish(cmd, ret);
}
