/* SPDX-License-Identifier: GPL-2.0-only */
/* Resets that copy only what was written. */
#ifndef _GS_DIRTY_H
#define _GS_DIRTY_H

#include "engine/plan.h"
#include "objects/pool.h"
#include "objects/resident.h"

struct mm_struct;

/*
 * The looks of a round of a call, which share a flush, on the stack of the task that called.
 *
 * @slots: how many the round has at most
 * @mm: where dirty bits were cleared, locked for reading; NULL: nowhere yet
 * @flush_at: a page of the slab that @mm shows
 * @flush: a TLB may have a dirty entry that the page table has not
 * @missed: a search found no VMA that shows all of a slot; there is no other search
 * @flushes: that were done, and are to be counted
 * @work: what was done while an mm was locked, in looks
 * @since: what that was when @mm was locked
 */
struct gs_dirty {
	u32 slots;
	struct mm_struct *mm;
	unsigned long flush_at;
	bool flush;
	bool missed;
	u32 flushes;
	u64 work;
	u64 since;
};

/* The mmap lock is held for about as long as this many looks take. */
#define GS_DIRTY_WORK GS_PAGES_IN(SZ_128M)
/* Looks that take as long as a page that is copied. */
#define GS_DIRTY_COPY_WORK 32ULL

int __gs_dirty_lock(struct gs_dirty *dirty);
bool __gs_dirty_collect(struct gs_pool *pool, struct gs_slot *slot, struct gs_dirty *dirty);
void __gs_dirty_flush(struct gs_pool *pool, struct gs_dirty *dirty);
void __gs_dirty_add_work(struct gs_pool *pool, struct gs_dirty *dirty, u64 work);
void gs_dirty_copy(struct gs_slot *slot, struct gs_dirty *dirty);

/* Before the first slot of a round of so many. -EINTR: the task is being killed. */
static inline int gs_dirty_begin(struct gs_dirty *dirty, u32 slots)
{
	dirty->slots = slots;
	dirty->flush = false;
	dirty->flushes = 0;
	dirty->work = 0;
	dirty->missed = false;
	dirty->mm = NULL;
	return gs_plan_mode() == GS_PLAN_LOOK ? __gs_dirty_lock(dirty) : 0;
}

/*
 * The first phase, under the slot's lock: finds out what was written, and marks it. The
 * slot is reset by gs_dirty_copy(), after gs_dirty_flush(). False when the plan is not
 * to look, or when a look cannot tell; then the caller copies all pages.
 */
static inline bool gs_dirty_collect(struct gs_pool *pool, struct gs_slot *slot,
				    struct gs_dirty *dirty)
{
	if (!gs_resident_count(slot) || !gs_plan_looks(slot, dirty->slots))
		return false;
	return __gs_dirty_collect(pool, slot, dirty);
}

/* The second phase: flushes the TLBs if that is needed, and drops the mmap lock. */
static inline void gs_dirty_flush(struct gs_pool *pool, struct gs_dirty *dirty)
{
	if (dirty->mm)
		__gs_dirty_flush(pool, dirty);
}

/*
 * To be called before so much is done in the first phase beside looks. If that is too much to
 * do at once, the flush comes before it, and the mmap lock is not held meanwhile. What is looked
 * at later has a flush of its own.
 */
static inline void gs_dirty_add_work(struct gs_pool *pool, struct gs_dirty *dirty, u64 work)
{
	if (dirty->mm)
		__gs_dirty_add_work(pool, dirty, work);
}

/*
 * To be called before a writable entry is installed. One that is not the page's only one
 * may be written and go away, with its dirty bit, between two resets.
 */
static inline void gs_dirty_note_install(struct gs_pool *pool, struct gs_slot *slot)
{
	if (!gs_mapping_is_single(&pool->mapping))
		gs_resident_set_untracked(slot);
}

#endif /* _GS_DIRTY_H */
