/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _GS_CLAIM_H
#define _GS_CLAIM_H

#include <linux/types.h>

struct page;
struct vm_area_struct;

/* Each word has a cache line of its own, so that two claims share none. */
#define GS_CLAIM_STRIDE 64

/*
 * The claim words of a pool; immutable but for the words themselves.
 *
 * @first: offset in the file at which they can be mapped, in pages
 */
struct gs_claim {
	struct page **pages;
	unsigned long page_count;
	unsigned long first;
};

int gs_claim_init(struct gs_claim *claim, unsigned long first, u32 slots);
void gs_claim_uninit(struct gs_claim *claim);
int gs_claim_map(struct gs_claim *claim, struct vm_area_struct *vma);

u32 gs_claim_state(struct gs_claim *claim, u32 slot);
bool gs_claim_is_idle(struct gs_claim *claim, u32 slot);
bool gs_claim_take_idle(struct gs_claim *claim, u32 slot);
void gs_claim_give_back(struct gs_claim *claim, u32 slot);

#endif /* _GS_CLAIM_H */
