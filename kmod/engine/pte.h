/* SPDX-License-Identifier: GPL-2.0-only */
/* Page-table entries of the slab. */
#ifndef _GS_PTE_H
#define _GS_PTE_H

#include <linux/types.h>

struct page;
struct vm_area_struct;

/* What to map at one address; page == NULL leaves the address alone. */
struct gs_pte {
	struct page *page;
	bool writable;
};

int gs_pte_install(struct vm_area_struct *vma, unsigned long pgoff, const struct gs_pte *ptes,
		   unsigned long count);

#endif /* _GS_PTE_H */
