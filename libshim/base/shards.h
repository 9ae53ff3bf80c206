/* SPDX-License-Identifier: MIT */
/*
 * Shards: what is divided among threads, so that each has a lock of its own to take.
 */
#ifndef SHIM_SHARDS_H
#define SHIM_SHARDS_H

#include <stdint.h>

/* How many shards suit so many slots and processors; 1 for slots too few for more. */
uint32_t shim_shards_default(uint32_t slots, uint32_t processors);

/* The same for the processors that this thread may use. */
uint32_t shim_shards_suitable(uint32_t slots);

/* Among more than one. */
uint32_t shim_shards_home_of_many(uint32_t shards);

/* The calling thread's home among so many shards. */
static inline uint32_t shim_shards_home(uint32_t shards)
{
	return shards == 1 ? 0 : shim_shards_home_of_many(shards);
}

#endif /* SHIM_SHARDS_H */
