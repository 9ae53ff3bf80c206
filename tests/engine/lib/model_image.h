/* SPDX-License-Identifier: MIT */
/*
 * The images of the model, and the table that all threads find them in.
 */
#ifndef TESTS_MODEL_IMAGE_H
#define TESTS_MODEL_IMAGE_H

#include "actor.h"

uint8_t *pages_alloc(uint32_t area);
void image_get(struct model_image *image);
void image_put(struct model_image *image);

struct model_image *image_alloc(struct actor *actor);

/* Any image that has an id, with a reference; NULL when there is none. */
struct model_image *image_pick(struct actor *actor);

/* Makes it known to all; the caller's reference goes to the table. */
bool image_publish(struct actor *actor, struct model_image *image);

/* Takes one out of the table, with the table's reference. */
struct model_image *image_unpublish(struct actor *actor);

#endif /* TESTS_MODEL_IMAGE_H */
