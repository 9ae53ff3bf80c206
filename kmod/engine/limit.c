// SPDX-License-Identifier: GPL-2.0-only
/*
 * The limits of a slot's areas, and what becomes of the pages past a limit that is
 * lowered: they are freed, or parked for an instance that grows as well.
 */
#include <linux/bitops.h>

#include "engine/limit.h"
#include "engine/residency.h"
#include "objects/image.h"
#include "objects/pool.h"

/* Limit in pages that an area has after a reset; image may be NULL. */
static unsigned long initial_limit(struct gs_pool *pool, struct gs_image *image, u32 area)
{
	return image ? image->limits[area] : pool->layout.areas[area].initial;
}

/* Whether a page, by its offset in the slot, lies within the limit of an area. */
bool gs_limit_covers(struct gs_pool *pool, struct gs_slot *slot, unsigned long offset)
{
	const struct gs_layout *layout = &pool->layout;
	u32 i;

	lockdep_assert_held(&slot->lock);
	for (i = 0; i < layout->area_count; i++) {
		unsigned long start = layout->areas[i].start;

		if (offset >= start && offset - start < slot->limits[i])
			return true;
	}
	return false;
}

/*
 * Sets the limit of one area. A lower limit frees what lies past it; a higher one
 * takes in what is parked there. Returns the limit before.
 */
unsigned long gs_limit_set(struct gs_pool *pool, struct gs_slot *slot, u32 area,
			   unsigned long limit)
{
	unsigned long start = pool->layout.areas[area].start;
	unsigned long old = slot->limits[area];

	lockdep_assert_held(&slot->lock);
	WRITE_ONCE(slot->limits[area], limit);
	slot->resized |= BIT(area);
	gs_residency_drop_range(pool, slot, start + limit, start + old);
	return old;
}

static void set_parked(struct gs_slot *slot, u32 area)
{
	WRITE_ONCE(slot->parked, slot->parked | BIT(area));
}

/*
 * Sets the limit of an area that was resized back to the initial one. If the area
 * had grown, the pages past the initial limit are parked. An area that had parked
 * none before parks them only while no cap is close.
 */
static void restore_limit(struct gs_pool *pool, struct gs_slot *slot, u32 area,
			  unsigned long initial)
{
	unsigned long start = pool->layout.areas[area].start;
	unsigned long first = start + initial, end = start + slot->limits[area];

	slot->limits[area] = initial;
	if (!(slot->parked & BIT(area)) && !gs_account_is_half_free(&pool->resident))
		gs_residency_drop_range(pool, slot, first, end);
	else if (gs_residency_park_range(pool, slot, first, end))
		set_parked(slot, area);
}

/* Frees the parked pages of an area that has not grown since the last reset. */
static void free_parked(struct gs_pool *pool, struct gs_slot *slot, u32 area)
{
	const struct gs_layout_area *layout = &pool->layout.areas[area];

	gs_residency_drop_range(pool, slot, layout->start + slot->limits[area],
				layout->start + layout->max);
	WRITE_ONCE(slot->parked, slot->parked & ~BIT(area));
}

/* gs_limit_reset() where a limit was changed or a page is parked. */
void __gs_limit_reset(struct gs_pool *pool, struct gs_slot *slot)
{
	unsigned long areas = slot->resized | slot->parked;
	unsigned int area;

	lockdep_assert_held(&slot->lock);
	for_each_set_bit(area, &areas, GUARDSLOT_MAX_AREAS) {
		unsigned long initial = initial_limit(pool, slot->image, area);

		if (slot->limits[area] != initial)
			restore_limit(pool, slot, area, initial);
		else if (slot->parked & BIT(area))
			free_parked(pool, slot, area);
	}
	slot->resized = 0;
}

/* The same for another image than before: what lies past its limits is freed. */
void gs_limit_rebind(struct gs_pool *pool, struct gs_slot *slot)
{
	u32 area;

	lockdep_assert_held(&slot->lock);
	for (area = 0; area < pool->layout.area_count; area++) {
		unsigned long initial = initial_limit(pool, slot->image, area);
		const struct gs_layout_area *layout = &pool->layout.areas[area];
		unsigned long end = slot->parked & BIT(area) ? layout->max : slot->limits[area];

		slot->limits[area] = initial;
		gs_residency_drop_range(pool, slot, layout->start + initial, layout->start + end);
	}
	slot->resized = 0;
	WRITE_ONCE(slot->parked, 0);
}

/* The slot has no private page any more, and so none is parked. */
void gs_limit_clear_parked(struct gs_slot *slot)
{
	lockdep_assert_held(&slot->lock);
	WRITE_ONCE(slot->parked, 0);
}
