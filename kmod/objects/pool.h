/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _GS_POOL_H
#define _GS_POOL_H

#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/nospec.h>
#include <linux/sched.h>

#include "accounting/account.h"
#include "accounting/owner.h"
#include "accounting/rss.h"
#include "objects/claim.h"
#include "objects/event_source.h"
#include "objects/image_table.h"
#include "objects/layout.h"
#include "objects/mapping.h"
#include "objects/pages.h"
#include "objects/registry.h"
#include "objects/slot.h"

struct inode;
struct seq_file;

#define GS_POOL_MAX_SLOTS (1U << 20)

/* Entries that one call of the kernel may remove. */
#define GS_POOL_UNMAP_PIECE GS_PAGES_IN(SZ_16M)

/*
 * The longest slab, in pages. mmap() without a hint gives addresses up to the calling
 * task's stack, which is not at TASK_SIZE where page tables have more levels than old
 * programs can take.
 */
static inline unsigned long gs_pool_max_pages(void)
{
	return STACK_TOP >> PAGE_SHIFT;
}

/*
 * One open file of the device. It lives from open() to the last file reference,
 * and a mapping holds one: when it goes away nothing is mapped any more.
 *
 * What is read by every fault and reset shares no cache line with what is written while
 * slots are in use; tools/cache-lines says which member is on which, and is checked.
 *
 * @inode: carries the address space of all mappings of this pool, and the pool's
 *         id as its number; immutable
 * @owner: immutable
 * @slots: NULL until CREATE publishes it, together with all else but @owner and @inode;
 *         immutable after that but for what says so. See gs_pool_is_created()
 * @flags: of CREATE
 * @keep_resident: pages that a slot keeps over a reset
 * @claim: the words are user memory, the rest is immutable
 * @table_pages: what the slots and claim words count as
 * @mapping: of the slab; has its own lock
 * @map_base: address of the slab's start in the mapping made or found last; a hint, read
 *            and written without a lock
 * @create_lock: serializes CREATE
 * @resident: private pages of all slots; per CPU
 * @image_pages: content of all images; per CPU
 * @rss: has its own lock, which each process that adds pages takes now and then
 * @images: has its own lock, which each call takes that names an image
 * @entry: in the registry; written by its readers
 * @events: atomics, written while the netlink group has a listener
 */
struct gs_pool {
	struct inode *inode;
	struct gs_owner owner;
	struct gs_slot_table *slots;
	u32 flags;
	unsigned long keep_resident;
	struct gs_claim claim;
	unsigned long table_pages;
	struct gs_layout layout;
	struct gs_mapping mapping ____cacheline_aligned_in_smp;
	unsigned long map_base;
	struct mutex create_lock;
	struct gs_account resident ____cacheline_aligned_in_smp;
	struct gs_account image_pages;
	struct gs_rss rss;
	struct gs_image_table images ____cacheline_aligned_in_smp;
	struct gs_registry_entry entry ____cacheline_aligned_in_smp;
	struct gs_event_source events;
};

struct gs_pool *gs_pool_alloc(void);
void gs_pool_free(struct gs_pool *pool);
void gs_pool_publish(struct gs_pool *pool, struct gs_slot_table *slots);
void gs_pool_show(struct gs_pool *pool, struct seq_file *seq);
void gs_pool_unmap(struct gs_pool *pool, unsigned long first, unsigned long count);
void gs_pool_unmap_pieces(struct gs_pool *pool, unsigned long first, unsigned long count);

static inline bool gs_pool_is_created(struct gs_pool *pool)
{
	/* Pairs with gs_pool_publish(): who sees true sees the whole geometry. */
	return smp_load_acquire(&pool->slots);
}

/* NULL when there is no such slot. */
static inline struct gs_slot *gs_pool_slot(struct gs_pool *pool, u32 index)
{
	if (index >= pool->layout.slots)
		return NULL;
	return gs_slot_table_at(pool->slots, array_index_nospec(index, pool->layout.slots));
}

/* The slot's first page, in pages from the start of the slab. */
static inline unsigned long gs_pool_slot_start(const struct gs_pool *pool,
					       const struct gs_slot *slot)
{
	return gs_layout_slot_start(&pool->layout, slot->index);
}

int gs_pool_module_init(void);
void gs_pool_module_uninit(void);

#endif /* _GS_POOL_H */
