// SPDX-License-Identifier: GPL-2.0
/*
 * Page faults on the slab: a guard hit, a private page, or pages of the image.
 */
#include <linux/mm.h>

#include "engine/access.h"
#include "engine/fault.h"
#include "engine/prefault.h"
#include "engine/pte.h"
#include "engine/residency.h"
#include "engine/trace.h"
#include "netlink/event.h"
#include "objects/image.h"
#include "objects/pool.h"
#include "objects/slot.h"

/* Image pages that one read fault maps, a power of two. */
#define FAULT_AROUND 16

static vm_fault_t fault_error(int error)
{
	return error == -ENOSPC ? VM_FAULT_SIGBUS : VM_FAULT_OOM;
}

static vm_fault_t map_private(struct vm_fault *vmf, struct gs_slot *slot, unsigned long offset)
{
	struct gs_pool *pool = vmf->vma->vm_private_data;
	struct page *page = gs_residency_make_private(pool, slot, offset, NULL);
	struct gs_pte pte = { .page = page, .writable = true };
	int ret;

	if (IS_ERR(page))
		return fault_error(PTR_ERR(page));
	if (slot->image && !(pool->flags & GUARDSLOT_CREATE_NO_WRITE_SETS))
		gs_writeset_learn(&slot->image->write_set, offset);
	ret = gs_pte_install(vmf->vma, vmf->pgoff, &pte, 1);
	return ret ? fault_error(ret) : VM_FAULT_NOPAGE;
}

/*
 * Maps the image's page and its neighbours read-only; 0 when it is not for
 * sharing. The neighbours are a favour: what cannot be had of them is left out.
 */
static vm_fault_t map_shared(struct vm_fault *vmf, struct gs_slot *slot,
			     const struct gs_place *place)
{
	struct gs_pool *pool = vmf->vma->vm_private_data;
	unsigned long start = pool->layout.areas[place->area].start;
	unsigned long end = start + slot->limits[place->area];
	struct gs_pte ptes[FAULT_AROUND];
	unsigned long first, offset;
	struct page *page;
	bool writable;
	int ret;

	page = gs_residency_share(slot, place->offset, &writable);
	if (IS_ERR_OR_NULL(page))
		return page ? VM_FAULT_OOM : 0;

	first = max(place->offset & ~(FAULT_AROUND - 1UL), start);
	end = min((place->offset | (FAULT_AROUND - 1UL)) + 1, end);
	for (offset = first; offset < end; offset++) {
		struct gs_pte *pte = &ptes[offset - first];

		pte->page = gs_residency_share(slot, offset, &pte->writable);
		if (IS_ERR(pte->page))
			pte->page = NULL;
	}
	ret = gs_pte_install(vmf->vma, vmf->pgoff - (place->offset - first), ptes, end - first);
	return ret ? fault_error(ret) : VM_FAULT_NOPAGE;
}

static vm_fault_t guard_hit(struct vm_fault *vmf, struct gs_slot *slot)
{
	struct gs_pool *pool = vmf->vma->vm_private_data;

	lockdep_assert_held(&slot->lock);
	trace_guardslot_guard_hit(pool, gs_slot_index(pool, slot), vmf->real_address);
	slot->guard_hits++;
	return VM_FAULT_SIGSEGV;
}

static vm_fault_t serve(struct vm_fault *vmf, struct gs_slot *slot, const struct gs_place *place)
{
	struct gs_pool *pool = vmf->vma->vm_private_data;
	bool write = vmf->flags & FAULT_FLAG_WRITE;
	bool first = !slot->resident_count;
	vm_fault_t ret = 0;

	lockdep_assert_held(&slot->lock);
	if (place->page >= slot->limits[place->area])
		return guard_hit(vmf, slot);
	slot->faults++;
	if (!write)
		ret = map_shared(vmf, slot, place);
	if (!ret)
		ret = map_private(vmf, slot, place->offset);
	/* A favour as well: what it cannot have is asked for page by page later. */
	if (first && pool->flags & GUARDSLOT_CREATE_PREFAULT && ret == VM_FAULT_NOPAGE)
		gs_prefault_write_set(pool, slot, vmf->vma);
	trace_guardslot_fault(pool, place->slot, place->offset, write, ret);
	return ret;
}

/* Where nothing is locked but the mapping. */
static void tell_guard_hit(struct vm_fault *vmf, struct gs_slot *slot)
{
	struct gs_pool *pool = vmf->vma->vm_private_data;
	u64 offset = ((u64)vmf->pgoff << PAGE_SHIFT) + offset_in_page(vmf->real_address);

	gs_event_guard_hit(pool, gs_slot_index(pool, slot), offset);
}

static vm_fault_t gs_fault(struct vm_fault *vmf)
{
	struct gs_pool *pool = vmf->vma->vm_private_data;
	struct gs_place place;
	struct gs_slot *slot;
	vm_fault_t ret;
	bool inside;

	inside = !gs_layout_find(&pool->layout, vmf->pgoff, &place);
	slot = &pool->slots[place.slot];
	mutex_lock(&slot->lock);
	ret = inside ? serve(vmf, slot, &place) : guard_hit(vmf, slot);
	mutex_unlock(&slot->lock);
	if (ret == VM_FAULT_SIGSEGV)
		tell_guard_hit(vmf, slot);
	return ret;
}

/*
 * A write to a page that is mapped read-only: one of the image's, or a private
 * one after mprotect(). The entry is removed, and the fault served as if there
 * had been none.
 */
static vm_fault_t gs_pfn_mkwrite(struct vm_fault *vmf)
{
	struct gs_pool *pool = vmf->vma->vm_private_data;
	struct gs_place place;
	struct gs_slot *slot;
	vm_fault_t ret;

	if (WARN_ON_ONCE(gs_layout_find(&pool->layout, vmf->pgoff, &place)))
		return VM_FAULT_SIGSEGV;
	slot = &pool->slots[place.slot];
	mutex_lock(&slot->lock);
	if (gs_residency_find(slot, place.offset))
		gs_pool_unmap(pool, vmf->pgoff, 1);
	ret = serve(vmf, slot, &place);
	mutex_unlock(&slot->lock);
	if (ret == VM_FAULT_SIGSEGV)
		tell_guard_hit(vmf, slot);
	return ret;
}

/*
 * Maps nothing: page tables cannot be allocated here, and .fault brings the
 * neighbours. It is here because the kernel calls .fault and .pfn_mkwrite of a
 * VMA without .map_pages only under the mmap lock.
 */
static vm_fault_t gs_map_pages(struct vm_fault *vmf, pgoff_t start, pgoff_t end)
{
	return 0;
}

const struct vm_operations_struct gs_fault_vm_ops = {
	.fault = gs_fault,
	.pfn_mkwrite = gs_pfn_mkwrite,
	.map_pages = gs_map_pages,
	.access = gs_access,
};
