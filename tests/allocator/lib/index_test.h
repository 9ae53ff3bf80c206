/* SPDX-License-Identifier: MIT */
/*
 * What the tests of the slot index share. They are of numbers only and run
 * anywhere.
 */
#ifndef INDEX_TEST_H
#define INDEX_TEST_H

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "tap.h"
#include "allocator/slot_index.h"

#define NONE SHIM_SLOT_INDEX_NONE

static inline struct shim_slot_index *index_create(uint32_t slots, uint32_t max_warm,
						   uint32_t shards)
{
	struct shim_slot_index_config config = {
		.slots = slots,
		.max_unused_warm = max_warm,
		.shards = shards,
	};
	struct shim_slot_index *index;

	test_success(shim_slot_index_create(&config, &index));
	return index;
}

static inline struct shim_slot_index_counts counts_of(struct shim_slot_index *index)
{
	struct shim_slot_index_counts counts;

	shim_slot_index_count(index, &counts);
	return counts;
}

/* Numbers that look random and are the same in every run. */
static inline uint32_t random_below(uint64_t *state, uint32_t bound)
{
	*state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)((*state >> 33) % bound);
}

#endif /* INDEX_TEST_H */
