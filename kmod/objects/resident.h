/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _GS_RESIDENT_H
#define _GS_RESIDENT_H

#include <linux/lockdep.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/sizes.h>

#include "objects/pages.h"
#include "objects/slot.h"

/* Pages between two calls of cond_resched(). */
#define GS_RESIDENT_BLOCK GS_PAGES_IN(SZ_1M)

/* Bytes of the array that a walk which copies no page sees between two cond_resched(). */
#define GS_RESIDENT_WALK SZ_64K

/*
 * A private page, with all that a reset needs of it.
 *
 * @source: the image's content, read only; NULL: zero
 * @offset: in pages, from the slot's first page
 * @written: the content may not be @source's, and no dirty bit says so
 * @absent: it had no page-table entry when the reset looked, or the reset did not look
 * @cold: the reset gives it back, as it was not written for long, or as its memory or
 *        that of @source has failed
 * @seen: number of the look, modulo 256, that last found it written
 *
 * @absent and @cold are false outside of the hold of the slot's lock in which they are set.
 */
struct gs_resident {
	void *data;
	void *source;
	unsigned long offset : 48;
	unsigned long written : 1;
	unsigned long absent : 1;
	unsigned long cold : 1;
	unsigned long seen : 8;
};

/*
 * What resets know of the dirty bits of a slot. plan.c decides by it and writes it, but
 * for the first two and @looks, which are dirty.c's.
 *
 * @cleaner: the call that cleared dirty bits last; compared, never followed
 * @untracked: pages may have been written where no dirty bit of ours can tell
 * @cleared: all dirty bits were cleared once, and what is set now was set since
 * @looks: number of the last look, modulo 256
 * @looking: each reset looks
 * @vain: how often it did not pay, at most 255
 * @failures: how often memory had failed when the pages were last looked through for
 *            such as have, modulo 65536 (poison.c)
 * @credit: pages that resets may still copy before the next decision; none while each looks
 * @patience: how many these were after the last one; 0: there was none for these pages
 * @known: how many pages the slot had when that was decided
 * @average: of the pages that were found written
 */
struct gs_tracking {
	const void *cleaner;
	bool untracked;
	bool cleared;
	u8 looks;
	bool looking;
	u8 vain;
	u16 failures;
	s32 credit;
	u32 patience;
	u32 known;
	u32 average;
};

/*
 * The private pages of a slot, in the order in which they came; protected by the
 * slot's lock.
 *
 * @room: entries that fit; 0: shared by all slots without pages, and never written
 * @bytes: what the array is charged as
 * @reclaim: (reclaim_list.c) the slot's place on the list of slots with private pages
 */
struct gs_residents {
	u32 count;
	u32 room;
	u32 bytes;
	struct gs_reclaim_entry *reclaim;
	struct gs_tracking tracking;
	struct gs_resident pages[];
};

struct gs_cap_hit;
struct gs_owner;

int __gs_resident_grow(struct gs_slot *slot, const struct gs_owner *owner, struct gs_cap_hit *hit);
void gs_resident_remove_range(struct gs_slot *slot, unsigned long first, unsigned long end);
void gs_resident_remove_cold(struct gs_slot *slot);
void gs_resident_note_failure(struct gs_slot *slot, struct gs_resident *page);
void gs_resident_set_sources(struct gs_slot *slot, struct gs_image *image);
void gs_resident_init(struct gs_slot *slot);
void gs_resident_clear(struct gs_slot *slot, const struct gs_owner *owner);

static inline u32 gs_resident_count(const struct gs_slot *slot)
{
	lockdep_assert_held(&slot->lock);
	return slot->residents->count;
}

static inline struct gs_resident *gs_resident_end(const struct gs_slot *slot)
{
	return slot->residents->pages + slot->residents->count;
}

/* Declares @_page and walks from number @_first on; no entry may be added meanwhile. */
#define gs_resident_for_each_from(_page, _slot, _first)                        \
	for (struct gs_resident *_page = (_slot)->residents->pages + (_first), \
				*_page##_end = gs_resident_end(_slot);         \
	     _page < _page##_end; _page++)

#define gs_resident_for_each(_page, _slot) gs_resident_for_each_from(_page, _slot, 0)

/* For each step of a walk that does little: lets other tasks run now and then. */
static inline void gs_resident_breathe(const struct gs_resident *at)
{
	if ((unsigned long)at % GS_RESIDENT_WALK < sizeof(*at))
		cond_resched();
}

/* Makes room for one more page. -ENOSPC: over the cap *hit, or too many; -ENOMEM. */
static inline int gs_resident_reserve(struct gs_slot *slot, const struct gs_owner *owner,
				      struct gs_cap_hit *hit)
{
	lockdep_assert_held(&slot->lock);
	if (slot->residents->count < slot->residents->room)
		return 0;
	return __gs_resident_grow(slot, owner, hit);
}

/* The reserved entry, for the caller to fill; it counts from the next function on. */
static inline struct gs_resident *gs_resident_next(struct gs_slot *slot)
{
	return gs_resident_end(slot);
}

static inline void gs_resident_add_next(struct gs_slot *slot)
{
	lockdep_assert_held(&slot->lock);
	slot->residents->count++;
}

/* Pages of the slot may be written from now on where no dirty bit of ours can tell. */
static inline void gs_resident_set_untracked(struct gs_slot *slot)
{
	lockdep_assert_held(&slot->lock);
	if (slot->residents->room)
		slot->residents->tracking.untracked = true;
}

/* Forgets all pages but the @count that came first, of at least one. */
static inline void gs_resident_truncate(struct gs_slot *slot, u32 count)
{
	lockdep_assert_held(&slot->lock);
	slot->residents->count = count;
}

/* Under the same hold of the lock gs_poison_finish() has to follow. */
static __always_inline void gs_resident_restore_page(struct gs_slot *slot,
						     struct gs_resident *resident)
{
	if (!resident->source)
		clear_page(resident->data);
	else if (unlikely(!gs_copy_page(resident->data, resident->source)))
		gs_resident_note_failure(slot, resident);
}

/*
 * Restores the content of every private page: the whole of a reset in the steady
 * state. It is one pass, without a look-up, an allocation or a page table.
 */
static __always_inline void gs_resident_restore(struct gs_slot *slot)
{
	struct gs_resident *at, *end;

	lockdep_assert_held(&slot->lock);
	at = slot->residents->pages;
	end = gs_resident_end(slot);
	for (; end - at > GS_RESIDENT_BLOCK; cond_resched()) {
		struct gs_resident *block_end = at + GS_RESIDENT_BLOCK;

		for (; at < block_end; at++)
			gs_resident_restore_page(slot, at);
	}
	for (; at < end; at++)
		gs_resident_restore_page(slot, at);
}

#endif /* _GS_RESIDENT_H */
