// SPDX-License-Identifier: MIT
// Shards cover all slots, each once; every slot can be had from every thread.
#include "base/shards.h"
#include "slot_index.h"

#include <pthread.h>

TEST("small pools have one shard, large ones one a processor, at most 16")
{
	test_eq(shim_shards_default(1, 64), 1);
	test_eq(shim_shards_default(127, 64), 1);
	test_eq(shim_shards_default(128, 0), 1);
	test_eq(shim_shards_default(128, 1), 1);
	test_eq(shim_shards_default(128, 2), 2);
	test_eq(shim_shards_default(128, 64), 16);
	test_eq(shim_shards_default(1 << 20, 12), 12);
}

static void check_layout(uint32_t slots, uint32_t shards)
{
	struct shim_slot_index *index = index_create(slots, 0, shards);
	uint32_t in_shard[64] = { 0 }, last = 0;

	test_eq(shim_slot_index_shard_count(index), shards);
	for (uint32_t slot = 0; slot < slots; slot++) {
		uint32_t shard = shim_slot_index_shard_of(index, slot);

		test_ok(shard < shards);
		test_ok(shard == last || shard == last + 1);
		last = shard;
		in_shard[shard]++;
	}
	for (uint32_t i = 0; i < shards; i++)
		test_ok(in_shard[i] == slots / shards || in_shard[i] == slots / shards + 1);
	shim_slot_index_destroy(index);
}

TEST("each slot is in one shard, and shards differ by one slot at most")
{
	uint64_t state = 1;

	for (uint32_t round = 0; round < 300; round++) {
		uint32_t slots = 1 + random_below(&state, 5000);
		uint32_t shards = 1 + random_below(&state, slots < 64 ? slots : 64);

		check_layout(slots, shards);
	}
}

static void check_exhaustive(uint64_t *state, uint32_t slots, uint32_t shards)
{
	struct shim_slot_index *index =
		index_create(slots, random_below(state, slots + 10), shards);
	unsigned char *used = calloc(slots, 1);

	for (uint32_t pass = 0; pass < 3; pass++) {
		for (uint32_t i = 0; i < slots; i++) {
			uint32_t slot = shim_slot_index_alloc(index, random_below(state, 9));

			test_ok(slot < slots);
			test_eq(used[slot]++, 0);
		}
		test_eq(shim_slot_index_alloc(index, 1), NONE);
		test_eq(counts_of(index).used, slots);
		for (uint32_t slot = 0; slot < slots; slot++) {
			used[slot] = 0;
			if (random_below(state, 4))
				shim_slot_index_free(index, slot, random_below(state, 9));
			else
				shim_slot_index_free_cold(index, slot);
		}
		test_eq(counts_of(index).used, 0);
		test_eq(counts_of(index).unused_warm + counts_of(index).unused_cold, slots);
	}
	shim_slot_index_destroy(index);
	free(used);
}

TEST("all slots can be had by one thread, each once, over and over")
{
	uint64_t state = 2;

	for (uint32_t round = 0; round < 100; round++) {
		uint32_t slots = 1 + random_below(&state, 1000);

		check_exhaustive(&state, slots, 1 + random_below(&state, slots < 16 ? slots : 16));
	}
}

static struct shim_slot_index *homes;

static void *home_get(void *home)
{
	*(uint32_t *)home = shim_slot_index_home(homes);
	test_eq(shim_slot_index_home(homes), *(uint32_t *)home);
	test_eq(shim_slot_index_shard_of(homes, shim_slot_index_alloc(homes, 1)),
		*(uint32_t *)home);
	return NULL;
}

TEST("threads have different home shards, and their slots come from there")
{
	pthread_t threads[8];
	uint32_t home[8], seen = 0;

	homes = index_create(80, 80, 8);
	for (uint32_t i = 0; i < 8; i++) {
		test_eq(pthread_create(&threads[i], NULL, home_get, &home[i]), 0);
		pthread_join(threads[i], NULL);
		seen |= 1u << home[i];
	}
	test_eq(seen, 0xff);
	shim_slot_index_destroy(homes);
}

TEST("a slot of the home shard goes before an affine one elsewhere")
{
	struct shim_slot_index *index = index_create(20, 20, 2);
	uint32_t home = shim_slot_index_home(index), slot, away = NONE;

	for (uint32_t i = 0; i < 20; i++)
		test_ok(shim_slot_index_alloc(index, 1) != NONE);
	for (slot = 0; slot < 20; slot++) {
		bool at_home = shim_slot_index_shard_of(index, slot) == home;

		shim_slot_index_free(index, slot, at_home ? 2 : 1);
		if (!at_home)
			away = slot;
	}
	slot = shim_slot_index_alloc(index, 1);
	test_eq(shim_slot_index_shard_of(index, slot), home);
	for (uint32_t i = 0; i < 9; i++)
		test_ok(shim_slot_index_alloc(index, 2) != NONE);
	/* The home shard is empty now. */
	test_eq(shim_slot_index_alloc(index, 1), away);
	shim_slot_index_destroy(index);
}

TEST_MAIN()
