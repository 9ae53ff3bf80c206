/* SPDX-License-Identifier: GPL-2.0-only */
/* Where pages of slot and image content come from; account.c counts them. */
#ifndef _GS_PAGE_H
#define _GS_PAGE_H

#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/sched.h>

/* 32 KiB; larger pages are not worth a block. */
#define GS_PAGE_BLOCK_ORDER (PAGE_SHIFT < 15 ? 15 - PAGE_SHIFT : 0)
#define GS_PAGE_BLOCK (1U << GS_PAGE_BLOCK_ORDER)

/* User memory: from the nodes of the task's cpuset only. */
#define GS_PAGE_GFP (GFP_USER | __GFP_ACCOUNT | __GFP_ZERO)

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

struct page *__gs_page_alloc(struct vm_area_struct *vma, unsigned long pgoff);
bool gs_page_alloc_block(struct page **pages);

/* A page for page @pgoff of the slab that @vma, which may be NULL, shows. NULL: no memory. */
static inline struct page *gs_page_alloc(struct vm_area_struct *vma, unsigned long pgoff)
{
	/* What alloc_page() does, after 130 instructions, for a task without a policy. */
	if (likely(gs_page_is_any_node(vma)))
		return alloc_pages_node(NUMA_NO_NODE, GS_PAGE_GFP, 0);
	return __gs_page_alloc(vma, pgoff);
}

#endif /* _GS_PAGE_H */
