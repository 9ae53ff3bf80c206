// SPDX-License-Identifier: GPL-2.0-only
/*
 * This file alone installs page-table entries.
 *
 * They are special entries, pfn only: nothing can take a reference on a slot's
 * page through them. Of the functions that every supported kernel exports, only
 * apply_to_page_range() installs several with a protection each.
 */
#include <linux/mm.h>
#include <linux/pgtable.h>

#include "engine/pte.h"

struct install {
	struct vm_area_struct *vma;
	const struct gs_pte *next;
	pgprot_t prot;
};

/*
 * A read-only entry must never be dirty: mprotect() makes a dirty entry of a shared
 * mapping writable without a fault.
 */
static pte_t make_pte(const struct install *install, const struct gs_pte *what)
{
	pte_t pte = pfn_pte(page_to_pfn(what->page), install->prot);

	if (what->writable && install->vma->vm_flags & VM_WRITE)
		return pte_mkdirty(pte);
	return pte_wrprotect(pte);
}

/*
 * set_pte_at() for an entry that was not present, of a page that is never executed. That
 * of some architectures also calls what no module can: riscv's to make instructions
 * visible, arm64's to check a change of a present entry where there is CONFIG_DEBUG_VM.
 */
static void set_entry(struct mm_struct *mm, unsigned long addr, pte_t *ptep, pte_t pte)
{
	gs_compat_page_table_check_set(mm, addr, ptep, pte);
	set_pte(ptep, pte);
}

static int install_one(pte_t *ptep, unsigned long addr, void *data)
{
	struct install *install = data;
	const struct gs_pte *what = install->next++;

	/*
	 * A present entry is from a fault that came first, with the same page. An
	 * entry that is neither present nor none is userfaultfd's marker for a write
	 * that it wants to see; it has seen it now.
	 */
	if (!what->page || pte_present(ptep_get(ptep)))
		return 0;
	set_entry(install->vma->vm_mm, addr, ptep, pte_mkspecial(make_pte(install, what)));
	/* For processors that remember entries which were not there: one fault less. */
	update_mmu_cache(install->vma, addr, ptep);
	return 0;
}

/*
 * Maps @count pages of the slab from @pgoff on, as far as the VMA shows them.
 * The caller holds the mmap lock or the VMA's, and the slot's lock, so that no
 * page goes away meanwhile. -ENOMEM when there is no memory for page tables;
 * some entries may be in place then.
 */
int gs_pte_install(struct vm_area_struct *vma, unsigned long pgoff, const struct gs_pte *ptes,
		   unsigned long count)
{
	unsigned long first = max(pgoff, vma->vm_pgoff);
	unsigned long end = min(pgoff + count, vma->vm_pgoff + vma_pages(vma));
	struct install install = {
		.vma = vma,
		.next = ptes + (first - pgoff),
		/* Not vm_page_prot, which is read-only because of pfn_mkwrite. */
		.prot = vm_get_page_prot(vma->vm_flags),
	};

	if (first >= end)
		return 0;
	/*
	 * Orders the pages' content before the entries: another CPU's table walker
	 * must not find an entry and then what the page held before.
	 */
	smp_wmb();
	return apply_to_page_range(vma->vm_mm,
				   vma->vm_start + ((first - vma->vm_pgoff) << PAGE_SHIFT),
				   (end - first) << PAGE_SHIFT, install_one, &install);
}
