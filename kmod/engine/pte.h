/* SPDX-License-Identifier: GPL-2.0-only */
/* Page-table entries of the slab. */
#ifndef _GS_PTE_H
#define _GS_PTE_H

#include <linux/types.h>

struct gs_slot;
struct page;
struct vm_area_struct;

/* What to map at one address; page == NULL leaves the address alone. */
struct gs_pte {
	struct page *page;
	bool writable;
};

/*
 * The private pages of a slot, by what their entries say.
 *
 * @written: those that were written since the last time
 * @absent: those without an entry, which says nothing then
 * @cold: those that were not written for many looks
 */
struct gs_pte_found {
	u32 written;
	u32 absent;
	u32 cold;
};

int gs_pte_install(struct vm_area_struct *vma, unsigned long pgoff, const struct gs_pte *ptes,
		   unsigned long count);
struct gs_pte_found gs_pte_clean(struct vm_area_struct *vma, unsigned long pgoff,
				 struct gs_slot *slot);

#endif /* _GS_PTE_H */
