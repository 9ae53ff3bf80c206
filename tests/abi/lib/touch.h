/* SPDX-License-Identifier: MIT */
/*
 * Touching pages of a slot until a cap refuses one.
 */
#ifndef TESTS_TOUCH_H
#define TESTS_TOUCH_H

#include "abi.h"

/*
 * Writes to up to that many pages of area 0, from the first one on. Returns how many
 * it could write to; page i holds i + 1.
 */
size_t touch_pages(struct pool *pool, uint32_t slot, size_t pages);

#endif /* TESTS_TOUCH_H */
