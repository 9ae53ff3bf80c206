/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _GS_WRITESET_H
#define _GS_WRITESET_H

#include <linux/atomic.h>
#include <linux/xarray.h>

/*
 * The offsets in the slot of the pages that instances of an image make private. It
 * only grows, up to a cap; the xarray has a lock, and is read without it.
 */
struct gs_writeset {
	struct xarray offsets;
	atomic_t count;
};

void gs_writeset_init(struct gs_writeset *set);
void gs_writeset_uninit(struct gs_writeset *set);
void gs_writeset_learn(struct gs_writeset *set, unsigned long offset);

static inline bool gs_writeset_has(struct gs_writeset *set, unsigned long offset)
{
	return xa_load(&set->offsets, offset);
}

static inline u32 gs_writeset_count(const struct gs_writeset *set)
{
	return atomic_read(&set->count);
}

#endif /* _GS_WRITESET_H */
