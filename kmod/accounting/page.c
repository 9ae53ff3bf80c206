// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pages of slot and image content are allocated here, all zeroed, and charged to the memory
 * cgroup of the task that touches them.
 */
#include <linux/gfp.h>
#include <linux/mempolicy.h>
#include <linux/mm.h>

#include "accounting/page.h"

/* gs_page_alloc() where a policy decides. */
struct page *__gs_page_alloc(struct vm_area_struct *vma, unsigned long pgoff)
{
	unsigned long addr;

	if (!gs_page_policy(vma))
		return alloc_page(GS_PAGE_GFP);
	addr = vma->vm_start + ((pgoff - vma->vm_pgoff) << PAGE_SHIFT);
	return gs_compat_vma_alloc_page(GS_PAGE_GFP, vma, addr);
}

/*
 * GS_PAGE_BLOCK pages, which are freed one by one. False when no free block is at hand: it
 * only saves time, and so takes no reserve and causes no reclaim.
 */
bool gs_page_alloc_block(struct page **pages)
{
	gfp_t gfp = (GS_PAGE_GFP | __GFP_NOWARN | __GFP_NOMEMALLOC) & ~__GFP_RECLAIM;
	struct page *page = alloc_pages(gfp, GS_PAGE_BLOCK_ORDER);
	unsigned int i;

	if (!page)
		return false;
	split_page(page, GS_PAGE_BLOCK_ORDER);
	for (i = 0; i < GS_PAGE_BLOCK; i++)
		pages[i] = page + i;
	return true;
}
