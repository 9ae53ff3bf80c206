// SPDX-License-Identifier: GPL-2.0-only
/* PREFAULT: many pages of slots are made private and mapped without a fault each. */
#include <linux/nospec.h>

#include "calls/calls.h"
#include "calls/vector.h"
#include "engine/populate.h"
#include "netlink/event.h"
#include "objects/pages.h"
#include "objects/pool.h"

/*
 * @range: NULL: the write set
 * @made: pages that became private
 */
struct prefault {
	const struct gs_populate_range *range;
	u64 made;
};

static int prefault_slot(struct gs_pool *pool, struct gs_slot *slot, void *data)
{
	struct prefault *prefault = data;
	struct gs_cap_hit hit = {};
	int ret;

	ret = gs_populate_slot(pool, slot, prefault->range, &prefault->made, &hit);
	gs_event_cap_reached(pool, &hit);
	return ret;
}

/* Takes the range from the call, within the area's highest limit. */
static int range_init(struct gs_populate_range *range, const struct gs_layout *layout,
		      const struct guardslot_prefault *args)
{
	unsigned long max;

	if (args->area >= layout->area_count || !gs_pages_are_whole(args->offset | args->length))
		return -EINVAL;
	range->area = array_index_nospec(args->area, layout->area_count);
	range->first = gs_pages_from_bytes(args->offset);
	range->count = gs_pages_from_bytes(args->length);
	max = layout->areas[range->area].max;
	if (range->first > max || range->count > max - range->first)
		return -EINVAL;
	return 0;
}

static int check(const struct guardslot_prefault *args)
{
	if (args->__reserved)
		return -EOPNOTSUPP;
	if (args->flags & GUARDSLOT_PREFAULT_RANGE)
		return 0;
	return args->area || args->offset || args->length ? -EINVAL : 0;
}

int gs_call_prefault(struct gs_cmd *cmd)
{
	struct guardslot_prefault *args = &cmd->arg.prefault;
	struct gs_populate_range range = {};
	struct prefault prefault = {};
	struct gs_vector vector __uninitialized;
	int ret;

	ret = check(args);
	if (ret)
		return ret;
	if (args->flags & GUARDSLOT_PREFAULT_RANGE) {
		ret = range_init(&range, &cmd->pool->layout, args);
		if (ret)
			return ret;
		prefault.range = &range;
	}
	ret = gs_vector_init(&vector, cmd->pool, args->slots, args->count);
	if (ret)
		return ret;
	ret = gs_cmd_probe_reply(cmd);
	if (ret)
		return ret;
	/* An empty range is done without a look at the slots. */
	if (prefault.range && !range.count)
		args->out_done = args->count;
	else
		ret = gs_vector_run(&vector, prefault_slot, &prefault, &args->out_done);
	args->out_pages = prefault.made;
	return gs_cmd_finish(cmd, ret);
}
