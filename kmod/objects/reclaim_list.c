// SPDX-License-Identifier: GPL-2.0-only
/*
 * The list of slots that the shrinker may take private pages from.
 *
 * A slot is on the list while it has private pages, whatever its claim word says,
 * because user space writes that word without a system call. The word is read
 * when memory is short; a slot that is not idle moves to the end of the list.
 */
#include <linux/list_lru.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/mutex.h>
#include <linux/rwsem.h>
#include <linux/slab.h>

#include "accounting/memcg.h"
#include "objects/pool.h"
#include "objects/reclaim_list.h"
#include "objects/resident.h"

/* Slots that are forgotten at a time: no scan runs meanwhile. */
#define FORGET_MAX 256
/* Slots that are looked at for an estimate, under the lock of the list. */
#define SAMPLE_SLOTS 256UL
/* Slots that are looked at under the lock of the list, and in one scan. */
#define WALK_SLOTS 64UL
#define TAKE_SLOTS_MAX 8192UL

static struct kmem_cache *entry_cache;
static struct list_lru lru_list;

/*
 * Held for reading while a scan works on slots that it took, for writing while
 * slots leave for good. A scan only tries it.
 */
static DECLARE_RWSEM(taken_sem);

/* gs_reclaim_list_prepare() for a slot that has none yet. */
int __gs_reclaim_list_prepare(struct gs_pool *pool, struct gs_slot *slot)
{
	struct gs_reclaim_entry *entry;

	entry = kmem_cache_alloc_lru(entry_cache, &lru_list, GFP_KERNEL_ACCOUNT);
	if (!entry)
		return -ENOMEM;
	INIT_LIST_HEAD(&entry->lru);
	entry->pool = pool;
	entry->slot = slot;
	entry->memcg = gs_memcg_of_current();
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
void gs_reclaim_list_forget(struct gs_slot_table *slots, u32 count)
{
	u32 i = 0, end;

	while (i < count) {
		/* This waits for a scan that has taken some of the slots. */
		down_write(&taken_sem);
		for (end = min(count, i + FORGET_MAX); i < end; i++)
			forget(gs_slot_table_at(slots, i));
		up_write(&taken_sem);
		cond_resched();
	}
}

/*
 * Whether the shrinker may take pages of the slot: it is idle, and a removal of its
 * entries does not take long. That is done in the name of whoever needs memory.
 */
static bool may_take(const struct gs_reclaim_entry *entry)
{
	struct gs_pool *pool = entry->pool;

	return gs_claim_is_idle(&pool->claim, entry->slot->index) &&
	       gs_mapping_count(&pool->mapping) <= GS_RECLAIM_VMAS;
}

/* Adds up the pages of slots that are idle now. */
static GS_LIST_LRU_WALK_CB(sample_cb, item, lru, arg)
{
	struct gs_reclaim_entry *entry = container_of(item, struct gs_reclaim_entry, lru);
	struct gs_slot *slot = entry->slot;
	u64 *pages = arg;

	/* A slot that is not idle is not written, and neither is its claim word. */
	if (may_take(entry) && mutex_trylock(&slot->lock)) {
		*pages += gs_resident_count(slot);
		mutex_unlock(&slot->lock);
	}
	/* The next sample is of other slots. */
	return LRU_ROTATE;
}

/*
 * Estimates the pages of idle slots, of the cgroup and node that the shrinker asks about:
 * exactly while there are few slots, else from a sample, which costs the same for any
 * number of them. *slots is how many are on the list.
 */
u64 gs_reclaim_list_estimate(struct shrink_control *sc, unsigned long *slots)
{
	unsigned long sampled, left;
	u64 pages = 0;

	*slots = list_lru_shrink_count(&lru_list, sc);
	sampled = min(*slots, SAMPLE_SLOTS);
	left = sampled;
	list_lru_walk_one(&lru_list, sc->nid, sc->memcg, sample_cb, &pages, &left);
	return sampled < *slots ? div64_u64(pages * *slots, sampled) : pages;
}

static enum lru_status take_idle(struct list_head *item, struct list_lru_one *lru,
				 struct gs_reclaim_taken *taken)
{
	struct gs_reclaim_entry *entry = container_of(item, struct gs_reclaim_entry, lru);
	struct gs_pool *pool = entry->pool;
	struct gs_slot *slot = entry->slot;

	if (taken->pages >= taken->wanted || taken->slots == GS_RECLAIM_SLOTS)
		return LRU_SKIP;
	if (!may_take(entry) || !mutex_trylock(&slot->lock))
		return LRU_ROTATE;
	if (!gs_claim_take_idle(&pool->claim, slot->index)) {
		mutex_unlock(&slot->lock);
		return LRU_ROTATE;
	}
	list_lru_isolate_move(lru, item, &taken->entries);
	taken->pages += gs_resident_count(slot);
	taken->slots++;
	return LRU_REMOVED;
}

static GS_LIST_LRU_WALK_CB(take_idle_cb, item, lru, arg)
{
	return take_idle(item, lru, arg);
}

/*
 * Moves idle slots from the list to @taken, each with its lock and its claim word held,
 * until they have @wanted pages. The caller gives both back and then calls
 * gs_reclaim_list_taken_done(). False, and nothing to be done: slots are leaving for good.
 */
bool gs_reclaim_list_take(struct shrink_control *sc, struct gs_reclaim_taken *taken, u32 wanted)
{
	unsigned long left = min(list_lru_shrink_count(&lru_list, sc), TAKE_SLOTS_MAX);

	INIT_LIST_HEAD(&taken->entries);
	taken->wanted = wanted;
	taken->pages = 0;
	taken->slots = 0;
	if (!down_read_trylock(&taken_sem))
		return false;
	while (left && taken->pages < wanted && taken->slots < GS_RECLAIM_SLOTS) {
		unsigned long piece = min(left, WALK_SLOTS), rest = piece;

		list_lru_walk_one(&lru_list, sc->nid, sc->memcg, take_idle_cb, taken, &rest);
		left -= piece;
		cond_resched();
	}
	return true;
}

/* A slot that was taken has kept some pages. */
void gs_reclaim_list_put_back(struct gs_slot *slot)
{
	lockdep_assert_held(&slot->lock);
	list_lru_add_obj(&lru_list, &slot->residents->reclaim->lru);
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
