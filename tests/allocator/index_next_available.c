// SPDX-License-Identifier: MIT
// Without affinity slots are given out in rising order, each once, until there are none.
#include "slot_index.h"

TEST("cold slots come in order, then none")
{
	for (uint32_t slots = 1; slots < 20; slots++) {
		struct shim_slot_index *index = index_create(slots, 0, 1);

		test_eq(counts_of(index).unused_cold, slots);
		for (uint32_t i = 0; i < slots; i++)
			test_eq(shim_slot_index_alloc(index, SHIM_MODULE_NONE), i);
		test_eq(shim_slot_index_alloc(index, SHIM_MODULE_NONE), NONE);
		test_eq(shim_slot_index_alloc(index, 7), NONE);
		test_eq(counts_of(index).used, slots);
		shim_slot_index_destroy(index);
	}
}

TEST("a freed slot is there again, whatever it was used for")
{
	struct shim_slot_index *index = index_create(3, 1, 1);

	for (uint64_t module = 0; module < 3; module++)
		test_eq(shim_slot_index_alloc(index, module), module);
	shim_slot_index_free(index, 1, 5);
	test_eq(shim_slot_index_alloc(index, 9), 1);
	test_eq(shim_slot_index_alloc(index, 9), NONE);
	shim_slot_index_free(index, 2, SHIM_MODULE_NONE);
	test_eq(shim_slot_index_alloc(index, SHIM_MODULE_NONE), 2);
	shim_slot_index_free_cold(index, 0);
	test_eq(shim_slot_index_alloc(index, 1), 0);
	shim_slot_index_destroy(index);
}

TEST_MAIN()
