// SPDX-License-Identifier: MIT
// An instance gets the slot that its module used last, then cold ones, then the oldest.
#include "slot_index.h"

TEST("a module gets its own slot back, another module a cold one")
{
	struct shim_slot_index *index = index_create(100, 100, 1);

	test_eq(shim_slot_index_alloc(index, 1), 0);
	shim_slot_index_free(index, 0, 1);
	test_eq(shim_slot_index_alloc(index, 1), 0);
	shim_slot_index_free(index, 0, 1);

	test_eq(shim_slot_index_alloc(index, 2), 1);
	test_eq(shim_slot_index_alloc(index, 1), 0);
	shim_slot_index_free(index, 0, 1);
	shim_slot_index_free(index, 1, 2);
	test_eq(shim_slot_index_alloc(index, 1), 0);
	test_eq(shim_slot_index_alloc(index, 2), 1);
	shim_slot_index_destroy(index);
}

TEST("of several own slots the one that was used last comes first")
{
	struct shim_slot_index *index = index_create(8, 8, 1);

	for (uint32_t i = 0; i < 4; i++)
		test_eq(shim_slot_index_alloc(index, 1), i);
	shim_slot_index_free(index, 2, 1);
	shim_slot_index_free(index, 0, 1);
	shim_slot_index_free(index, 3, 1);
	shim_slot_index_free(index, 1, 1);
	test_eq(shim_slot_index_alloc(index, 1), 1);
	test_eq(shim_slot_index_alloc(index, 1), 3);
	test_eq(shim_slot_index_alloc(index, 1), 0);
	test_eq(shim_slot_index_alloc(index, 1), 2);
	test_eq(shim_slot_index_alloc(index, 1), 4);
	shim_slot_index_destroy(index);
}

TEST("with no cold slot left the least recently used one is taken")
{
	struct shim_slot_index *index = index_create(3, 3, 1);

	for (uint64_t module = 1; module <= 3; module++)
		test_eq(shim_slot_index_alloc(index, module), module - 1);
	shim_slot_index_free(index, 1, 2);
	shim_slot_index_free(index, 0, 1);
	shim_slot_index_free(index, 2, 3);
	test_eq(shim_slot_index_alloc(index, 4), 1);
	test_eq(shim_slot_index_alloc(index, 3), 2);
	/* Module 2's slot went to module 4, so it has none. */
	test_eq(shim_slot_index_alloc(index, 2), 0);
	test_eq(shim_slot_index_alloc(index, 2), NONE);
	shim_slot_index_destroy(index);
}

TEST("a slot freed without affinity has no module")
{
	struct shim_slot_index *index = index_create(2, 2, 1);

	test_eq(shim_slot_index_alloc(index, 1), 0);
	shim_slot_index_free(index, 0, SHIM_MODULE_NONE);
	test_eq(shim_slot_index_alloc_affine(index, 1), NONE);
	test_eq(shim_slot_index_alloc(index, 1), 1);
	shim_slot_index_destroy(index);
}

static void check_hits(uint32_t shards, uint32_t modules)
{
	uint64_t state = 1, last[1000] = { 0 };
	struct shim_slot_index *index = index_create(1000, 1000, shards);
	uint32_t used[1000], count = 0, hits = 0;

	for (uint32_t round = 0; round < 100000; round++) {
		uint64_t module = 1 + random_below(&state, modules);
		uint32_t slot;

		while (count && random_below(&state, 2)) {
			uint32_t at = random_below(&state, count);

			shim_slot_index_free(index, used[at], last[used[at]]);
			used[at] = used[--count];
		}
		slot = shim_slot_index_alloc(index, module);
		if (slot == NONE)
			continue;
		hits += last[slot] == module;
		last[slot] = module;
		used[count++] = slot;
	}
	test_note("%u shards, %u modules: %u of 100000 found theirs", shards, modules, hits);
	test_ok(hits > 20000);
	shim_slot_index_destroy(index);
}

TEST("of random instances more than a fifth find their module's slot")
{
	check_hits(1, 100);
	check_hits(1, 1000);
	/* One thread uses one shard: it has 250 slots for its modules. */
	check_hits(4, 100);
}

TEST_MAIN()
