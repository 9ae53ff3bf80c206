// SPDX-License-Identifier: GPL-2.0-only
/*
 * PURGE: the private pages of slots are freed.
 */

#include "calls/calls.h"
#include "calls/vector.h"
#include "engine/limit.h"
#include "engine/residency.h"
#include "engine/trace.h"
#include "objects/cancel.h"
#include "objects/image.h"
#include "objects/pool.h"
#include "objects/resident.h"

#define OUT_DONE offsetof(struct guardslot_purge, out_done)

/* Which slots to purge; the mode says whether @image or @tag counts. */
struct purge {
	u32 mode;
	struct gs_image *image;
	u64 tag;
};

/*
 * Takes away all pages. A slot whose image is destroyed is bound to none then;
 * that image is returned for the caller to put.
 */
static struct gs_image *purge_locked(struct gs_pool *pool, struct gs_slot *slot)
{
	struct gs_image *image = slot->image;

	lockdep_assert_held(&slot->lock);
	slot->counters.purges++;
	trace_guardslot_purge(pool, slot, gs_resident_count(slot));
	gs_residency_drop_all(pool, slot);
	gs_limit_clear_parked(slot);
	if (!image || !READ_ONCE(image->destroyed)) {
		gs_limit_reset(pool, slot);
		return NULL;
	}
	gs_residency_rebind(pool, slot, NULL);
	gs_limit_rebind(pool, slot);
	return image;
}

static int purge_slot(struct gs_pool *pool, struct gs_slot *slot, void *data)
{
	struct gs_image *image;

	mutex_lock(&slot->lock);
	image = purge_locked(pool, slot);
	mutex_unlock(&slot->lock);
	gs_image_put(image);
	return 0;
}

/* Whether the slot does not match; without its lock this rules out most slots. */
static bool cannot_match(const struct purge *purge, struct gs_slot *slot)
{
	struct gs_image *image = READ_ONCE(slot->image);

	return purge->mode == GUARDSLOT_PURGE_IMAGE ? image != purge->image : !image;
}

static bool is_match(const struct purge *purge, const struct gs_image *image)
{
	if (purge->mode == GUARDSLOT_PURGE_IMAGE)
		return image == purge->image;
	return image && image->tag == purge->tag;
}

static bool purge_if_bound(struct gs_pool *pool, struct gs_slot *slot, const struct purge *purge)
{
	struct gs_image *image = NULL;
	bool match;

	if (cannot_match(purge, slot))
		return false;
	mutex_lock(&slot->lock);
	match = is_match(purge, slot->image);
	if (match)
		image = purge_locked(pool, slot);
	mutex_unlock(&slot->lock);
	gs_image_put(image);
	return match;
}

static bool purge_if_idle(struct gs_pool *pool, struct gs_slot *slot)
{
	u32 index = slot->index;

	if (!gs_claim_take_idle(&pool->claim, index))
		return false;
	purge_slot(pool, slot, NULL);
	gs_claim_give_back(&pool->claim, index);
	return true;
}

static int purge_matching(struct gs_pool *pool, const struct purge *purge, u32 *done)
{
	u32 i;

	*done = 0;
	for (i = 0; i < pool->layout.slots; i++) {
		struct gs_slot *slot = gs_slot_table_at(pool->slots, i);

		if (gs_cancel_is_due())
			return -EINTR;
		if (purge->mode == GUARDSLOT_PURGE_IDLE)
			*done += purge_if_idle(pool, slot);
		else
			*done += purge_if_bound(pool, slot, purge);
		cond_resched();
	}
	return 0;
}

static void clear_write_set(struct gs_pool *pool, struct gs_image *image)
{
	gs_writeset_clear(&image->write_set, &pool->owner);
}

/*
 * Purges the images, too, as far as they have an id: what was learned of their instances
 * is memory as well.
 */
static void purge_images(struct gs_pool *pool, const struct purge *purge)
{
	struct gs_image *image;
	u32 id;

	if (purge->mode == GUARDSLOT_PURGE_IMAGE)
		clear_write_set(pool, purge->image);
	if (purge->mode != GUARDSLOT_PURGE_TAG)
		return;
	for (id = 1; (image = gs_image_table_find_next(&pool->images, &id)); id++) {
		if (is_match(purge, image))
			clear_write_set(pool, image);
		gs_image_put(image);
		cond_resched();
	}
}

/* A field that the mode has no use for must be 0. */
static int purge_check(const struct guardslot_purge *args)
{
	if (args->mode > GUARDSLOT_PURGE_IDLE)
		return -EOPNOTSUPP;
	if (args->mode != GUARDSLOT_PURGE_SLOTS && (args->count || args->slots))
		return -EINVAL;
	if (args->mode != GUARDSLOT_PURGE_IMAGE && args->image)
		return -EINVAL;
	if (args->mode != GUARDSLOT_PURGE_TAG && args->tag)
		return -EINVAL;
	return 0;
}

static int purge_vector(struct gs_cmd *cmd)
{
	struct guardslot_purge *args = &cmd->arg.purge;
	struct gs_vector vector __uninitialized;
	int ret;

	ret = gs_vector_init(&vector, cmd->pool, args->slots, args->count);
	if (ret)
		return ret;
	ret = gs_cmd_probe_done(cmd, OUT_DONE);
	if (ret)
		return ret;
	ret = gs_vector_run(&vector, purge_slot, NULL, &args->out_done);
	return gs_cmd_finish_done(cmd, OUT_DONE, ret);
}

static int purge_bound_or_idle(struct gs_cmd *cmd)
{
	struct guardslot_purge *args = &cmd->arg.purge;
	struct purge purge = { .mode = args->mode, .tag = args->tag };
	int ret;

	ret = gs_cmd_probe_done(cmd, OUT_DONE);
	if (ret)
		return ret;
	if (args->mode == GUARDSLOT_PURGE_IMAGE) {
		purge.image = gs_image_table_find(&cmd->pool->images, args->image);
		if (!purge.image)
			return -ENOENT;
	}
	ret = purge_matching(cmd->pool, &purge, &args->out_done);
	if (!ret)
		purge_images(cmd->pool, &purge);
	gs_image_put(purge.image);
	return gs_cmd_finish_done(cmd, OUT_DONE, ret);
}

int gs_call_purge(struct gs_cmd *cmd)
{
	int ret = purge_check(&cmd->arg.purge);

	if (ret)
		return ret;
	if (cmd->arg.purge.mode == GUARDSLOT_PURGE_SLOTS)
		return purge_vector(cmd);
	return purge_bound_or_idle(cmd);
}
