// SPDX-License-Identifier: GPL-2.0-only
/*
 * The geometry of a slab: where slots and areas lie.
 *
 * It is pure checked arithmetic without state, so that it can be compiled and
 * tested in user space as well.
 *
 *   | pre-guard | area 0 reserve | guard | area 1 reserve | guard | area 0 ...
 *               |<---------------- stride ------------------------>|
 */
#include <linux/errno.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/string.h>

#include "objects/layout.h"
#include "objects/pages.h"

/* Adds an area to the stride. -EINVAL: a wrong value; -EOVERFLOW. */
static int area_init(struct gs_layout *layout, u32 index, const struct guardslot_area *from)
{
	struct gs_layout_area *area = &layout->areas[index];
	unsigned long reserve = gs_pages_from_bytes(from->reserve);
	unsigned long guard = gs_pages_from_bytes(from->guard);

	if (!gs_pages_are_whole(from->reserve | from->guard | from->max | from->initial))
		return -EINVAL;
	if (!from->reserve || from->max > from->reserve || from->initial > from->max)
		return -EINVAL;

	layout->reserves[index] = reserve;
	area->start = layout->stride;
	area->max = gs_pages_from_bytes(from->max);
	area->initial = gs_pages_from_bytes(from->initial);
	if (check_add_overflow(layout->stride, reserve, &layout->stride) ||
	    check_add_overflow(layout->stride, guard, &layout->stride))
		return -EOVERFLOW;
	return 0;
}

static bool area_is_zero(const struct guardslot_area *area)
{
	return !(area->reserve | area->guard | area->max | area->initial);
}

/*
 * Takes the geometry from a CREATE. @layout is valid only when this returns 0.
 * Wrong values are found before overflows, so that the error is that of the
 * mistake and not of its consequence.
 */
int gs_layout_init(struct gs_layout *layout, const struct guardslot_create *cmd,
		   unsigned long max_slots, unsigned long max_pages)
{
	int overflow = 0;
	u32 i;

	memset(layout, 0, sizeof(*layout));
	if (!cmd->slots || cmd->slots > max_slots || !cmd->area_count ||
	    cmd->area_count > GUARDSLOT_MAX_AREAS || !gs_pages_are_whole(cmd->pre_guard))
		return -EINVAL;
	layout->pre_guard = gs_pages_from_bytes(cmd->pre_guard);

	for (i = 0; i < cmd->area_count; i++) {
		int ret = area_init(layout, i, &cmd->areas[i]);

		if (ret == -EINVAL)
			return ret;
		overflow |= ret;
	}
	for (; i < GUARDSLOT_MAX_AREAS; i++)
		if (!area_is_zero(&cmd->areas[i]))
			return -EINVAL;

	layout->slots = cmd->slots;
	layout->area_count = cmd->area_count;
	if (overflow ||
	    check_mul_overflow(layout->stride, (unsigned long)layout->slots, &layout->total) ||
	    check_add_overflow(layout->total, layout->pre_guard, &layout->total) ||
	    layout->total > max_pages)
		return -EOVERFLOW;
	return 0;
}

/* Fills the out_ fields that follow from the geometry. */
void gs_layout_reply(const struct gs_layout *layout, struct guardslot_create *cmd)
{
	u32 i;

	cmd->out_map_size = gs_pages_to_bytes(layout->total);
	cmd->out_stride = gs_pages_to_bytes(layout->stride);
	for (i = 0; i < GUARDSLOT_MAX_AREAS; i++)
		cmd->out_area_offset[i] = gs_pages_to_bytes(layout->areas[i].start);
}

/*
 * Finds the area that a page of the slab lies in. -ENOENT for the pre-guard and
 * for what lies past the highest limit of an area; then place->slot is still the
 * slot whose guard it is (slot 0 for the pre-guard), and the rest of it is not set.
 */
int gs_layout_find(const struct gs_layout *layout, unsigned long pgoff, struct gs_place *place)
{
	u32 i;

	place->slot = 0;
	if (pgoff < layout->pre_guard)
		return -ENOENT;
	pgoff -= layout->pre_guard;
	place->slot = pgoff / layout->stride;
	place->offset = pgoff % layout->stride;
	if (place->slot >= layout->slots) {
		place->slot = 0;
		return -ENOENT;
	}
	for (i = 0; i < layout->area_count; i++) {
		const struct gs_layout_area *area = &layout->areas[i];

		if (place->offset >= area->start && place->offset - area->start < area->max) {
			place->area = i;
			place->page = place->offset - area->start;
			return 0;
		}
	}
	return -ENOENT;
}
