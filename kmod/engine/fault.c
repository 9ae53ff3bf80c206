// SPDX-License-Identifier: GPL-2.0-only
/*
 * The operations of a VMA of the slab. Most of it is page faults: a guard hit, a private
 * page, or pages of the image.
 */
#include <linux/mm.h>

#include "engine/access.h"
#include "engine/dirty.h"
#include "engine/fault.h"
#include "engine/populate.h"
#include "engine/pte.h"
#include "engine/residency.h"
#include "engine/trace.h"
#include "netlink/event.h"
#include "objects/image.h"
#include "objects/pages.h"
#include "objects/pool.h"
#include "objects/resident.h"

/* Image pages that one read fault maps, a power of two. */
#define FAULT_AROUND GS_PAGES_IN(SZ_64K)

/*
 * A fault at work, on the stack of the task that faults.
 *
 * @slot: the slot of @place; its lock is held while the fault is served
 * @place: where the fault is; in a guard only its slot is set
 * @hit: the cap that refused a page
 */
struct fault {
	struct vm_fault *vmf;
	struct gs_pool *pool;
	struct gs_slot *slot;
	struct gs_place place;
	struct gs_cap_hit hit;
};

static vm_fault_t fault_error(int error)
{
	switch (error) {
	case -ENOSPC:
		return VM_FAULT_SIGBUS;
	case -EHWPOISON:
		return VM_FAULT_HWPOISON;
	default:
		return VM_FAULT_OOM;
	}
}

static vm_fault_t map_private(struct fault *fault)
{
	struct gs_slot *slot = fault->slot;
	struct gs_pte pte = { .pgoff = fault->vmf->pgoff, .writable = true };
	struct gs_stock stock;
	int ret;

	gs_stock_init(&stock, fault->vmf->vma);
	pte.page = gs_residency_make_private(fault->pool, slot, fault->place.offset, &stock,
					     &fault->hit);
	if (IS_ERR(pte.page))
		return fault_error(PTR_ERR(pte.page));
	if (slot->image && !(fault->pool->flags & GUARDSLOT_CREATE_NO_WRITE_SETS))
		gs_writeset_learn(&slot->image->write_set, &fault->pool->owner,
				  fault->place.offset);
	gs_dirty_note_install(fault->pool, slot);
	ret = gs_pte_install_faulting(fault->vmf, &pte);
	return ret ? fault_error(ret) : VM_FAULT_NOPAGE;
}

/*
 * Maps the image's page and its neighbours read-only; 0 when the page cannot be
 * shared. The neighbours save faults only: one that fails is left out.
 */
static vm_fault_t map_shared(struct fault *fault)
{
	const struct gs_place *place = &fault->place;
	unsigned long start = fault->pool->layout.areas[place->area].start;
	unsigned long end = start + fault->slot->limits[place->area];
	struct vm_fault *vmf = fault->vmf;
	struct gs_pte ptes[FAULT_AROUND];
	struct gs_cap_hit unreported;
	unsigned long first, offset;
	unsigned int count = 0;
	struct page *page;
	bool writable;
	int ret;

	page = gs_residency_share(fault->pool, fault->slot, place->offset, &writable, &fault->hit);
	if (IS_ERR(page))
		return fault_error(PTR_ERR(page));
	if (!page)
		return 0;

	first = max(place->offset & ~(FAULT_AROUND - 1UL), start);
	end = min((place->offset | (FAULT_AROUND - 1UL)) + 1, end);
	for (offset = first; offset < end; offset++) {
		page = gs_residency_share(fault->pool, fault->slot, offset, &writable, &unreported);
		if (IS_ERR_OR_NULL(page))
			continue;
		ptes[count++] = (struct gs_pte){
			.page = page,
			.pgoff = vmf->pgoff + offset - place->offset,
			.writable = writable,
		};
	}
	gs_dirty_note_install(fault->pool, fault->slot);
	ret = gs_pte_install(vmf->vma, ptes, count);
	return ret ? fault_error(ret) : VM_FAULT_NOPAGE;
}

static vm_fault_t guard_hit(struct fault *fault)
{
	struct gs_slot *slot = fault->slot;

	lockdep_assert_held(&slot->lock);
	trace_guardslot_guard_hit(fault->pool, fault->place.slot, fault->vmf->real_address);
	slot->counters.guard_hits++;
	return VM_FAULT_SIGSEGV;
}

static vm_fault_t serve(struct fault *fault)
{
	struct gs_pool *pool = fault->pool;
	struct gs_slot *slot = fault->slot;
	const struct gs_place *place = &fault->place;
	bool write = fault->vmf->flags & FAULT_FLAG_WRITE;
	bool first = !gs_resident_count(slot);
	vm_fault_t ret = 0;

	lockdep_assert_held(&slot->lock);
	if (place->page >= slot->limits[place->area])
		return guard_hit(fault);
	slot->counters.faults++;
	if (!write)
		ret = map_shared(fault);
	if (!ret)
		ret = map_private(fault);
	/* This saves faults only: a page that it cannot map faults later. */
	if (first && pool->flags & GUARDSLOT_CREATE_PREFAULT && ret == VM_FAULT_NOPAGE)
		gs_populate_write_set(pool, slot, fault->vmf->vma, place->offset, &fault->hit);
	trace_guardslot_fault(pool, place->slot, place->offset, write, ret);
	return ret;
}

/* Sends the events of a fault. The caller holds the lock of the mapping only. */
static void report(const struct fault *fault, vm_fault_t ret)
{
	const struct vm_fault *vmf = fault->vmf;
	u64 offset = gs_pages_to_bytes(vmf->pgoff) + offset_in_page(vmf->real_address);

	if (ret == VM_FAULT_SIGSEGV)
		gs_event_guard_hit(fault->pool, fault->place.slot, offset);
	gs_event_cap_reached(fault->pool, &fault->hit);
}

static vm_fault_t gs_fault(struct vm_fault *vmf)
{
	struct gs_pool *pool = vmf->vma->vm_private_data;
	struct fault fault = { .vmf = vmf, .pool = pool };
	bool inside = !gs_layout_find(&pool->layout, vmf->pgoff, &fault.place);
	vm_fault_t ret;

	fault.slot = gs_slot_table_at(pool->slots, fault.place.slot);
	mutex_lock(&fault.slot->lock);
	ret = inside ? serve(&fault) : guard_hit(&fault);
	mutex_unlock(&fault.slot->lock);
	report(&fault, ret);
	return ret;
}

/*
 * A write to a page that is mapped read-only: one of the image's, or a private
 * one after mprotect(). The entry is removed, and the fault is served as if there
 * had been none.
 */
static vm_fault_t gs_pfn_mkwrite(struct vm_fault *vmf)
{
	struct gs_pool *pool = vmf->vma->vm_private_data;
	struct fault fault = { .vmf = vmf, .pool = pool };
	vm_fault_t ret;

	if (WARN_ON_ONCE(gs_layout_find(&pool->layout, vmf->pgoff, &fault.place)))
		return VM_FAULT_SIGSEGV;
	fault.slot = gs_slot_table_at(pool->slots, fault.place.slot);
	mutex_lock(&fault.slot->lock);
	if (gs_residency_find(fault.slot, fault.place.offset))
		gs_pool_unmap(pool, vmf->pgoff, 1);
	ret = serve(&fault);
	mutex_unlock(&fault.slot->lock);
	report(&fault, ret);
	return ret;
}

/*
 * Maps nothing: page tables cannot be allocated here, and .fault maps the
 * neighbours. It exists because the kernel calls .fault and .pfn_mkwrite of a VMA
 * without .map_pages only under the mmap lock.
 */
static vm_fault_t gs_map_pages(struct vm_fault *vmf, pgoff_t start, pgoff_t end)
{
	return 0;
}

/* A VMA is split or moved within its process. */
static void gs_open(struct vm_area_struct *vma)
{
	struct gs_pool *pool = vma->vm_private_data;

	gs_mapping_add_part(&pool->mapping);
	gs_rss_open(&pool->rss, vma->vm_mm);
}

static void gs_close(struct vm_area_struct *vma)
{
	struct gs_pool *pool = vma->vm_private_data;

	gs_rss_close(&pool->rss, vma->vm_mm);
	gs_mapping_remove_part(&pool->mapping);
}

/* The old VMA goes away after this, or stays when memory for its parts is short. */
static int gs_mremap(struct vm_area_struct *vma)
{
	struct gs_pool *pool = vma->vm_private_data;

	gs_mapping_note_move(&pool->mapping);
	return 0;
}

const struct vm_operations_struct gs_fault_vm_ops = {
	.open = gs_open,
	.close = gs_close,
	.mremap = gs_mremap,
	.fault = gs_fault,
	.pfn_mkwrite = gs_pfn_mkwrite,
	.map_pages = gs_map_pages,
	.access = gs_access,
};
