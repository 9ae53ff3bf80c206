/* SPDX-License-Identifier: GPL-2.0-only */
/* Page-table entries of the slab. */
#ifndef _GS_PTE_H
#define _GS_PTE_H

#include <linux/bits.h>
#include <linux/types.h>

struct gs_slot;
struct page;
struct vm_area_struct;
struct vm_fault;

/* What to map where page @pgoff of the slab is shown. */
struct gs_pte {
	struct page *page;
	unsigned long pgoff : BITS_PER_LONG - 1;
	unsigned long writable : 1;
};

/*
 * The private pages of a slot, by what their entries say.
 *
 * @written: those that were written since the last time
 * @absent: those without an entry, which says nothing then
 * @cold: those that were not written for many looks
 * @looked: all of them
 * @closer: what took more than to see that an entry is there, and clean, in looks
 * @tables: page tables that have the entries
 */
struct gs_pte_found {
	u32 written;
	u32 absent;
	u32 cold;
	u32 looked;
	u32 closer;
	u32 tables;
};

/* Of so many page tables gs_pte_clean() looks at the entries in one go. */
#define GS_PTE_TABLES 128

int gs_pte_install(struct vm_area_struct *vma, const struct gs_pte *ptes, unsigned int count);
int gs_pte_install_faulting(struct vm_fault *vmf, const struct gs_pte *pte);
struct gs_pte_found gs_pte_clean(struct vm_area_struct *vma, unsigned long pgoff,
				 struct gs_slot *slot, u32 first, u32 end);

#endif /* _GS_PTE_H */
