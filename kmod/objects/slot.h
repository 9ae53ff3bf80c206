/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _GS_SLOT_H
#define _GS_SLOT_H

#include <linux/align.h>
#include <linux/bits.h>
#include <linux/build_bug.h>
#include <linux/cache.h>
#include <linux/mutex.h>
#include <linux/stddef.h>

#include <guardslot.h>

#include "objects/counters.h"
#include "objects/tree.h"

struct gs_image;
struct gs_layout;
struct gs_residents;

/*
 * One slot. @lock protects every member and the slot's page-table entries: an
 * entry is installed or removed, and a page freed, only under it.
 *
 * Lock order: mmap lock or VMA lock, then @lock, then i_mmap_rwsem and the
 * page-table locks that unmapping takes. Under memory pressure @lock is only
 * ever tried. No user memory is touched under @lock, as that memory can be a
 * slot.
 *
 * slot.c sets the slot up; after that one file writes each member, which stands
 * behind its name.
 *
 * @index: its number in the pool; immutable
 * @pages: (residency.c) every page that may be mapped, by its offset in the slot:
 *         private pages, and pages of the image under a mark, which it counts
 * @residents: (resident.c) the private pages again, as an array
 * @resized: (limit.c) a bit for each area whose limit may not be the image's
 * @parked: (limit.c) a bit for each area: private pages may lie past its limit,
 *          restored and mapped nowhere; read without the lock as a hint
 * @image: (residency.c) what the slot is bound to, with a reference; NULL: none.
 *         It is compared, but not followed, without the lock
 * @failed: (resident.c, poison.c) a copy of the reset at work has failed; its page is cold, or
 *          was taken away already
 * @counters: each by the file that does what it counts: reset.c, dirty.c, purge.c,
 *            fault.c, reclaim.c; also read without the lock
 * @limits: (limit.c) in pages, of as many areas as the pool's slots have
 */
struct gs_slot {
	struct mutex lock;
	struct gs_tree pages;
	struct gs_residents *residents;
	u16 resized;
	u16 parked;
	u32 index;
	struct gs_image *image;
	bool failed;
	struct gs_counters counters;
	unsigned long limits[];
} ____cacheline_aligned_in_smp;

static_assert(sizeof_field(struct gs_slot, resized) * BITS_PER_BYTE >= GUARDSLOT_MAX_AREAS);
static_assert(sizeof_field(struct gs_slot, parked) * BITS_PER_BYTE >= GUARDSLOT_MAX_AREAS);

/*
 * Four cache lines with seven areas; what debugging adds to the mutex and the xarray is not
 * counted.
 */
static_assert(offsetof(struct gs_slot, limits[7]) - sizeof(struct mutex) - sizeof(struct xarray) <=
	      4 * 64 - 48);

/* Bytes of a slot with so many areas: whole cache lines. */
static inline u32 gs_slot_size(u32 area_count)
{
	return ALIGN(offsetof(struct gs_slot, limits[area_count]), __alignof__(struct gs_slot));
}

/*
 * A pool's slots are in blocks of so many, a power of two: the kernel maps a block of any
 * size without a pause.
 */
#define GS_SLOT_BLOCK 4096U

/*
 * Immutable, as it is the slots that change.
 *
 * @slot_size: distance of two slots in a block, in bytes
 */
struct gs_slot_table {
	u32 slot_size;
	void *blocks[];
};

struct gs_slot_table *gs_slot_table_init(const struct gs_layout *layout);
void gs_slot_table_uninit(struct gs_slot_table *table, u32 count);

static inline struct gs_slot *gs_slot_table_at(const struct gs_slot_table *table, u32 index)
{
	return table->blocks[index / GS_SLOT_BLOCK] + index % GS_SLOT_BLOCK * table->slot_size;
}

#endif /* _GS_SLOT_H */
