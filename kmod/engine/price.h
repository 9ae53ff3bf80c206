/* SPDX-License-Identifier: GPL-2.0-only */
/* What the steps of a reset cost on this machine. */
#ifndef _GS_PRICE_H
#define _GS_PRICE_H

#include <linux/types.h>

struct mm_struct;

/*
 * Prices in 1/256 ns.
 *
 * @copy: of one page
 * @look: at one page-table entry; marking its page as written costs GS_PRICE_MARK of these
 * @flush: of all entries of the mm in the TLBs of all processors that run it
 */
struct gs_price {
	u64 copy;
	u64 look;
	u64 flush;
};

#define GS_PRICE_MARK 4

struct gs_price gs_price_get(struct mm_struct *mm);
void gs_price_note_look(u64 ns, u32 looks);
void gs_price_note_flush(struct mm_struct *mm, u64 ns);

int gs_price_module_init(void);

#endif /* _GS_PRICE_H */
