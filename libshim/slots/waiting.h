/* SPDX-License-Identifier: MIT */
/*
 * Slots of a pool that were released and wait for their reset.
 *
 *	ACTIVE --release--> WAITING --reset--> IDLE --claim--> ACTIVE
 *	   ^                   |
 *	   +--claim_failed-- FAILED
 *
 * A slot in WAITING belongs to who has taken it out of the queue, or to nobody.
 */
#ifndef SHIM_WAITING_H
#define SHIM_WAITING_H

#include "backend/backend.h"

/* Of a pool that is made: nothing where the config wants none. Errors of shim_resets_create() */
int shim_waiting_init(struct shim_pool *pool, const struct shim_pool_config *config);
/* -EINVAL, -EFAULT: the config is wrong */
int shim_waiting_check(const struct shim_pool_config *config);
/* Before the pool is closed: ends its threads. */
void shim_waiting_uninit(struct shim_pool *pool);

/* Hands over claimed slots; *released are. -EBUSY: a slot is not claimed. */
int shim_waiting_add(struct shim_pool *pool, const uint32_t *slots, uint32_t count,
		     uint32_t *released);

/*
 * Resets some of those that wait, for who has found no idle slot: call it with 0, 1, ...
 * False: there are no more.
 */
bool shim_waiting_help(struct shim_pool *pool, uint32_t at);

/* Sets what waits and what failed. */
void shim_waiting_query(struct shim_pool *pool, struct shim_pool_info *info);

#endif /* SHIM_WAITING_H */
