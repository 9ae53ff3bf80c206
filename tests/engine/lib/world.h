/* SPDX-License-Identifier: MIT */
/*
 * The pool of the model test with its model, from its creation to the last look at it.
 */
#ifndef TESTS_WORLD_H
#define TESTS_WORLD_H

#include "model.h"

void world_make(struct world *world, uint32_t flags, uint64_t keep_pages);

/* Compares all slots with the model, and closes the pool. */
void world_end(struct world *world);

#endif /* TESTS_WORLD_H */
