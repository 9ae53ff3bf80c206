/* SPDX-License-Identifier: MIT */
/*
 * Pools of the library, for guardslotctl to show.
 */
#ifndef TESTS_CTL_POOL_H
#define TESTS_CTL_POOL_H

#include "test.h"

#include <libshim.h>

struct shim_pool *pool_new(const struct shim_pool_config *config);

/* Slots of one area of 16 pages. */
struct shim_pool *pool_plain(uint32_t slots);

/* The id of the newest pool that this process opened, as list has it. */
unsigned int pool_id(void);

#endif /* TESTS_CTL_POOL_H */
