// SPDX-License-Identifier: MIT
/* Transitions of claim words, and how all idle slots are reclaimed. */
#include "claim.h"

#include <sched.h>

#include "file.h"
#include "pool.h"

bool claim(const struct pool *pool, uint32_t slot)
{
	uint32_t idle = GUARDSLOT_IDLE;

	return atomic_compare_exchange_strong(claim_word(pool, slot), &idle, GUARDSLOT_ACTIVE);
}

void release(const struct pool *pool, uint32_t slot)
{
	atomic_store_explicit(claim_word(pool, slot), GUARDSLOT_IDLE, memory_order_release);
}

void claim_own(const struct pool *pool, uint32_t slot)
{
	while (!claim(pool, slot))
		sched_yield();
}

uint32_t state_of(struct pool *pool, uint32_t slot)
{
	return atomic_load(claim_word(pool, slot));
}

void drop_caches(void)
{
	write_file("/proc/sys/vm/drop_caches", "2");
}
