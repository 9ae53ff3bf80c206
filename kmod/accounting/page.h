/* SPDX-License-Identifier: GPL-2.0-only */
/* Where pages of slot and image content come from; account.c counts them. */
#ifndef _GS_PAGE_H
#define _GS_PAGE_H

#include <linux/mm.h>
#include <linux/sched.h>

/* 32 KiB; larger pages are not worth a block. */
#define GS_PAGE_BLOCK_ORDER (PAGE_SHIFT < 15 ? 15 - PAGE_SHIFT : 0)
#define GS_PAGE_BLOCK (1U << GS_PAGE_BLOCK_ORDER)

struct mempolicy;

/* The policy of a VMA; without one the task's holds, which alloc_pages() looks at. */
static inline struct mempolicy *gs_page_policy(const struct vm_area_struct *vma)
{
#ifdef CONFIG_NUMA
	return vma ? vma->vm_policy : NULL;
#else
	return NULL;
#endif
}

/* Whether pages may come from a block of several: a policy is for each of them. */
static inline bool gs_page_is_any_node(const struct vm_area_struct *vma)
{
#ifdef CONFIG_NUMA
	if (current->mempolicy)
		return false;
#endif
	return !gs_page_policy(vma);
}

struct page *gs_page_alloc(struct vm_area_struct *vma, unsigned long pgoff);
bool gs_page_alloc_block(struct page **pages);

#endif /* _GS_PAGE_H */
