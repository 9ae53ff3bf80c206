// SPDX-License-Identifier: GPL-2.0-only
/*
 * The list of slots that the shrinker may take private pages from.
 *
 * A slot is on the list while it has private pages, whatever its claim word says,
 * because user space writes that word without a system call. The word is read
 * when memory is short; a slot that is not idle moves to the end of the list.
 */
#include <linux/list_lru.h>
#include <linux/mutex.h>
#include <linux/rwsem.h>
#include <linux/slab.h>

#include "objects/pool.h"
#include "objects/reclaim_list.h"
#include "objects/resident.h"

/* Slots that are forgotten at a time: no scan runs meanwhile. */
#define FORGET_MAX 256

static struct kmem_cache *entry_cache;
static struct list_lru lru_list;

/*
 * Held for reading while a scan works on slots that it took, for writing while
 * slots leave for good. A scan only tries it.
 */
static DECLARE_RWSEM(taken_sem);

/*
 * Allocates what gs_reclaim_list_add() needs, for a slot that has an array of private
 * pages, with which it is charged; -ENOMEM.
 */
int gs_reclaim_list_prepare(struct gs_pool *pool, struct gs_slot *slot)
{
	struct gs_reclaim_entry *entry = slot->residents->reclaim;

	lockdep_assert_held(&slot->lock);
	if (entry)
		return 0;
	entry = kmem_cache_alloc_lru(entry_cache, &lru_list, GFP_KERNEL_ACCOUNT);
	if (!entry)
		return -ENOMEM;
	INIT_LIST_HEAD(&entry->lru);
	entry->pool = pool;
	entry->slot = slot;
	slot->residents->reclaim = entry;
	return 0;
}

/* The slot has its first private page. */
void gs_reclaim_list_add(struct gs_slot *slot)
{
	lockdep_assert_held(&slot->lock);
	list_lru_add_obj(&lru_list, &slot->residents->reclaim->lru);
}

static void forget(struct gs_slot *slot)
{
	struct gs_reclaim_entry *entry = slot->residents->reclaim;

	if (!entry)
		return;
	list_lru_del_obj(&lru_list, &entry->lru);
	slot->residents->reclaim = NULL;
	kmem_cache_free(entry_cache, entry);
}

/*
 * The slot has no private page any more. Its next first page may be charged to
 * another cgroup, and then the slot is listed there.
 */
void gs_reclaim_list_del(struct gs_slot *slot)
{
	lockdep_assert_held(&slot->lock);
	forget(slot);
}

/* The slots are about to be freed: no scan knows them when this returns. */
void gs_reclaim_list_forget(struct gs_slot *slots, u32 count)
{
	u32 i = 0, end;

	while (i < count) {
		/* This waits for a scan that has taken some of the slots. */
		down_write(&taken_sem);
		for (end = min(count, i + FORGET_MAX); i < end; i++)
			forget(&slots[i]);
		up_write(&taken_sem);
		cond_resched();
	}
}

/* Slots on the list, of the cgroup and node that the shrinker asks about. */
unsigned long gs_reclaim_list_count(struct shrink_control *sc)
{
	return list_lru_shrink_count(&lru_list, sc);
}

static enum lru_status take_idle(struct list_head *item, struct list_lru_one *lru,
				 struct list_head *taken)
{
	struct gs_reclaim_entry *entry = container_of(item, struct gs_reclaim_entry, lru);
	struct gs_pool *pool = entry->pool;
	struct gs_slot *slot = entry->slot;

	if (!mutex_trylock(&slot->lock))
		return LRU_ROTATE;
	if (!gs_claim_take_idle(&pool->claim, gs_pool_slot_index(pool, slot))) {
		mutex_unlock(&slot->lock);
		return LRU_ROTATE;
	}
	list_lru_isolate_move(lru, item, taken);
	return LRU_REMOVED;
}

static GS_LIST_LRU_WALK_CB(take_idle_cb, item, lru, arg)
{
	return take_idle(item, lru, arg);
}

/*
 * Moves idle slots from the list to @taken, each with its lock and its claim word
 * held. The caller gives both back and then calls gs_reclaim_list_taken_done().
 * False, and nothing to be done: slots are leaving for good.
 */
bool gs_reclaim_list_take_idle(struct shrink_control *sc, struct list_head *taken)
{
	if (!down_read_trylock(&taken_sem))
		return false;
	list_lru_shrink_walk(&lru_list, sc, take_idle_cb, taken);
	return true;
}

void gs_reclaim_list_taken_done(void)
{
	up_read(&taken_sem);
}

/* The shrinker has its id, but does not run yet. */
int gs_reclaim_list_module_init(struct shrinker *shrinker)
{
	int ret;

	entry_cache = KMEM_CACHE(gs_reclaim_entry, SLAB_ACCOUNT);
	if (!entry_cache)
		return -ENOMEM;
	ret = list_lru_init_memcg(&lru_list, shrinker);
	if (ret)
		goto destroy_cache;
	return 0;

destroy_cache:
	kmem_cache_destroy(entry_cache);
	return ret;
}

/* The shrinker is gone. */
void gs_reclaim_list_module_uninit(void)
{
	list_lru_destroy(&lru_list);
	kmem_cache_destroy(entry_cache);
}
