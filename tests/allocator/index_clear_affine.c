// SPDX-License-Identifier: MIT
// The unused slots of a module can be taken one by one, and then have no module.
#include "slot_index.h"

static void check_clear(uint64_t module)
{
	struct shim_slot_index *index = index_create(100, 100, 1);

	test_eq(shim_slot_index_alloc(index, module), 0);
	test_eq(shim_slot_index_alloc(index, module), 1);
	shim_slot_index_free(index, 1, module);
	shim_slot_index_free(index, 0, module);

	test_eq(shim_slot_index_alloc_affine(index, module), 0);
	shim_slot_index_free(index, 0, SHIM_MODULE_NONE);
	test_eq(shim_slot_index_alloc_affine(index, module), 1);
	test_eq(shim_slot_index_alloc_affine(index, module), NONE);
	shim_slot_index_free_cold(index, 1);

	test_eq(shim_slot_index_alloc(index, module), 2);
	shim_slot_index_destroy(index);
}

TEST("affine slots are taken one by one, then none is")
{
	check_clear(1);
	check_clear(UINT64_MAX);
}

TEST("used slots and other modules' slots are not taken")
{
	struct shim_slot_index *index = index_create(10, 10, 1);

	test_eq(shim_slot_index_alloc(index, 1), 0);
	test_eq(shim_slot_index_alloc(index, 2), 1);
	shim_slot_index_free(index, 1, 2);
	test_eq(shim_slot_index_alloc_affine(index, 1), NONE);
	test_eq(shim_slot_index_alloc_affine(index, 2), 1);
	shim_slot_index_destroy(index);
}

TEST("affine slots are found in every shard")
{
	struct shim_slot_index *index = index_create(64, 64, 8);
	unsigned char seen[64] = { 0 };
	uint32_t slot, found = 0;

	for (uint32_t i = 0; i < 64; i++)
		test_ok(shim_slot_index_alloc(index, 1) != NONE);
	for (uint32_t i = 0; i < 64; i++)
		shim_slot_index_free(index, i, 1 + i % 2);
	while ((slot = shim_slot_index_alloc_affine(index, 2)) != NONE) {
		test_eq(slot % 2, 1);
		test_eq(seen[slot]++, 0);
		found++;
	}
	test_eq(found, 32);
	shim_slot_index_destroy(index);
}

TEST_MAIN()
