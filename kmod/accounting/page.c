// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pages of slot and image content are allocated here, all zeroed, and charged to the memory
 * cgroup of the task that touches them.
 */
#include <linux/gfp.h>
#include <linux/mempolicy.h>
#include <linux/mm.h>

#include "accounting/page.h"

/* User memory: from the nodes of the task's cpuset only. */
#define GFP_CONTENT (GFP_USER | __GFP_ACCOUNT | __GFP_ZERO)

/* A page for page @pgoff of the slab that @vma, which may be NULL, shows. NULL: no memory. */
struct page *gs_page_alloc(struct vm_area_struct *vma, unsigned long pgoff)
{
	unsigned long addr;

	if (likely(!gs_page_policy(vma)))
		return alloc_page(GFP_CONTENT);
	addr = vma->vm_start + ((pgoff - vma->vm_pgoff) << PAGE_SHIFT);
	return gs_compat_vma_alloc_page(GFP_CONTENT, vma, addr);
}

/*
 * GS_PAGE_BLOCK pages, which are freed one by one. False when no free block is at hand: it
 * only saves time, and so takes no reserve and causes no reclaim.
 */
bool gs_page_alloc_block(struct page **pages)
{
	gfp_t gfp = (GFP_CONTENT | __GFP_NOWARN | __GFP_NOMEMALLOC) & ~__GFP_RECLAIM;
	struct page *page = alloc_pages(gfp, GS_PAGE_BLOCK_ORDER);
	unsigned int i;

	if (!page)
		return false;
	split_page(page, GS_PAGE_BLOCK_ORDER);
	for (i = 0; i < GS_PAGE_BLOCK; i++)
		pages[i] = page + i;
	return true;
}
