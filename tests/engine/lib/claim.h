/* SPDX-License-Identifier: MIT */
/*
 * The claim protocol as a user of the device follows it.
 */
#ifndef TESTS_CLAIM_H
#define TESTS_CLAIM_H

#include "pool.h"

/* IDLE to ACTIVE; false: somebody else has the slot, or the kernel has for now. */
bool claim(const struct pool *pool, uint32_t slot);

void release(const struct pool *pool, uint32_t slot);

/* Nobody but the kernel competes for the slot. */
void claim_own(const struct pool *pool, uint32_t slot);

uint32_t state_of(struct pool *pool, uint32_t slot);
void drop_caches(void);

#endif /* TESTS_CLAIM_H */
