/* SPDX-License-Identifier: MIT */
/*
 * The claim protocol as a user of the device follows it.
 */
#ifndef TESTS_CLAIM_H
#define TESTS_CLAIM_H

#include "abi.h"

/* IDLE to ACTIVE; false: another thread or the kernel has the slot. */
bool claim(const struct pool *pool, uint32_t slot);

void release(const struct pool *pool, uint32_t slot);

/* Only the kernel competes for the slot. */
void claim_own(const struct pool *pool, uint32_t slot);

uint32_t state_of(struct pool *pool, uint32_t slot);
void drop_caches(void);

#endif /* TESTS_CLAIM_H */
