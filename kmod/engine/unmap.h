/* SPDX-License-Identifier: GPL-2.0-only */
/* Unmapping pages of a slot, whose lock is held; the TLBs are flushed then. */
#ifndef _GS_UNMAP_H
#define _GS_UNMAP_H

#include <linux/types.h>
#include <linux/xarray.h>

struct gs_pool;
struct gs_slot;

void gs_unmap_range(struct gs_pool *pool, struct gs_slot *slot, unsigned long offset,
		    unsigned long count);
void gs_unmap_marked(struct gs_pool *pool, struct gs_slot *slot, xa_mark_t mark);
void gs_unmap_all(struct gs_pool *pool, struct gs_slot *slot, xa_mark_t mark);
void gs_unmap_last(struct gs_pool *pool, struct gs_slot *slot, u32 first);

#endif /* _GS_UNMAP_H */
