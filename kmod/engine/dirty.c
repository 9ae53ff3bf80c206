// SPDX-License-Identifier: GPL-2.0-only
/*
 * Clean, flush, copy: a reset that copies only what was written. The proof is in
 * docs/architecture.md; in short:
 *
 * - A page is left alone only if its one page-table entry is there and not dirty, and
 *   nothing else than that entry can have written it since its last copy.
 * - A page whose dirty bit is cleared is marked as written first, and the mark goes only
 *   when it is copied. Whoever ends in between loses nothing.
 * - It is copied after the TLBs were flushed, and so after the last write that a processor
 *   could do without setting the bit again.
 */
#include <linux/ktime.h>
#include <linux/math.h>
#include <linux/minmax.h>
#include <linux/mm_inline.h>
#include <linux/mmap_lock.h>
#include <linux/mmu_notifier.h>

#include "engine/dirty.h"
#include "engine/plan.h"
#include "engine/price.h"
#include "engine/pte.h"
#include "engine/residency.h"

/* Fewer entries than these are not worth to be timed. */
#define TIMED_ENTRIES 64
/* Pages of one slot that are looked at before the work so far is looked at. */
#define LOOK_PART ((u32)GS_PAGES_IN(SZ_4M))
/* Looks that take as long as going to a page table. */
#define TABLE_WORK 12
/* Looks that take as long as a page that is unmapped by itself and given back. */
#define FREE_WORK 256ULL
/* Entries of a slot's array that a walk passes, without touching their pages, in a look. */
#define WALK_ENTRIES 4

/* The mmap lock is held. Whoever gathers entries of this mm from now on flushes all of it. */
static void begin_cleaning(struct gs_dirty *dirty)
{
	dirty->mm = current->mm;
	dirty->since = dirty->work;
	inc_tlb_flush_pending(dirty->mm);
}

/* gs_dirty_begin() where all slots are looked at. */
int __gs_dirty_lock(struct gs_dirty *dirty)
{
	if (mmap_read_lock_killable(current->mm))
		return -EINTR;
	begin_cleaning(dirty);
	return 0;
}

/*
 * The mmap lock is outside of the slot's, so here it can only be tried. Where it is busy
 * the slot is copied whole.
 */
static bool lock_mm(struct gs_dirty *dirty)
{
	if (dirty->mm)
		return true;
	if (!mmap_read_trylock(current->mm))
		return false;
	begin_cleaning(dirty);
	return true;
}

/*
 * The VMA by whose entries it can be told which pages were written; NULL where there may
 * be other ways to write them: another mapping, or a device or a guest with page tables
 * of its own, which mmu notifiers keep up to date.
 */
static struct vm_area_struct *find_tracked(struct gs_pool *pool, struct gs_slot *slot,
					   struct gs_dirty *dirty)
{
	struct vm_area_struct *vma;

	if (!gs_mapping_is_single(&pool->mapping)) {
		slot->counters.whole_mapped++;
		return NULL;
	}
	if (mm_has_notifiers(dirty->mm)) {
		slot->counters.whole_notified++;
		return NULL;
	}
	/* One search that finds nothing is enough for a round: it visits all VMAs. */
	vma = dirty->missed ? gs_mapping_find(pool, slot) : gs_mapping_search(pool, slot);
	if (!vma) {
		slot->counters.whole_unmapped++;
		dirty->missed = true;
	}
	return vma;
}

static u64 walk_work(u32 entries)
{
	return entries / WALK_ENTRIES;
}

/* Copies the pages without an entry: no processor can write them, nor a stale TLB. */
static void copy_absent(struct gs_slot *slot)
{
	u32 copied = 0;

	gs_resident_for_each(page, slot) {
		gs_resident_breathe(page);
		if (!page->absent)
			continue;
		gs_resident_restore_page(slot, page);
		page->absent = false;
		if (++copied % GS_RESIDENT_BLOCK == 0)
			cond_resched();
	}
}

static void mark_all(struct gs_slot *slot)
{
	gs_resident_for_each(page, slot) {
		gs_resident_breathe(page);
		page->written = true;
	}
}

static struct gs_pte_found clean(struct vm_area_struct *vma, unsigned long pgoff,
				 struct gs_slot *slot, u32 first, u32 end)
{
	struct gs_pte_found found;
	u64 start;

	if (end - first < TIMED_ENTRIES)
		return gs_pte_clean(vma, pgoff, slot, first, end);
	start = ktime_get_ns();
	found = gs_pte_clean(vma, pgoff, slot, first, end);
	gs_price_note_look(ktime_get_ns() - start, found.looked + GS_PRICE_MARK * found.written);
	return found;
}

/* The VMA to look at, with the mmap lock held; NULL where a look is not possible. */
static struct vm_area_struct *begin_look(struct gs_pool *pool, struct gs_slot *slot,
					 struct gs_dirty *dirty)
{
	struct vm_area_struct *vma;

	if (!lock_mm(dirty))
		return NULL;
	vma = find_tracked(pool, slot, dirty);
	if (!vma)
		gs_plan_give_up(slot, dirty->slots);
	return vma;
}

/* The looks for which the mm has been locked. */
static u64 held(const struct gs_dirty *dirty)
{
	return dirty->work - dirty->since;
}

/* In looks. */
static u64 look_work(const struct gs_pte_found *found)
{
	return found->looked + found->closer + (GS_PRICE_MARK - 1) * found->written +
	       TABLE_WORK * found->tables;
}

/*
 * Looks at the slot's pages in parts, and between two of them lets others have the mmap lock
 * if it was held for long. Returns at how many pages: if the lock is not free then, or a look
 * not possible any more, it leaves the others.
 */
static u32 look(struct gs_pool *pool, struct gs_slot *slot, struct vm_area_struct *vma,
		struct gs_dirty *dirty, struct gs_pte_found *sum)
{
	unsigned long pgoff = gs_pool_slot_start(pool, slot);
	u32 at = 0, count = gs_resident_count(slot);

	while (vma) {
		struct gs_pte_found found = clean(vma, pgoff, slot, at, min(count, at + LOOK_PART));

		/* A mark of before may be of a call whose flush is not done yet. */
		dirty->flush |= found.written;
		dirty->flush_at = pgoff + pool->layout.stride - 1;
		dirty->work += look_work(&found);
		sum->written += found.written;
		sum->absent += found.absent;
		sum->cold += found.cold;
		at += found.looked;
		if (at == count)
			break;
		if (held(dirty) < GS_DIRTY_WORK)
			continue;
		__gs_dirty_flush(pool, dirty);
		vma = begin_look(pool, slot, dirty);
	}
	return at;
}

/* Slots that share the flush, if they all are like this one, which took so much work. */
static u32 sharers(const struct gs_dirty *dirty, u64 work)
{
	return min_t(u64, dirty->slots, DIV64_U64_ROUND_UP(GS_DIRTY_WORK, work));
}

/* Those from number @first on have no look: they are copied like those without an entry. */
static void leave(struct gs_slot *slot, u32 first)
{
	gs_resident_for_each_from(page, slot, first) {
		gs_resident_breathe(page);
		page->absent = true;
	}
}

/* The @untold pages that have no entry, or come after the @looked ones. */
static void copy_untold(struct gs_pool *pool, struct gs_slot *slot, struct gs_dirty *dirty,
			u32 looked, u32 untold)
{
	gs_dirty_add_work(pool, dirty,
			  GS_DIRTY_COPY_WORK * untold + walk_work(gs_resident_count(slot)));
	leave(slot, looked);
	copy_absent(slot);
}

static void drop_cold(struct gs_pool *pool, struct gs_slot *slot, struct gs_dirty *dirty, u32 cold)
{
	/* To mark them, to take them out, and to close the gaps. */
	gs_dirty_add_work(pool, dirty, FREE_WORK * cold + 3 * walk_work(gs_resident_count(slot)));
	gs_residency_drop_cold(pool, slot);
	gs_plan_note_loss(slot);
}

static void count_look(struct gs_slot *slot, u32 looked, const struct gs_pte_found *found)
{
	slot->counters.looks++;
	slot->counters.given_back_pages += found->cold;
	slot->counters.absent_pages += found->absent;
	slot->counters.skipped_pages += looked - found->written - found->absent - found->cold;
}

/* gs_dirty_collect() where the plan is to look. */
bool __gs_dirty_collect(struct gs_pool *pool, struct gs_slot *slot, struct gs_dirty *dirty)
{
	struct gs_tracking *tracking = &slot->residents->tracking;
	u32 looked, rest, count = gs_resident_count(slot);
	struct vm_area_struct *vma;
	struct gs_pte_found found = {};
	u64 before;

	lockdep_assert_held(&slot->lock);
	/* Of any size. Those that the look leaves keep the mark until another copies them. */
	if (tracking->untracked) {
		gs_dirty_flush(pool, dirty);
		mark_all(slot);
	}
	vma = begin_look(pool, slot, dirty);
	if (!vma)
		return false;
	tracking->looks++;
	before = dirty->work;
	looked = look(pool, slot, vma, dirty, &found);
	rest = count - looked;
	/* What was left may have marks of another call, whose flush is still to come. */
	tracking->cleaner = rest ? NULL : dirty;
	tracking->untracked = false;
	count_look(slot, looked, &found);
	if (!rest)
		gs_plan_judge(slot, found.written + found.absent,
			      sharers(dirty, dirty->work - before));
	if (rest || found.absent)
		copy_untold(pool, slot, dirty, looked, found.absent + rest);
	/* Last, as this may be all that the slot has. */
	if (found.cold || slot->failed)
		drop_cold(pool, slot, dirty, found.cold);
	return true;
}

/*
 * gs_dirty_flush() where the mm is locked; it needs no lock of a slot. The kernel has no
 * function for modules that flushes the TLBs of a process. But it unmaps ranges, and if it
 * then sees that somebody else has changed entries of the same mm and has not flushed yet,
 * as was announced, it flushes all of the mm itself (tlb_finish_mmu()), whether or not it
 * has unmapped anything. The page that is unmapped is the last one of a slot, in its guard
 * if it has one. If it is in use, its entry is absent at the next reset, and it is copied
 * then.
 */
void __gs_dirty_flush(struct gs_pool *pool, struct gs_dirty *dirty)
{
	u64 start;

	if (dirty->flush) {
		start = ktime_get_ns();
		gs_pool_unmap(pool, dirty->flush_at, 1);
		gs_price_note_flush(dirty->mm, ktime_get_ns() - start);
		dirty->flush = false;
		dirty->flushes++;
	}
	dec_tlb_flush_pending(dirty->mm);
	mmap_read_unlock(dirty->mm);
	dirty->mm = NULL;
	/* Who waits to write the map has been woken, and a reader may come before it. */
	cond_resched();
}

/* gs_dirty_add_work() where the mm is locked. */
void __gs_dirty_add_work(struct gs_pool *pool, struct gs_dirty *dirty, u64 work)
{
	if (held(dirty) + work >= GS_DIRTY_WORK)
		__gs_dirty_flush(pool, dirty);
	else
		dirty->work += work;
}

static void copy_written(struct gs_slot *slot, struct gs_resident *at,
			 const struct gs_resident *end, bool marks_stay)
{
	for (; at < end; at++) {
		if (!at->written)
			continue;
		gs_resident_restore_page(slot, at);
		at->written = marks_stay;
	}
}

/*
 * The third phase, under the slot's lock again: copies what is marked. If another call has
 * cleared dirty bits of the slot meanwhile, its flush is still to come, and the marks stay
 * for its own copies. They also stay after a look that left pages, until the next one.
 */
void gs_dirty_copy(struct gs_slot *slot, struct gs_dirty *dirty)
{
	struct gs_resident *at = slot->residents->pages, *end = gs_resident_end(slot), *block_end;
	bool marks_stay = slot->residents->tracking.cleaner != dirty;

	lockdep_assert_held(&slot->lock);
	slot->counters.flushes += dirty->flushes;
	dirty->flushes = 0;
	for (; at < end; at = block_end, cond_resched()) {
		block_end = min(end, at + GS_RESIDENT_BLOCK);
		copy_written(slot, at, block_end, marks_stay);
	}
}
