/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _GS_SLOT_H
#define _GS_SLOT_H

#include <linux/cache.h>
#include <linux/mutex.h>
#include <linux/xarray.h>

#include <guardslot.h>

struct gs_cmd;
struct gs_image;
struct gs_pool;
struct gs_reclaim_entry;

/* A private page, with all that a reset needs to know of it. */
struct gs_resident {
	void *data;
	void *source;	      /* the image's content, only read; NULL: zero */
	unsigned long offset; /* pages from the slot's first page */
};

/*
 * One slot. @lock protects every member and the slot's page-table entries: an
 * entry is installed or removed, and a page freed, only under it.
 *
 * Lock order: mmap lock or VMA lock, then @lock, then i_mmap_rwsem and the
 * page-table locks that unmapping takes. Under memory pressure @lock is only
 * ever tried. No user memory is touched under @lock, as that memory can be a
 * slot.
 *
 * @pages: every page that may be mapped, by its offset in the slot: private
 *         pages, and pages of the image under the mark GS_SLOT_SHARED
 * @resident: the private pages again, in the order in which they came, so that
 *            a reset is one pass over an array
 * @resident_order: room in the array is 1 << that; 0: there is none yet
 * @resized: a bit for each area whose limit may not be the image's
 * @parked: a bit for each area: private pages may lie past its limit, restored and
 *          mapped nowhere; read without the lock as a hint
 * @image: what the slot is bound to, with a reference; NULL: none. Compared,
 *         but not followed, without the lock
 * @reclaim: the slot's place on the list of slots with private pages; comes
 *           with the first one and goes with the last
 * @limits: in pages
 * @reclaims: 32 bits keep the slot within three cache lines
 * @resets: this counter and those after it, and @reclaims, are also read without
 *          the lock
 */
struct gs_slot {
	struct mutex lock;
	struct xarray pages;
	struct gs_resident *resident;
	u32 resident_count;
	u32 shared_count;
	u32 reclaims;
	u8 resident_order;
	u8 resized;
	u8 parked;
	struct gs_image *image;
	struct gs_reclaim_entry *reclaim;
	unsigned long limits[GUARDSLOT_MAX_AREAS];
	u64 resets;
	u64 purges;
	u64 faults;
	u64 guard_hits;
	u64 reclaimed_pages;
} ____cacheline_aligned_in_smp;

#define GS_SLOT_SHARED XA_MARK_0
/* Private pages on their way out, within gs_residency_trim() only. */
#define GS_SLOT_SURPLUS XA_MARK_1

struct gs_slot *gs_slot_table_init(struct gs_pool *pool);
void gs_slot_table_uninit(struct gs_pool *pool, struct gs_slot *slots);
void __gs_slot_reset_limits(struct gs_pool *pool, struct gs_slot *slot);
void gs_slot_rebind_limits(struct gs_pool *pool, struct gs_slot *slot);

int gs_slot_resize(struct gs_cmd *cmd);
int gs_slot_query(struct gs_cmd *cmd);

u32 gs_slot_index(const struct gs_pool *pool, const struct gs_slot *slot);
bool gs_slot_within_limits(struct gs_pool *pool, struct gs_slot *slot, unsigned long offset);
unsigned long gs_slot_initial_limit(struct gs_pool *pool, struct gs_image *image, u32 area);

/*
 * Limits as the slot's image has them. What lies past them is parked, and the
 * caller restores it. What was parked before and no instance has needed since goes.
 */
static inline void gs_slot_reset_limits(struct gs_pool *pool, struct gs_slot *slot)
{
	if (slot->resized | slot->parked)
		__gs_slot_reset_limits(pool, slot);
}

#endif /* _GS_SLOT_H */
