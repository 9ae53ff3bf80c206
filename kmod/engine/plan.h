/* SPDX-License-Identifier: GPL-2.0-only */
/* Whether a reset of a slot looks for the pages that were written. */
#ifndef _GS_PLAN_H
#define _GS_PLAN_H

#include <linux/types.h>

struct gs_slot;

/* The parameter reset_mode. */
enum gs_plan_mode {
	GS_PLAN_AUTO,
	GS_PLAN_COPY,
	GS_PLAN_LOOK,
};

enum gs_plan_mode gs_plan_mode(void);
bool gs_plan_looks(struct gs_slot *slot);
void gs_plan_judge(struct gs_slot *slot, u32 written, u32 slots);
void gs_plan_give_up(struct gs_slot *slot);

#endif /* _GS_PLAN_H */
