/* SPDX-License-Identifier: MIT */
/*
 * The slots of the model: what each call makes of their content and limits.
 */
#ifndef TESTS_MODEL_SLOT_H
#define TESTS_MODEL_SLOT_H

#include "actor.h"

uint8_t *slot_at(struct actor *actor, const struct model_slot *slot, uint32_t area);
void model_reset(struct model_slot *slot);

/* Takes over the caller's reference. */
void model_bind(struct model_slot *slot, struct model_image *image);

/*
 * What a purge made of the slot. It takes the slot from an image that is destroyed;
 * where another thread is destroying the image, only the kernel knows whether it had
 * done so before the purge.
 */
void model_purge(struct actor *actor, struct model_slot *slot);

void model_resize(struct model_slot *slot, uint32_t area, uint64_t limit);

/* Part of an area against the model, from the kernel's side or the user's. */
void check_bytes(struct actor *actor, struct model_slot *slot, uint32_t area, uint64_t at,
		 uint64_t length, const uint8_t *seen);

void check_slot(struct actor *actor, struct model_slot *slot);

#endif /* TESTS_MODEL_SLOT_H */
