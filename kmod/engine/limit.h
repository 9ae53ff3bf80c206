/* SPDX-License-Identifier: GPL-2.0-only */
/* The limits of a slot's areas, and pages that are parked past them. */
#ifndef _GS_LIMIT_H
#define _GS_LIMIT_H

#include <linux/bits.h>

#include "objects/slot.h"

struct gs_pool;

bool gs_limit_covers(struct gs_pool *pool, struct gs_slot *slot, unsigned long offset);
unsigned long gs_limit_set(struct gs_pool *pool, struct gs_slot *slot, u32 area,
			   unsigned long limit);
void __gs_limit_reset(struct gs_pool *pool, struct gs_slot *slot);
void gs_limit_rebind(struct gs_pool *pool, struct gs_slot *slot);
void gs_limit_clear_parked(struct gs_slot *slot);

/* Whether pages may be parked in the area; without the slot's lock it is a hint. */
static inline bool gs_limit_may_have_parked(const struct gs_slot *slot, u32 area)
{
	return READ_ONCE(slot->parked) & BIT(area);
}

/*
 * Sets the limits to those of the slot's image. What lies past them is parked, and
 * the caller restores it. What was parked before and was not needed since is freed.
 */
static inline void gs_limit_reset(struct gs_pool *pool, struct gs_slot *slot)
{
	if (slot->resized | slot->parked)
		__gs_limit_reset(pool, slot);
}

#endif /* _GS_LIMIT_H */
