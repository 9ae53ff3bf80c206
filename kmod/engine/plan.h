/* SPDX-License-Identifier: GPL-2.0-only */
/* Whether a reset of a slot looks for the pages that were written. */
#ifndef _GS_PLAN_H
#define _GS_PLAN_H

#include "objects/resident.h"

/* The parameter reset_mode. */
enum gs_plan_mode {
	GS_PLAN_AUTO,
	GS_PLAN_COPY,
	GS_PLAN_LOOK,
};

extern uint gs_plan_reset_mode;

bool gs_plan_decide(struct gs_slot *slot, u32 slots);
void gs_plan_judge(struct gs_slot *slot, u32 written, u32 slots);
void gs_plan_give_up(struct gs_slot *slot, u32 slots);

static __always_inline enum gs_plan_mode gs_plan_mode(void)
{
	return READ_ONCE(gs_plan_reset_mode);
}

/*
 * Of a slot that has pages, one of at most @slots that share a flush; the answer counts as
 * the reset of all its pages.
 */
static __always_inline bool gs_plan_looks(struct gs_slot *slot, u32 slots)
{
	struct gs_tracking *tracking = &slot->residents->tracking;
	enum gs_plan_mode mode = gs_plan_mode();
	u32 count = gs_resident_count(slot);

	if (unlikely(mode != GS_PLAN_AUTO))
		return mode == GS_PLAN_LOOK;
	tracking->credit -= count;
	if (tracking->credit > 0 && count <= tracking->known)
		return false;
	return gs_plan_decide(slot, slots);
}

/* The slot has lost pages: those that come next are new. */
static inline void gs_plan_note_loss(struct gs_slot *slot)
{
	if (slot->residents->room)
		slot->residents->tracking.known = gs_resident_count(slot);
}

#endif /* _GS_PLAN_H */
