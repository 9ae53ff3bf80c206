// SPDX-License-Identifier: GPL-2.0
/*
 * The shrinker: idle slots give their private pages back when memory is short,
 * in the whole system or in the memory cgroup that touched them first.
 *
 * A slot is on the list while it has private pages, whatever its claim word
 * says, as user space moves that word without telling us. The word is asked
 * when memory is short; a slot that is not idle moves to the end of the list.
 */
#include <linux/list_lru.h>
#include <linux/mutex.h>
#include <linux/rwsem.h>
#include <linux/shrinker.h>
#include <linux/slab.h>

#include "engine/reclaim.h"
#include "engine/residency.h"
#include "engine/trace.h"
#include "netlink/event.h"
#include "objects/pool.h"
#include "objects/slot.h"

/*
 * A slot's place on the list. Allocated apart from the slot, because the list
 * finds the memory cgroup by the slab object that the list head lies in.
 */
struct gs_reclaim {
	struct list_head lru;
	struct gs_pool *pool; /* immutable */
	struct gs_slot *slot; /* immutable */
};

/* What a slot counts for towards the kernel, which thinks in pages. */
#define SLOT_WEIGHT 64
/* Slots taken at a time: their locks are all held then. */
#define SCAN_MAX 16
/* Slots forgotten at a time: the shrinker is off meanwhile. */
#define FORGET_MAX 256

static struct kmem_cache *reclaim_cache;
static struct shrinker *reclaim_shrinker;
static struct list_lru reclaim_lru;

/*
 * Held for reading while a scan works on slots, for writing while slots leave
 * for good. A scan only tries it.
 */
static DECLARE_RWSEM(reclaim_sem);

/* Allocates what gs_reclaim_add() needs. */
int gs_reclaim_prepare(struct gs_pool *pool, struct gs_slot *slot)
{
	struct gs_reclaim *reclaim = slot->reclaim;

	lockdep_assert_held(&slot->lock);
	if (reclaim)
		return 0;
	reclaim = kmem_cache_alloc_lru(reclaim_cache, &reclaim_lru, GFP_KERNEL_ACCOUNT);
	if (!reclaim)
		return -ENOMEM;
	INIT_LIST_HEAD(&reclaim->lru);
	reclaim->pool = pool;
	reclaim->slot = slot;
	slot->reclaim = reclaim;
	return 0;
}

/* The slot has its first private page. */
void gs_reclaim_add(struct gs_slot *slot)
{
	lockdep_assert_held(&slot->lock);
	list_lru_add_obj(&reclaim_lru, &slot->reclaim->lru);
}

static void forget(struct gs_slot *slot)
{
	if (!slot->reclaim)
		return;
	list_lru_del_obj(&reclaim_lru, &slot->reclaim->lru);
	kmem_cache_free(reclaim_cache, slot->reclaim);
	slot->reclaim = NULL;
}

/*
 * The slot has no private page any more. Its next first page may be charged to
 * another cgroup, and has to be listed there.
 */
void gs_reclaim_del(struct gs_slot *slot)
{
	lockdep_assert_held(&slot->lock);
	forget(slot);
}

/* The slots are about to be freed: no scan knows them when this returns. */
void gs_reclaim_forget(struct gs_slot *slots, u32 count)
{
	u32 i = 0, end;

	while (i < count) {
		/* Waits for a scan that has some of the slots on a list of its own. */
		down_write(&reclaim_sem);
		for (end = min(count, i + FORGET_MAX); i < end; i++)
			forget(&slots[i]);
		up_write(&reclaim_sem);
		cond_resched();
	}
}

/* Takes an idle slot from the list, with its lock and its claim word. */
static enum lru_status take_idle(struct list_head *item, struct list_lru_one *lru,
				 struct list_head *taken)
{
	struct gs_reclaim *reclaim = container_of(item, struct gs_reclaim, lru);
	struct gs_pool *pool = reclaim->pool;
	struct gs_slot *slot = reclaim->slot;

	if (!mutex_trylock(&slot->lock))
		return LRU_ROTATE;
	if (!gs_claim_take_idle(&pool->claim, gs_slot_index(pool, slot))) {
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

static void give_back(struct gs_reclaim *reclaim)
{
	struct gs_pool *pool = reclaim->pool;
	struct gs_slot *slot = reclaim->slot;
	u32 index = gs_slot_index(pool, slot);

	trace_guardslot_reclaim(pool, slot, slot->resident_count);
	gs_event_reclaim(pool, slot->resident_count);
	slot->reclaims++;
	slot->reclaimed_pages += slot->resident_count;
	gs_residency_drop_all(pool, slot);
	mutex_unlock(&slot->lock);
	gs_claim_give_back(&pool->claim, index);
}

static unsigned long count_slots(struct shrinker *shrinker, struct shrink_control *sc)
{
	unsigned long count = list_lru_shrink_count(&reclaim_lru, sc);

	return count ? count * SLOT_WEIGHT : SHRINK_EMPTY;
}

static unsigned long scan_slots(struct shrinker *shrinker, struct shrink_control *sc)
{
	unsigned long wanted = DIV_ROUND_UP(sc->nr_to_scan, SLOT_WEIGHT), freed = 0;
	struct gs_reclaim *reclaim, *next;
	LIST_HEAD(taken);

	if (!down_read_trylock(&reclaim_sem))
		return SHRINK_STOP;
	sc->nr_to_scan = min(wanted, SCAN_MAX);
	sc->nr_scanned = sc->nr_to_scan * SLOT_WEIGHT;
	list_lru_shrink_walk(&reclaim_lru, sc, take_idle_cb, &taken);
	list_for_each_entry_safe(reclaim, next, &taken, lru) {
		list_del_init(&reclaim->lru);
		give_back(reclaim);
		freed += SLOT_WEIGHT;
	}
	up_read(&reclaim_sem);
	return freed;
}

int gs_reclaim_module_init(void)
{
	int ret = -ENOMEM;

	reclaim_cache = KMEM_CACHE(gs_reclaim, SLAB_ACCOUNT);
	if (!reclaim_cache)
		return ret;
	reclaim_shrinker = shrinker_alloc(SHRINKER_MEMCG_AWARE | SHRINKER_NUMA_AWARE, "guardslot");
	if (!reclaim_shrinker)
		goto destroy_cache;
	ret = list_lru_init_memcg(&reclaim_lru, reclaim_shrinker);
	if (ret)
		goto free_shrinker;
	reclaim_shrinker->count_objects = count_slots;
	reclaim_shrinker->scan_objects = scan_slots;
	/* A slot on the list costs nothing to rebuild but faults. */
	reclaim_shrinker->seeks = 0;
	reclaim_shrinker->batch = SLOT_WEIGHT / 2;
	shrinker_register(reclaim_shrinker);
	return 0;

free_shrinker:
	shrinker_free(reclaim_shrinker);
destroy_cache:
	kmem_cache_destroy(reclaim_cache);
	return ret;
}

void gs_reclaim_module_uninit(void)
{
	shrinker_free(reclaim_shrinker);
	list_lru_destroy(&reclaim_lru);
	kmem_cache_destroy(reclaim_cache);
}
