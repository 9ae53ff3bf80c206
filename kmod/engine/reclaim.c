// SPDX-License-Identifier: GPL-2.0-only
/*
 * The shrinker: idle slots give their private pages back when memory is short,
 * in the whole system or in the memory cgroup that touched them first.
 */
#include <linux/minmax.h>
#include <linux/mutex.h>
#include <linux/shrinker.h>

#include "engine/limit.h"
#include "engine/reclaim.h"
#include "engine/residency.h"
#include "engine/trace.h"
#include "netlink/event.h"
#include "objects/pages.h"
#include "objects/pool.h"
#include "objects/reclaim_list.h"
#include "objects/resident.h"

/* What a slot counts as towards the kernel, which counts pages. */
#define SLOT_WEIGHT GS_PAGES_IN(SZ_256K)
/* Slots that are taken at a time: their locks are all held then. */
#define SCAN_MAX 16

static struct shrinker *slot_shrinker;

static unsigned long count_slots(struct shrinker *shrinker, struct shrink_control *sc)
{
	unsigned long count = gs_reclaim_list_count(sc);

	return count ? count * SLOT_WEIGHT : SHRINK_EMPTY;
}

/* Frees the private pages of a slot that was taken from the list, and releases it. */
static void reclaim_slot(struct gs_pool *pool, struct gs_slot *slot)
{
	u32 count = gs_resident_count(slot);

	lockdep_assert_held(&slot->lock);
	trace_guardslot_reclaim(pool, slot, count);
	gs_event_reclaim(pool, count);
	slot->counters.reclaims++;
	slot->counters.reclaimed_pages += count;
	gs_residency_drop_all(pool, slot);
	gs_limit_clear_parked(slot);
	mutex_unlock(&slot->lock);
	gs_claim_give_back(&pool->claim, gs_pool_slot_index(pool, slot));
}

static unsigned long scan_slots(struct shrinker *shrinker, struct shrink_control *sc)
{
	unsigned long wanted = DIV_ROUND_UP(sc->nr_to_scan, SLOT_WEIGHT), freed = 0;
	struct gs_reclaim_entry *entry, *next;
	LIST_HEAD(taken);

	sc->nr_to_scan = min(wanted, SCAN_MAX);
	sc->nr_scanned = sc->nr_to_scan * SLOT_WEIGHT;
	if (!gs_reclaim_list_take_idle(sc, &taken))
		return SHRINK_STOP;
	list_for_each_entry_safe(entry, next, &taken, lru) {
		list_del_init(&entry->lru);
		reclaim_slot(entry->pool, entry->slot);
		freed += SLOT_WEIGHT;
	}
	gs_reclaim_list_taken_done();
	return freed;
}

int gs_reclaim_module_init(void)
{
	int ret;

	slot_shrinker = shrinker_alloc(SHRINKER_MEMCG_AWARE | SHRINKER_NUMA_AWARE, "guardslot");
	if (!slot_shrinker)
		return -ENOMEM;
	ret = gs_reclaim_list_module_init(slot_shrinker);
	if (ret)
		goto free_shrinker;
	slot_shrinker->count_objects = count_slots;
	slot_shrinker->scan_objects = scan_slots;
	/* A slot on the list costs nothing to rebuild but faults. */
	slot_shrinker->seeks = 0;
	slot_shrinker->batch = SLOT_WEIGHT / 2;
	shrinker_register(slot_shrinker);
	return 0;

free_shrinker:
	shrinker_free(slot_shrinker);
	return ret;
}

void gs_reclaim_module_uninit(void)
{
	shrinker_free(slot_shrinker);
	gs_reclaim_list_module_uninit();
}
