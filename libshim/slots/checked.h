/* SPDX-License-Identifier: MIT */
/*
 * Pools under a tool that checks memory or threads (base/checkers.h): what it is told of
 * their slots. A slot that is claimed may be touched up to the limit of each area, and not
 * behind it; a slot that is not claimed may not be touched.
 *
 * Only these pools have pool->checked, and only their table of operations is another one
 * than the backend's, so that the others pay one look in a claim and in a release.
 */
#ifndef SHIM_CHECKED_H
#define SHIM_CHECKED_H

#include "backend/backend.h"

/* Of a pool that is made: does nothing where no tool is. -ENOMEM with a message. */
int shim_checked_init(struct shim_pool *pool);

/* The slot was just claimed. Returns 0, for the claim to end with. */
int shim_checked_enter(struct shim_pool *pool, uint32_t slot);

/* Before the caller gives a slot up, and when it did or could not: between, it has a lock. */
void shim_checked_leave(struct shim_pool *pool, uint32_t slot);
void shim_checked_left(struct shim_pool *pool, uint32_t slot);

#endif /* SHIM_CHECKED_H */
