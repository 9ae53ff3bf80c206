// SPDX-License-Identifier: MIT
// A poisoned slot is counted and never given out again.
#include "slot_index.h"

TEST("poisoned slots are never given out again, the others are")
{
	struct shim_slot_index *index = index_create(40, 10, 4);
	bool poisoned[40] = { false };

	for (uint32_t i = 0; i < 40; i++)
		test_ok(shim_slot_index_alloc(index, 1) != NONE);
	for (uint32_t slot = 0; slot < 40; slot++) {
		poisoned[slot] = slot % 3 == 0;
		if (poisoned[slot])
			shim_slot_index_poison(index, slot);
		else
			shim_slot_index_free(index, slot, 1);
	}
	test_eq(counts_of(index).poisoned, 14);
	test_eq(counts_of(index).unused_warm, 26);
	for (uint32_t round = 0; round < 3; round++) {
		uint32_t slot, count = 0;

		while ((slot = shim_slot_index_alloc(index, 1 + round)) != NONE) {
			test_ok(!poisoned[slot]);
			count++;
		}
		test_eq(count, 26);
		for (slot = 0; slot < 40; slot++)
			if (!poisoned[slot])
				shim_slot_index_free(index, slot, 1);
	}
	test_eq(counts_of(index).poisoned, 14);
	shim_slot_index_destroy(index);
}

TEST_MAIN()
