// SPDX-License-Identifier: GPL-2.0-only
/*
 * The claim words say who may use a slot now: its user, or the shrinker, which
 * takes its pages. They are memory shared with user space, so that claiming a slot
 * costs no system call. So the kernel relies on one value in them only, IDLE.
 */
#include <linux/atomic.h>
#include <linux/gfp.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include <guardslot.h>

#include "objects/claim.h"

#define WORDS_PER_PAGE (PAGE_SIZE / GS_CLAIM_STRIDE)
/* Pages of words that mmap() maps at once: those of 64 Ki slots, if they have 4 KiB. */
#define MAP_PAGES 1024UL

static u32 *claim_word(struct gs_claim *claim, u32 slot)
{
	void *page = page_address(claim->pages[slot / WORDS_PER_PAGE]);

	return page + slot % WORDS_PER_PAGE * GS_CLAIM_STRIDE;
}

int gs_claim_init(struct gs_claim *claim, unsigned long first, u32 slots)
{
	unsigned long count = DIV_ROUND_UP(slots, WORDS_PER_PAGE);

	claim->first = first;
	claim->pages = kvcalloc(count, sizeof(*claim->pages), GFP_KERNEL_ACCOUNT | __GFP_NOWARN);
	if (!claim->pages)
		return -ENOMEM;
	for (claim->page_count = 0; claim->page_count < count; claim->page_count++) {
		struct page *page = alloc_page(GFP_USER | __GFP_ACCOUNT | __GFP_ZERO);

		if (!page)
			goto free_pages;
		claim->pages[claim->page_count] = page;
		cond_resched();
	}
	return 0;

free_pages:
	gs_claim_uninit(claim);
	return -ENOMEM;
}

void gs_claim_uninit(struct gs_claim *claim)
{
	while (claim->page_count) {
		__free_page(claim->pages[--claim->page_count]);
		cond_resched();
	}
	kvfree(claim->pages);
	claim->pages = NULL;
}

/* Maps a page again that MADV_DONTNEED has unmapped. */
static vm_fault_t claim_fault(struct vm_fault *vmf)
{
	struct gs_claim *claim = vmf->vma->vm_private_data;
	unsigned long index = vmf->pgoff - claim->first;

	if (WARN_ON_ONCE(index >= claim->page_count))
		return VM_FAULT_SIGBUS;
	return vmf_insert_page(vmf->vma, vmf->address, claim->pages[index]);
}

static const struct vm_operations_struct claim_vm_ops = {
	.fault = claim_fault,
};

/*
 * Maps the pages of words that the VMA covers, so that none faults later; of very many,
 * those of the first slots, as the caller holds the mmap lock.
 */
int gs_claim_map(struct gs_claim *claim, struct vm_area_struct *vma)
{
	unsigned long index = vma->vm_pgoff - claim->first, i;
	unsigned long count = min(vma_pages(vma), MAP_PAGES);

	if (index >= claim->page_count || vma_pages(vma) > claim->page_count - index)
		return -EINVAL;
	/* With VM_IO, MADV_DOFORK cannot undo VM_DONTCOPY. */
	vm_flags_set(vma, VM_IO);
	vma->vm_private_data = claim;
	vma->vm_ops = &claim_vm_ops;
	for (i = 0; i < count; i++) {
		int ret = vm_insert_page(vma, vma->vm_start + (i << PAGE_SHIFT),
					 claim->pages[index + i]);

		if (ret)
			return ret;
	}
	return 0;
}

u32 gs_claim_state(struct gs_claim *claim, u32 slot)
{
	return READ_ONCE(*claim_word(claim, slot));
}

/* Whether the slot is idle, for now. */
bool gs_claim_is_idle(struct gs_claim *claim, u32 slot)
{
	return gs_claim_state(claim, slot) == GUARDSLOT_IDLE;
}

/*
 * Keeps user space off an idle slot; false when it is not idle. Pairs with the
 * user's compare-and-swap IDLE to ACTIVE and its store-release of IDLE.
 */
bool gs_claim_take_idle(struct gs_claim *claim, u32 slot)
{
	/* Even one that fails takes the cache line from the processor that uses the slot. */
	return gs_claim_is_idle(claim, slot) && cmpxchg(claim_word(claim, slot), GUARDSLOT_IDLE,
							GUARDSLOT_RECLAIM) == GUARDSLOT_IDLE;
}

/* Lets user space claim the slot again. Pairs with its compare-and-swap. */
void gs_claim_give_back(struct gs_claim *claim, u32 slot)
{
	/* A plain store would destroy what the user has written over RECLAIM. */
	cmpxchg_release(claim_word(claim, slot), GUARDSLOT_RECLAIM, GUARDSLOT_IDLE);
}
