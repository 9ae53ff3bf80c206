// SPDX-License-Identifier: GPL-2.0-only
/*
 * The stages of a pool's life: opened, built, published, withdrawn, dismantled and
 * freed. No part of a pool calls another to set it up or to free it; their order is
 * here: slots hold references to images, and images free their pages into accounts.
 */
#include <linux/err.h>
#include <linux/overflow.h>

#include "engine/lifecycle.h"
#include "engine/oom.h"
#include "engine/residency.h"
#include "netlink/event.h"
#include "objects/pages.h"
#include "objects/pool.h"
#include "objects/reclaim_list.h"
#include "objects/totals.h"

struct gs_pool *gs_lifecycle_open(void)
{
	struct gs_pool *pool = gs_pool_alloc();

	if (!IS_ERR(pool))
		gs_event_source_init(&pool->events);
	return pool;
}

/* What the tables of slots and claim words count as. */
static unsigned long table_pages(const struct gs_layout *layout)
{
	size_t slots = array_size(layout->slots, gs_slot_size(layout->area_count));
	size_t words = array_size(layout->slots, GS_CLAIM_STRIDE);
	unsigned long word_pages = DIV_ROUND_UP(words, PAGE_SIZE);

	/* And the array of the pages of claim words. */
	return DIV_ROUND_UP(slots, PAGE_SIZE) + word_pages +
	       DIV_ROUND_UP(word_pages * sizeof(struct page *), PAGE_SIZE);
}

/*
 * Builds the slots of a pool, which no other thread sees before they are published.
 * Returns them. ERR_PTR(-ENOSPC) over the cap *hit, ERR_PTR(-ENOMEM).
 */
struct gs_slot_table *gs_lifecycle_build(struct gs_pool *pool, const struct gs_layout *layout,
					 const struct guardslot_create *args,
					 struct gs_cap_hit *hit)
{
	unsigned long keep = gs_pages_from_bytes(args->keep_resident);
	struct gs_slot_table *slots;
	int ret;

	lockdep_assert_held(&pool->create_lock);
	pool->layout = *layout;
	pool->flags = args->flags;
	pool->keep_resident = keep ? keep : ULONG_MAX;
	pool->table_pages = table_pages(layout);
	ret = gs_cap_charge_table(&pool->owner, pool->table_pages, hit);
	if (ret)
		return ERR_PTR(ret);
	ret = gs_account_init(&pool->resident, &pool->owner, &pool->rss,
			      gs_pages_from_bytes(args->max_resident));
	if (ret)
		goto uncharge_table;
	ret = gs_account_init(&pool->image_pages, &pool->owner, &pool->rss, 0);
	if (ret)
		goto uninit_resident;
	ret = gs_claim_init(&pool->claim, layout->total, layout->slots);
	if (ret)
		goto uninit_image_pages;
	slots = gs_slot_table_init(layout);
	if (IS_ERR(slots)) {
		ret = PTR_ERR(slots);
		goto uninit_claim;
	}
	gs_image_table_init(&pool->images);
	return slots;

uninit_claim:
	gs_claim_uninit(&pool->claim);
uninit_image_pages:
	gs_account_uninit(&pool->image_pages);
uninit_resident:
	gs_account_uninit(&pool->resident);
uncharge_table:
	gs_cap_uncharge(&pool->owner, pool->table_pages);
	return ERR_PTR(ret);
}

/* Undoes gs_lifecycle_build(), with all that calls have made since. */
void gs_lifecycle_dismantle(struct gs_pool *pool, struct gs_slot_table *slots)
{
	u32 i;

	for (i = 0; i < pool->layout.slots; i++) {
		gs_residency_uninit(pool, gs_slot_table_at(slots, i));
		cond_resched();
	}
	gs_image_table_uninit(&pool->images);
	gs_slot_table_uninit(slots, pool->layout.slots);
	gs_claim_uninit(&pool->claim);
	gs_account_uninit(&pool->image_pages);
	gs_account_uninit(&pool->resident);
	gs_cap_uncharge(&pool->owner, pool->table_pages);
}

/* Calls, faults and readers of the registry can come from here on. */
void gs_lifecycle_publish(struct gs_pool *pool, struct gs_slot_table *slots)
{
	gs_pool_publish(pool, slots);
	gs_registry_add(pool);
}

/*
 * Keeps off what can still come to a pool that no file and no mapping refers to:
 * readers through the registry, a scan of the shrinker, and the pool's own work
 * item of events. They leave in this order, while all of the pool is there.
 */
static void withdraw(struct gs_pool *pool)
{
	gs_registry_remove(pool);
	gs_reclaim_list_forget(pool->slots, pool->layout.slots);
	gs_totals_keep(pool);
	gs_event_pool_gone(pool);
}

/* The last file reference is gone, and so is every mapping and every call. */
void gs_lifecycle_release(struct gs_pool *pool)
{
	if (gs_pool_is_created(pool)) {
		gs_oom_release_begin();
		withdraw(pool);
		gs_lifecycle_dismantle(pool, pool->slots);
		gs_oom_release_end();
	}
	gs_pool_free(pool);
}
