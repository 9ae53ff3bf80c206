/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _GS_RESIDENCY_H
#define _GS_RESIDENCY_H

#include <linux/mm.h>
#include <linux/string.h>

#include "slot.h"

struct gs_stock;

/* Pages between two offers of the CPU. */
#define GS_RESIDENCY_BLOCK 256

struct page *gs_residency_find(struct gs_slot *slot, unsigned long offset);
struct page *gs_residency_make_private(struct gs_pool *pool, struct gs_slot *slot,
				       unsigned long offset, struct gs_stock *stock);
struct page *gs_residency_share(struct gs_slot *slot, unsigned long offset, bool *writable);

void gs_residency_rebind(struct gs_pool *pool, struct gs_slot *slot, struct gs_image *image);
void gs_residency_drop_range(struct gs_pool *pool, struct gs_slot *slot, unsigned long first,
			     unsigned long end);
bool gs_residency_park_range(struct gs_pool *pool, struct gs_slot *slot, unsigned long first,
			     unsigned long end);
void gs_residency_trim(struct gs_pool *pool, struct gs_slot *slot, unsigned long keep);
void gs_residency_drop_all(struct gs_pool *pool, struct gs_slot *slot);
void gs_residency_free(struct gs_pool *pool, struct gs_slot *slot);

/*
 * Copies in line, where the compiler has an instruction for that; copy_page() is a
 * call a page. It has to be told that pages are aligned.
 */
static __always_inline void gs_residency_restore_page(const struct gs_resident *resident)
{
	if (resident->source)
		memcpy(__builtin_assume_aligned(resident->data, PAGE_SIZE),
		       __builtin_assume_aligned(resident->source, PAGE_SIZE), PAGE_SIZE);
	else
		clear_page(resident->data);
}

#endif /* _GS_RESIDENCY_H */
