// SPDX-License-Identifier: GPL-2.0-only
/*
 * This file alone installs and changes page-table entries.
 *
 * They are special entries, pfn only: nothing can take a reference on a slot's
 * page through them. Of the functions that every supported kernel exports, only
 * apply_to_page_range() makes a table; one that is there is locked here, as
 * pte_offset_map_lock() does, which is not exported.
 */
#include <linux/mm.h>
#include <linux/mmdebug.h>
#include <linux/pgtable.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>

#include "engine/pte.h"
#include "objects/resident.h"

/*
 * Entries to be installed.
 *
 * @at: the next one, before @end
 */
struct install {
	struct vm_area_struct *vma;
	const struct gs_pte *at;
	const struct gs_pte *end;
	pgprot_t prot;
};

/*
 * The entry of a page that is not private must never be dirty: mprotect() makes a dirty
 * entry of a shared mapping writable without a fault. That of a private page always is,
 * also where it is read-only: the dirty bit of an entry that it had before is lost.
 */
static pte_t make_pte(const struct install *install, const struct gs_pte *what)
{
	pte_t pte = pfn_pte(page_to_pfn(what->page), install->prot);

	if (what->writable)
		pte = pte_mkdirty(pte);
	if (what->writable && install->vma->vm_flags & VM_WRITE)
		return pte;
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

static void install_one(const struct install *install, const struct gs_pte *what, pte_t *ptep,
			unsigned long addr)
{
	/*
	 * A present entry is from a fault that came first, with the same page. An
	 * entry that is neither present nor none is userfaultfd's marker for a write
	 * that it wants to see; it has seen it now.
	 */
	if (pte_present(ptep_get(ptep)))
		return;
	set_entry(install->vma->vm_mm, addr, ptep, pte_mkspecial(make_pte(install, what)));
	/* For processors that remember entries which were not there: one fault less. */
	update_mmu_cache(install->vma, addr, ptep);
}

/*
 * Calls @fn with the entry for an address under the lock of the table that @pmdp, which may
 * be NULL, is the entry of; false when there is no table. The caller holds the mmap lock or
 * the VMA's, so that the tables above stay. Since 6.14 one that is empty may be taken away
 * even so, under its lock; it is freed after an RCU grace period.
 */
static __always_inline bool with_table(struct mm_struct *mm, pmd_t *pmdp, unsigned long addr,
				       pte_fn_t fn, void *data)
{
	spinlock_t *lock;
	pmd_t pmd;
	bool same;

	if (!pmdp)
		return false;
	rcu_read_lock();
	pmd = READ_ONCE(*pmdp);
	if (!pmd_present(pmd) || pmd_leaf(pmd)) {
		rcu_read_unlock();
		return false;
	}
	lock = pte_lockptr(mm, &pmd);
	spin_lock(lock);
	same = pmd_same(pmd, READ_ONCE(*pmdp));
	if (likely(same))
		fn(pte_offset_kernel(&pmd, addr), addr, data);
	spin_unlock(lock);
	rcu_read_unlock();
	return same;
}

static bool is_shown(struct vm_area_struct *vma, unsigned long pgoff)
{
	/* What lies before the VMA wraps around, and is as far. */
	return pgoff - vma->vm_pgoff < vma_pages(vma);
}

/*
 * Called with the entry of the next page, and the lock of its table. All that follow and
 * have theirs in the same table are installed with it: a walk from the top for each would
 * cost more than the entry.
 */
static int install_table(pte_t *ptep, unsigned long addr, void *data)
{
	struct install *install = data;
	unsigned long index = (addr >> PAGE_SHIFT) % PTRS_PER_PTE, at = index;
	unsigned long base = install->at->pgoff - index;

	do {
		install_one(install, install->at, ptep + at - index,
			    addr + ((at - index) << PAGE_SHIFT));
		if (++install->at == install->end)
			break;
		/* What lies before the table wraps around, and is as far. */
		at = install->at->pgoff - base;
	} while (at < PTRS_PER_PTE && is_shown(install->vma, install->at->pgoff));
	return 0;
}

/*
 * Maps @count pages of the slab, as far as the VMA shows them. In the order of their
 * offsets they cost least. The caller holds the mmap lock or the VMA's, and the slot's lock,
 * so that no page goes away meanwhile. -ENOMEM when there is no memory for page tables;
 * some entries may be in place then.
 */
int gs_pte_install(struct vm_area_struct *vma, const struct gs_pte *ptes, unsigned int count)
{
	struct install install = {
		.vma = vma,
		.at = ptes,
		.end = ptes + count,
		/* Not vm_page_prot, which is read-only because of pfn_mkwrite. */
		.prot = vm_get_page_prot(vma->vm_flags),
	};

	/*
	 * Orders the pages' content before the entries: another CPU's table walker
	 * must not find an entry and then what the page held before.
	 */
	smp_wmb();
	while (install.at < install.end) {
		unsigned long page = install.at->pgoff - vma->vm_pgoff;
		unsigned long addr = vma->vm_start + (page << PAGE_SHIFT);
		int ret;

		if (!is_shown(vma, install.at->pgoff)) {
			install.at++;
			continue;
		}
		if (with_table(vma->vm_mm, gs_compat_find_pmd(vma->vm_mm, addr), addr,
			       install_table, &install))
			continue;
		ret = apply_to_page_range(vma->vm_mm, addr, PAGE_SIZE, install_table, &install);
		if (ret)
			return ret;
	}
	return 0;
}

static int install_faulting(pte_t *ptep, unsigned long addr, void *data)
{
	struct install *install = data;

	install_one(install, install->at, ptep, addr);
	return 0;
}

/* The same for the page at which a fault is, whose table the kernel has found. */
int gs_pte_install_faulting(struct vm_fault *vmf, const struct gs_pte *pte)
{
	struct install install = {
		.vma = vmf->vma,
		.at = pte,
		.prot = vm_get_page_prot(vmf->vma->vm_flags),
	};

	/* As in gs_pte_install(). */
	smp_wmb();
	if (with_table(vmf->vma->vm_mm, vmf->pmd, vmf->address, install_faulting, &install))
		return 0;
	return gs_pte_install(vmf->vma, pte, 1);
}

/*
 * A walk over the entries of a slot's private pages.
 *
 * @first: number of the virtual page that shows the slot's first page
 * @look: the number of this look
 * @at: the next page to look at, before @end
 */
struct clean {
	struct mm_struct *mm;
	unsigned long first;
	u8 look;
	struct gs_resident *at;
	struct gs_resident *end;
	struct gs_pte_found found;
};

/* Looks without a write after which a page is given back, and how often that is asked. */
#define COLD_LOOKS 64
#define COLD_EVERY 8
/* Looks that take as long as asking that. */
#define AGE_LOOKS 2

/*
 * The exchange with none and back loses no write: a processor that wants to set the
 * dirty bit finds the entry gone, and its fault waits for the slot's lock.
 */
static void mark_written(struct clean *clean, struct gs_resident *page, pte_t *ptep,
			 unsigned long addr)
{
	pte_t pte = ptep_get_and_clear(clean->mm, addr, ptep);

	set_entry(clean->mm, addr, ptep, pte_mkclean(pte));
	page->written = true;
	page->seen = clean->look;
	clean->found.written++;
}

static void look_closer(struct clean *clean, struct gs_resident *page, pte_t *ptep,
			unsigned long addr)
{
	pte_t pte = ptep_get(ptep);

	if (!pte_present(pte)) {
		page->absent = true;
		clean->found.absent++;
		return;
	}
	if (page->written || pte_dirty(pte)) {
		mark_written(clean, page, ptep, addr);
		return;
	}
	page->cold = (u8)(clean->look - page->seen) >= COLD_LOOKS;
	clean->found.cold += page->cold;
}

/*
 * Looks at the entries of the next page and of all that follow it and have theirs in the
 * same table. Most are present and clean, and of these only every some looks see the age.
 */
static __always_inline void walk_table(struct clean *clean, pte_t *table, unsigned long base,
				       bool ages)
{
	struct gs_resident *page, *end = clean->end;

	for (page = clean->at; page < end; page++) {
		/* What lies before the table wraps around, and is as far. */
		unsigned long index = page->offset - base;
		pte_t pte;

		if (index >= PTRS_PER_PTE)
			break;
		pte = ptep_get(table + index);
		VM_WARN_ON_ONCE(pte_present(pte) && pte_pfn(pte) != PHYS_PFN(__pa(page->data)));
		if (ages || !pte_present(pte) || pte_dirty(pte) || page->written)
			look_closer(clean, page, table + index,
				    (clean->first + page->offset) << PAGE_SHIFT);
	}
	clean->at = page;
}

static bool sees_ages(const struct clean *clean)
{
	return clean->look % COLD_EVERY == 0;
}

/*
 * Called with the entry of the next page, and the lock of its table: a walk from the top
 * for each entry would cost more than the look.
 */
static int clean_table(pte_t *ptep, unsigned long addr, void *data)
{
	struct clean *clean = data;
	unsigned long index = (addr >> PAGE_SHIFT) % PTRS_PER_PTE;
	unsigned long base = clean->at->offset - index;

	if (sees_ages(clean))
		walk_table(clean, ptep - index, base, true);
	else
		walk_table(clean, ptep - index, base, false);
	return 0;
}

/*
 * Clears the dirty bits of the slot's private pages, from number @first up to @end, in a VMA
 * that shows all of the slot, and marks the pages that had one as written, and those that
 * have no entry as absent. The slot begins at @pgoff of the slab. Until the TLBs are flushed
 * a processor can write without setting the bit again. Marks pages as cold that were not
 * written for long. It ends early, at number @first + @looked, where the pages are far from
 * each other. The caller holds the mmap lock and the slot's.
 */
struct gs_pte_found gs_pte_clean(struct vm_area_struct *vma, unsigned long pgoff,
				 struct gs_slot *slot, u32 first, u32 end)
{
	struct clean clean = {
		.mm = vma->vm_mm,
		.first = (vma->vm_start >> PAGE_SHIFT) + (pgoff - vma->vm_pgoff),
		.look = slot->residents->tracking.looks,
		.at = slot->residents->pages + first,
		.end = slot->residents->pages + end,
	};
	struct gs_pte_found *found = &clean.found;

	lockdep_assert_held(&slot->lock);
	while (clean.at < clean.end && found->tables < GS_PTE_TABLES) {
		struct gs_resident *page = clean.at;
		unsigned long addr = (clean.first + page->offset) << PAGE_SHIFT;

		/* apply_to_page_range() would make a table. */
		if (!with_table(clean.mm, gs_compat_find_pmd(clean.mm, addr), addr, clean_table,
				&clean) &&
		    gs_compat_has_page_table(clean.mm, addr))
			apply_to_page_range(clean.mm, addr, PAGE_SIZE, clean_table, &clean);
		if (clean.at == page) {
			page->absent = true;
			found->absent++;
			clean.at++;
		}
		found->tables++;
		cond_resched();
	}
	found->looked = clean.at - (slot->residents->pages + first);
	found->closer = sees_ages(&clean) ? AGE_LOOKS * found->looked :
					    found->written + found->absent;
	return *found;
}
