/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _GS_RECLAIM_LIST_H
#define _GS_RECLAIM_LIST_H

#include <linux/list.h>

struct gs_pool;
struct gs_slot;
struct shrink_control;
struct shrinker;

/*
 * A slot's place on the list. It is allocated apart from the slot, because the
 * list finds the memory cgroup by the slab object that the list head lies in.
 *
 * @pool: immutable
 * @slot: immutable
 */
struct gs_reclaim_entry {
	struct list_head lru;
	struct gs_pool *pool;
	struct gs_slot *slot;
};

/* An entry with its share of what the slab allocator has beside it. */
#define GS_RECLAIM_ENTRY_BYTES ((u32)sizeof(struct gs_reclaim_entry) + 8)

int gs_reclaim_list_prepare(struct gs_pool *pool, struct gs_slot *slot);
void gs_reclaim_list_add(struct gs_slot *slot);
void gs_reclaim_list_del(struct gs_slot *slot);
void gs_reclaim_list_forget(struct gs_slot *slots, u32 count);

unsigned long gs_reclaim_list_count(struct shrink_control *sc);
bool gs_reclaim_list_take_idle(struct shrink_control *sc, struct list_head *taken);
void gs_reclaim_list_taken_done(void);

int gs_reclaim_list_module_init(struct shrinker *shrinker);
void gs_reclaim_list_module_uninit(void);

#endif /* _GS_RECLAIM_LIST_H */
