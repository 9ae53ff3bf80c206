// SPDX-License-Identifier: MIT
// At the bound of unused warm slots the least recently used one is taken over a cold one.
#include "slot_index.h"

static void warm(struct shim_slot_index *index, uint64_t module, uint32_t expected)
{
	test_eq(shim_slot_index_alloc(index, module), expected);
	shim_slot_index_free(index, expected, module);
}

TEST("with a bound of 1 two modules take turns in one slot")
{
	struct shim_slot_index *index = index_create(100, 1, 1);

	warm(index, 1, 0);
	warm(index, 1, 0);
	warm(index, 2, 0);
	warm(index, 1, 0);
	shim_slot_index_destroy(index);
}

TEST("the bound counts unused warm slots, not used ones")
{
	struct shim_slot_index *index = index_create(100, 1, 1);

	test_eq(shim_slot_index_alloc(index, 1), 0);
	warm(index, 2, 1);
	/* Slot 1 is warm and unused: the bound is reached. */
	test_eq(shim_slot_index_alloc(index, 1), 1);
	test_eq(shim_slot_index_alloc(index, 2), 2);
	shim_slot_index_free(index, 1, 1);
	shim_slot_index_free(index, 0, 1);
	test_eq(counts_of(index).unused_warm, 2);
	/* Of its own slots a module gets the last, of others' the oldest. */
	test_eq(shim_slot_index_alloc(index, 1), 0);
	shim_slot_index_free(index, 0, 1);
	test_eq(shim_slot_index_alloc(index, 2), 1);
	shim_slot_index_destroy(index);
}

TEST("with a bound of n the n modules that were used last stay warm")
{
	for (uint32_t bound = 2; bound < 20; bound++) {
		struct shim_slot_index *index = index_create(100, bound, 1);

		for (uint32_t i = 0; i < bound; i++)
			warm(index, i + 1, i);
		for (uint32_t i = 0; i < bound; i++)
			warm(index, i + 1, i);
		/* A new one takes the oldest module's, which then takes the next. */
		warm(index, 1000, 0);
		warm(index, 1, 1);
		warm(index, 1000, 0);
		test_eq(counts_of(index).unused_cold, 100 - bound);
		shim_slot_index_destroy(index);
	}
}

TEST("with a bound of 0 a cold slot is the last choice")
{
	struct shim_slot_index *index = index_create(2, 0, 1);

	warm(index, 1, 0);
	test_eq(shim_slot_index_alloc(index, 2), 0);
	test_eq(shim_slot_index_alloc(index, 2), 1);
	shim_slot_index_destroy(index);
}

TEST("a slot freed as cold counts as cold")
{
	struct shim_slot_index *index = index_create(2, 1, 1);

	warm(index, 1, 0);
	test_eq(shim_slot_index_alloc_affine(index, 1), 0);
	shim_slot_index_free_cold(index, 0);
	test_eq(counts_of(index).unused_warm, 0);
	test_eq(counts_of(index).unused_cold, 2);
	test_eq(shim_slot_index_alloc(index, 1), 1);
	shim_slot_index_destroy(index);
}

TEST("the bound is shared out to the shards to the last one")
{
	struct shim_slot_index *index = index_create(40, 6, 4);
	uint32_t slot[40];

	for (uint32_t i = 0; i < 40; i++)
		slot[i] = shim_slot_index_alloc(index, 1);
	for (uint32_t i = 0; i < 40; i++)
		shim_slot_index_free_cold(index, slot[i]);
	/* One slot at a time and always another module: warm ones up to the bound. */
	for (uint64_t module = 1; module < 100; module++) {
		uint32_t at = shim_slot_index_alloc(index, module);

		shim_slot_index_free(index, at, module);
	}
	/* The home shard's share of 6 over 4. */
	test_ok(counts_of(index).unused_warm == 1 || counts_of(index).unused_warm == 2);
	shim_slot_index_destroy(index);
}

TEST_MAIN()
