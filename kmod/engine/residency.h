/* SPDX-License-Identifier: GPL-2.0-only */
/* The private pages of a slot, and the mapped pages of its image. */
#ifndef _GS_RESIDENCY_H
#define _GS_RESIDENCY_H

#include <linux/types.h>

struct gs_cap_hit;
struct gs_image;
struct gs_pool;
struct gs_slot;
struct gs_stock;
struct page;

struct page *gs_residency_find(struct gs_slot *slot, unsigned long offset);
struct page *gs_residency_make_private(struct gs_pool *pool, struct gs_slot *slot,
				       unsigned long offset, struct gs_stock *stock,
				       struct gs_cap_hit *hit);
struct page *gs_residency_share(struct gs_pool *pool, struct gs_slot *slot, unsigned long offset,
				bool *writable, struct gs_cap_hit *hit);

void gs_residency_drop_shared(struct gs_pool *pool, struct gs_slot *slot);
void gs_residency_rebind(struct gs_pool *pool, struct gs_slot *slot, struct gs_image *image);
void gs_residency_drop_range(struct gs_pool *pool, struct gs_slot *slot, unsigned long first,
			     unsigned long end);
bool gs_residency_park_range(struct gs_pool *pool, struct gs_slot *slot, unsigned long first,
			     unsigned long end);
void gs_residency_trim(struct gs_pool *pool, struct gs_slot *slot, unsigned long keep);
void gs_residency_drop_last(struct gs_pool *pool, struct gs_slot *slot, u32 count);
void gs_residency_drop_cold(struct gs_pool *pool, struct gs_slot *slot);
void gs_residency_drop_all(struct gs_pool *pool, struct gs_slot *slot);
void gs_residency_uninit(struct gs_pool *pool, struct gs_slot *slot);

#endif /* _GS_RESIDENCY_H */
