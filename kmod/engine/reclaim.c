// SPDX-License-Identifier: GPL-2.0-only
/*
 * The shrinker: idle slots give their private pages back when memory is short,
 * in the whole system or in the memory cgroup that touched them first.
 */
#include <linux/minmax.h>
#include <linux/mutex.h>
#include <linux/shrinker.h>

#include "accounting/spare.h"
#include "engine/limit.h"
#include "engine/reclaim.h"
#include "engine/residency.h"
#include "engine/trace.h"
#include "netlink/event.h"
#include "objects/pool.h"
#include "objects/reclaim_list.h"
#include "objects/resident.h"

/* Pages that one scan frees at most, more or less. */
#define SCAN_PAGES 256UL

static struct shrinker *slot_shrinker;

static unsigned long count_pages(struct shrinker *shrinker, struct shrink_control *sc)
{
	unsigned long slots, pages = gs_reclaim_list_estimate(sc, &slots);
	unsigned long spares = gs_spare_count(sc);

	/* The kernel asks no more after the latter until there is a slot again. */
	return slots || spares ? pages + spares : SHRINK_EMPTY;
}

/* Frees up to @budget pages of a slot that was taken, some more if these are its last ones. */
static u32 reclaim_slot(struct gs_pool *pool, struct gs_slot *slot, u32 budget)
{
	u32 resident = gs_resident_count(slot);
	bool last = resident <= budget + budget / 2;
	u32 count = last ? resident : budget;

	lockdep_assert_held(&slot->lock);
	trace_guardslot_reclaim(pool, slot, count);
	gs_event_reclaim(pool, count, last);
	slot->counters.reclaims += last;
	slot->counters.reclaimed_pages += count;
	gs_residency_drop_last(pool, slot, count);
	if (!last) {
		gs_reclaim_list_put_back(slot);
		return count;
	}
	gs_limit_clear_parked(slot);
	/* There may be any number of pages that are shared, and those occupy little. */
	if (slot->pages.marked <= SCAN_PAGES)
		gs_residency_drop_all(pool, slot);
	return count;
}

/*
 * A slot that is larger than what the kernel wants loses as much now, and the rest in
 * later scans. Until then some of its pages read as its image and some do not, which an
 * idle slot that was reset cannot tell.
 */
static unsigned long scan_pages(struct shrinker *shrinker, struct shrink_control *sc)
{
	u32 wanted = min(sc->nr_to_scan, SCAN_PAGES), freed;
	struct gs_reclaim_entry *entry, *next;
	struct gs_reclaim_taken taken;

	/* What nobody uses goes before what idle slots have. */
	freed = gs_spare_shrink(sc);
	if (freed >= wanted || !gs_reclaim_list_take(sc, &taken, wanted))
		goto done;
	list_for_each_entry_safe(entry, next, &taken.entries, lru) {
		struct gs_pool *pool = entry->pool;
		struct gs_slot *slot = entry->slot;

		list_del_init(&entry->lru);
		if (freed < wanted)
			freed += reclaim_slot(pool, slot, wanted - freed);
		else
			gs_reclaim_list_put_back(slot);
		mutex_unlock(&slot->lock);
		gs_claim_give_back(&pool->claim, slot->index);
	}
	gs_reclaim_list_taken_done();
done:
	if (!freed)
		return SHRINK_STOP;
	sc->nr_scanned = freed;
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
	slot_shrinker->count_objects = count_pages;
	slot_shrinker->scan_objects = scan_pages;
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
