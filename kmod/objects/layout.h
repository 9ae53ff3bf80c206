/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _GS_LAYOUT_H
#define _GS_LAYOUT_H

#include <guardslot.h>

/* One area of every slot, in pages; immutable, as what follows. */
struct gs_layout_area {
	unsigned long start; /* from the slot's first page */
	unsigned long max;
	unsigned long initial;
};

/* The geometry of a pool, in pages. */
struct gs_layout {
	u32 slots;
	u32 area_count;
	unsigned long pre_guard;
	unsigned long stride;
	unsigned long total; /* pre-guard and all slots */
	struct gs_layout_area areas[GUARDSLOT_MAX_AREAS];
	/* Of each area, beside what faults read; the rest up to the next one is its guard. */
	unsigned long reserves[GUARDSLOT_MAX_AREAS];
};

/* What a page of the slab belongs to. */
struct gs_place {
	u32 slot;
	u32 area;
	unsigned long page;   /* from the area's first page */
	unsigned long offset; /* from the slot's first page */
};

int gs_layout_init(struct gs_layout *layout, const struct guardslot_create *cmd,
		   unsigned long max_slots, unsigned long max_pages);
void gs_layout_reply(const struct gs_layout *layout, struct guardslot_create *cmd);
int gs_layout_find(const struct gs_layout *layout, unsigned long pgoff, struct gs_place *place);

/* Pages between the reserve of an area and the next area, in this slot or the next. */
static inline unsigned long gs_layout_guard(const struct gs_layout *layout, u32 area)
{
	unsigned long next = area + 1 < layout->area_count ? layout->areas[area + 1].start :
							     layout->stride;

	return next - layout->areas[area].start - layout->reserves[area];
}

/* First page of a slot, from the start of the slab. */
static inline unsigned long gs_layout_slot_start(const struct gs_layout *layout, u32 slot)
{
	return layout->pre_guard + slot * layout->stride;
}

#endif /* _GS_LAYOUT_H */
