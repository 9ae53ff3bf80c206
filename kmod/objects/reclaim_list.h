/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _GS_RECLAIM_LIST_H
#define _GS_RECLAIM_LIST_H

#include <linux/list.h>
#include <linux/lockdep.h>
#include <linux/mm.h>
#include <linux/types.h>

#include "accounting/spare.h"
#include "objects/resident.h"
#include "objects/slot.h"

struct gs_pool;
struct shrink_control;
struct shrinker;

/*
 * A slot's place on the list. It is allocated apart from the slot, because the
 * list finds the memory cgroup by the slab object that the list head lies in.
 *
 * @pool: immutable
 * @slot: immutable
 * @memcg: the cgroup, until it is removed (memcg.h); immutable
 */
struct gs_reclaim_entry {
	struct list_head lru;
	struct gs_pool *pool;
	struct gs_slot *slot;
	u64 memcg;
};

/* Slots that a scan takes at a time: their locks are all held then. */
#define GS_RECLAIM_SLOTS 16
/* A pool with more VMAs keeps its pages: each has to be looked at for each slot. */
#define GS_RECLAIM_VMAS 16

/*
 * What a scan has taken from the list; on its stack.
 *
 * @entries: slots, each with its lock and its claim word held
 * @wanted: pages that the scan is to free
 * @pages: pages that the slots have
 * @slots: how many
 */
struct gs_reclaim_taken {
	struct list_head entries;
	u32 wanted;
	u32 pages;
	u32 slots;
};

/* An entry with its share of what the slab allocator has beside it. */
#define GS_RECLAIM_ENTRY_BYTES ((u32)sizeof(struct gs_reclaim_entry) + 8)

int __gs_reclaim_list_prepare(struct gs_pool *pool, struct gs_slot *slot);
void gs_reclaim_list_add(struct gs_slot *slot);
void gs_reclaim_list_del(struct gs_slot *slot);
void gs_reclaim_list_forget(struct gs_slot_table *slots, u32 count);

/*
 * Allocates what gs_reclaim_list_add() needs, for a slot that has an array of private
 * pages, with which it is charged; -ENOMEM.
 */
static inline int gs_reclaim_list_prepare(struct gs_pool *pool, struct gs_slot *slot)
{
	lockdep_assert_held(&slot->lock);
	if (slot->residents->reclaim)
		return 0;
	return __gs_reclaim_list_prepare(pool, slot);
}

/* Where the slot is on the list; with the root's cgroup if it is on none. */
static inline struct gs_spare_place gs_reclaim_list_place(const struct gs_slot *slot)
{
	const struct gs_reclaim_entry *entry = slot->residents->reclaim;

	if (!entry)
		return (struct gs_spare_place){};
	return (struct gs_spare_place){
		.memcg = entry->memcg,
		.node = page_to_nid(virt_to_page(entry)),
	};
}

u64 gs_reclaim_list_estimate(struct shrink_control *sc, unsigned long *slots);
bool gs_reclaim_list_take(struct shrink_control *sc, struct gs_reclaim_taken *taken, u32 wanted);
void gs_reclaim_list_put_back(struct gs_slot *slot);
void gs_reclaim_list_taken_done(void);

int gs_reclaim_list_module_init(struct shrinker *shrinker);
void gs_reclaim_list_module_uninit(void);

#endif /* _GS_RECLAIM_LIST_H */
