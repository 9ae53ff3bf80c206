// SPDX-License-Identifier: GPL-2.0-only
/* The table of a pool's slots. */
#include <linux/sched.h>
#include <linux/vmalloc.h>

#include "objects/layout.h"
#include "objects/resident.h"
#include "objects/slot.h"

static void slot_init(struct gs_slot *slot, const struct gs_layout *layout)
{
	u32 area;

	mutex_init(&slot->lock);
	gs_tree_init(&slot->pages);
	gs_resident_init(slot);
	for (area = 0; area < layout->area_count; area++)
		slot->limits[area] = layout->areas[area].initial;
}

/* Allocates the table; the caller publishes it. ERR_PTR(-ENOMEM). */
struct gs_slot *gs_slot_table_init(const struct gs_layout *layout)
{
	struct gs_slot *slots;
	u32 i;

	/* vmalloc aligns to pages, and so the slots to cache lines. */
	slots = __vmalloc(array_size(layout->slots, sizeof(*slots)),
			  GFP_KERNEL_ACCOUNT | __GFP_ZERO | __GFP_NOWARN);
	if (!slots)
		return ERR_PTR(-ENOMEM);
	for (i = 0; i < layout->slots; i++) {
		slot_init(&slots[i], layout);
		cond_resched();
	}
	return slots;
}

/* The slots have no page and no image, and no call works on them. */
void gs_slot_table_uninit(struct gs_slot *slots, u32 count)
{
	u32 i;

	for (i = 0; i < count; i++) {
		mutex_destroy(&slots[i].lock);
		cond_resched();
	}
	vfree(slots);
}
