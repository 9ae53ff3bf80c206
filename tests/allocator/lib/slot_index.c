// SPDX-License-Identifier: MIT
/* Slot indexes, their counts, and random numbers. */
#include "slot_index.h"

struct shim_slot_index *index_create(uint32_t slots, uint32_t max_warm, uint32_t shards)
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

struct shim_slot_index_counts counts_of(struct shim_slot_index *index)
{
	struct shim_slot_index_counts counts;

	shim_slot_index_count(index, &counts);
	return counts;
}
