/* SPDX-License-Identifier: MIT */
/*
 * Slots whose resets look for what was written, and the comparison of all their pages
 * with the image.
 */
#ifndef TESTS_LOOK_H
#define TESTS_LOOK_H

#include "abi.h"

/* Page i of every slot has this key + i. */
#define LOOK_KEY 100

/*
 * Slots of so many pages, all of them private, bound to one image, whose dirty bits were
 * cleared by a reset that looked. Sets the mode.
 */
struct pool pool_looked(uint32_t slots, size_t pages);

/* Each page of the slot is that of the image again. */
void test_initial(const struct pool *pool, uint32_t slot, size_t pages);

void reset_slots(struct pool *pool, uint32_t first, uint32_t count);

#endif /* TESTS_LOOK_H */
