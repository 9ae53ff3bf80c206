/* SPDX-License-Identifier: GPL-2.0-only */
/* Many pages of a slot, made private or mapped together. */
#ifndef _GS_POPULATE_H
#define _GS_POPULATE_H

#include <linux/types.h>

struct gs_cap_hit;
struct gs_pool;
struct gs_slot;
struct vm_area_struct;

/* A range of an area, in pages from the area's start. */
struct gs_populate_range {
	u32 area;
	unsigned long first;
	unsigned long count;
};

int gs_populate_slot(struct gs_pool *pool, struct gs_slot *slot,
		     const struct gs_populate_range *range, u64 *made, struct gs_cap_hit *hit);
void gs_populate_write_set(struct gs_pool *pool, struct gs_slot *slot, struct vm_area_struct *vma,
			   unsigned long offset, struct gs_cap_hit *hit);
u32 gs_populate_parked(struct gs_pool *pool, struct gs_slot *slot, u32 area, unsigned long old,
		       u32 next);
void gs_populate_more_parked(struct gs_pool *pool, struct gs_slot *slot, u32 area,
			     unsigned long old, u32 next);

#endif /* _GS_POPULATE_H */
