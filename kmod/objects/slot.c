// SPDX-License-Identifier: GPL-2.0-only
/* The table of a pool's slots. */
#include <linux/minmax.h>
#include <linux/overflow.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "objects/layout.h"
#include "objects/resident.h"
#include "objects/slot.h"

static void slot_init(struct gs_slot *slot, u32 index, const struct gs_layout *layout)
{
	u32 area;

	mutex_init(&slot->lock);
	slot->index = index;
	gs_tree_init(&slot->pages);
	gs_resident_init(slot);
	for (area = 0; area < layout->area_count; area++)
		slot->limits[area] = layout->areas[area].initial;
}

/* Slots from number @first on, as many as are in a block. -ENOMEM. */
static int block_init(struct gs_slot_table *table, u32 first, const struct gs_layout *layout)
{
	u32 count = min(layout->slots - first, GS_SLOT_BLOCK), i;
	void **block = &table->blocks[first / GS_SLOT_BLOCK];

	/* vmalloc aligns to pages, and so the slots to cache lines. */
	*block = __vmalloc(array_size(count, table->slot_size),
			   GFP_KERNEL_ACCOUNT | __GFP_ZERO | __GFP_NOWARN);
	if (!*block)
		return -ENOMEM;
	for (i = first; i < first + count; i++) {
		slot_init(gs_slot_table_at(table, i), i, layout);
		cond_resched();
	}
	return 0;
}

/* Allocates the table; the caller publishes it. ERR_PTR(-ENOMEM). */
struct gs_slot_table *gs_slot_table_init(const struct gs_layout *layout)
{
	u32 blocks = DIV_ROUND_UP(layout->slots, GS_SLOT_BLOCK), first;
	struct gs_slot_table *table;

	table = kzalloc(struct_size(table, blocks, blocks), GFP_KERNEL_ACCOUNT);
	if (!table)
		return ERR_PTR(-ENOMEM);
	table->slot_size = gs_slot_size(layout->area_count);
	for (first = 0; first < layout->slots; first += GS_SLOT_BLOCK)
		if (block_init(table, first, layout))
			goto uninit_table;
	return table;

uninit_table:
	gs_slot_table_uninit(table, first);
	return ERR_PTR(-ENOMEM);
}

/* The first @count slots are there, and have no page and no image; no call works on them. */
void gs_slot_table_uninit(struct gs_slot_table *table, u32 count)
{
	u32 i;

	for (i = 0; i < count; i++) {
		mutex_destroy(&gs_slot_table_at(table, i)->lock);
		cond_resched();
	}
	for (i = 0; i < count; i += GS_SLOT_BLOCK)
		vfree(table->blocks[i / GS_SLOT_BLOCK]);
	kfree(table);
}
