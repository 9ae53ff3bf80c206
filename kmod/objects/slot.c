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

/* Slots from number @first on, as many as are in a block. */
static struct gs_slot *alloc_block(u32 first, const struct gs_layout *layout)
{
	u32 count = min(layout->slots - first, GS_SLOT_BLOCK), i;
	struct gs_slot *block;

	/* vmalloc aligns to pages, and so the slots to cache lines. */
	block = __vmalloc(array_size(count, sizeof(*block)),
			  GFP_KERNEL_ACCOUNT | __GFP_ZERO | __GFP_NOWARN);
	if (!block)
		return NULL;
	for (i = 0; i < count; i++) {
		slot_init(&block[i], first + i, layout);
		cond_resched();
	}
	return block;
}

/* Allocates the table; the caller publishes it. ERR_PTR(-ENOMEM). */
struct gs_slot **gs_slot_table_init(const struct gs_layout *layout)
{
	struct gs_slot **table;
	u32 first;

	table = kcalloc(DIV_ROUND_UP(layout->slots, GS_SLOT_BLOCK), sizeof(*table),
			GFP_KERNEL_ACCOUNT);
	if (!table)
		return ERR_PTR(-ENOMEM);
	for (first = 0; first < layout->slots; first += GS_SLOT_BLOCK) {
		table[first / GS_SLOT_BLOCK] = alloc_block(first, layout);
		if (!table[first / GS_SLOT_BLOCK])
			goto uninit_table;
	}
	return table;

uninit_table:
	gs_slot_table_uninit(table, first);
	return ERR_PTR(-ENOMEM);
}

/* The first @count slots are there, and have no page and no image; no call works on them. */
void gs_slot_table_uninit(struct gs_slot **table, u32 count)
{
	u32 i;

	for (i = 0; i < count; i++) {
		mutex_destroy(&gs_slot_table_at(table, i)->lock);
		cond_resched();
	}
	for (i = 0; i < count; i += GS_SLOT_BLOCK)
		vfree(table[i / GS_SLOT_BLOCK]);
	kfree(table);
}
