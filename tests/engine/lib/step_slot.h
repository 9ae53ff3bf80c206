/* SPDX-License-Identifier: MIT */
/*
 * What the steps share: taking slots, and choosing what to touch in them.
 */
#ifndef TESTS_STEP_SLOT_H
#define TESTS_STEP_SLOT_H

#include "actor.h"

/* A range within the limit of some area; false when that area has none. */
struct range {
	uint32_t area;
	uint64_t at, length;
};

/* With its lock, and active. */
struct model_slot *take_slot(struct actor *actor);

void leave_slot(struct model_slot *slot);
void lock_all(struct world *world);
void unlock_all(struct world *world);
bool pick_range(struct actor *actor, struct model_slot *slot, struct range *range);
void fill_random(struct actor *actor, uint8_t *to, uint64_t length);

/* New content for a range, in the model. Returns it. */
const uint8_t *model_write(struct actor *actor, struct model_slot *slot, const struct range *range);

#endif /* TESTS_STEP_SLOT_H */
