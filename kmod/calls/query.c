// SPDX-License-Identifier: GPL-2.0-only
/* QUERY: what a slot has and what was counted of it. */
#include "calls/calls.h"
#include "objects/image.h"
#include "objects/pages.h"
#include "objects/pool.h"
#include "objects/resident.h"

static void query_image(const struct gs_image *image, struct guardslot_query *args)
{
	args->out_image = GUARDSLOT_IMAGE_NONE;
	args->out_tag = 0;
	args->out_write_set_pages = 0;
	if (!image)
		return;
	args->out_image = image->id;
	args->out_tag = image->tag;
	args->out_write_set_pages = gs_writeset_count(&image->write_set);
}

static void query_counters(const struct gs_counters *counters, struct guardslot_query *args)
{
	args->out_resets = counters->resets;
	args->out_purges = counters->purges;
	args->out_faults = counters->faults;
	args->out_guard_hits = counters->guard_hits;
	args->out_reclaims = counters->reclaims;
	args->out_looks = counters->looks;
	args->out_skipped_pages = counters->skipped_pages;
	args->out_given_back_pages = counters->given_back_pages;
	args->out_absent_pages = counters->absent_pages;
	args->out_flushes = counters->flushes;
	args->out_whole_mapped = counters->whole_mapped;
	args->out_whole_notified = counters->whole_notified;
	args->out_whole_unmapped = counters->whole_unmapped;
}

int gs_call_query(struct gs_cmd *cmd)
{
	struct guardslot_query *args = &cmd->arg.query;
	struct gs_pool *pool = cmd->pool;
	struct gs_slot *slot = gs_pool_slot(pool, args->slot);
	u32 area;

	if (!slot)
		return -ENOENT;
	args->out_state = gs_claim_state(&pool->claim, slot->index);
	mutex_lock(&slot->lock);
	query_image(slot->image, args);
	query_counters(&slot->counters, args);
	args->out_resident_pages = gs_resident_count(slot);
	args->out_shared_pages = slot->pages.marked;
	for (area = 0; area < pool->layout.area_count; area++)
		args->out_limit[area] = gs_pages_to_bytes(slot->limits[area]);
	for (; area < GUARDSLOT_MAX_AREAS; area++)
		args->out_limit[area] = 0;
	mutex_unlock(&slot->lock);
	return gs_cmd_reply(cmd);
}
