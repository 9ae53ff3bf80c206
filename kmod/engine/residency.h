/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _GS_RESIDENCY_H
#define _GS_RESIDENCY_H

#include <linux/mm.h>

#include "objects/slot.h"

struct gs_cap_hit;
struct gs_stock;

/* Pages between two offers of the CPU. */
#define GS_RESIDENCY_BLOCK 256

struct page *gs_residency_find(struct gs_slot *slot, unsigned long offset);
struct page *gs_residency_make_private(struct gs_pool *pool, struct gs_slot *slot,
				       unsigned long offset, struct gs_stock *stock,
				       struct gs_cap_hit *hit);
struct page *gs_residency_share(struct gs_slot *slot, unsigned long offset, bool *writable);

void gs_residency_rebind(struct gs_pool *pool, struct gs_slot *slot, struct gs_image *image);
void gs_residency_drop_range(struct gs_pool *pool, struct gs_slot *slot, unsigned long first,
			     unsigned long end);
bool gs_residency_park_range(struct gs_pool *pool, struct gs_slot *slot, unsigned long first,
			     unsigned long end);
void gs_residency_trim(struct gs_pool *pool, struct gs_slot *slot, unsigned long keep);
void gs_residency_drop_all(struct gs_pool *pool, struct gs_slot *slot);
void gs_residency_free(struct gs_pool *pool, struct gs_slot *slot);

/* A type, so that the compiler knows of the alignment and copies without a call. */
struct gs_content {
	u64 words[PAGE_SIZE / sizeof(u64)];
};

static __always_inline void gs_residency_restore_page(const struct gs_resident *resident)
{
	const struct gs_content *source = resident->source;
	struct gs_content *data = resident->data;

	if (source)
		*data = *source;
	else
		clear_page(data);
}

#endif /* _GS_RESIDENCY_H */
