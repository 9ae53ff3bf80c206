// SPDX-License-Identifier: MIT
/*
 * How many shards there are, and which one is a thread's home.
 */
#define _GNU_SOURCE
#include <sched.h>
#include <stdatomic.h>

#include "base/shards.h"

/* Fewer slots have one shard: one lock is enough, and affinity needs one search. */
#define SHARDING_CAPACITY 128
#define MAX_SHARDS 16

/* Threads are numbered as they come; a thread has the same number everywhere. */
static atomic_uint threads_seen;
static __thread uint32_t thread_number; /* counted from 1; 0: the thread has none yet */

uint32_t shim_shards_default(uint32_t slots, uint32_t processors)
{
	if (slots < SHARDING_CAPACITY || processors < 1)
		return 1;
	return processors < MAX_SHARDS ? processors : MAX_SHARDS;
}

static uint32_t processors_count(void)
{
	cpu_set_t set;

	/* The set is too small for over 1024 processors, which are enough for all shards. */
	if (sched_getaffinity(0, sizeof(set), &set))
		return MAX_SHARDS;
	return (uint32_t)CPU_COUNT(&set);
}

uint32_t shim_shards_suitable(uint32_t slots)
{
	return shim_shards_default(slots, processors_count());
}

uint32_t shim_shards_home_of_many(uint32_t shards)
{
	if (!thread_number)
		thread_number = atomic_fetch_add_explicit(&threads_seen, 1, memory_order_relaxed) %
					UINT32_C(0x7fffffff) +
				1;
	return thread_number % shards;
}
