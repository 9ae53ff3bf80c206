// SPDX-License-Identifier: MIT
// Threads never get the same slot at a time, and none is lost.
#include "slot_index.h"
#include "soak.h"

#include <pthread.h>
#include <stdatomic.h>

#define SLOTS 200
#define THREADS 6

static struct shim_slot_index *shared;
static atomic_uint owner[SLOTS];
static uint64_t first_seed;

static void *churn(void *name)
{
	uint32_t me = (uint32_t)(uintptr_t)name, mine[SLOTS], count = 0;
	uint64_t seed = first_seed * THREADS + me;

	for (long round = 0; soak_goes_on(round); round++) {
		uint32_t slot, none = 0;

		if (random_below(&seed, 2) && count) {
			slot = mine[--count];
			test_eq(atomic_exchange(&owner[slot], 0), me);
			shim_slot_index_free(shared, slot, 1 + random_below(&seed, 7));
			continue;
		}
		if (random_below(&seed, 50))
			slot = shim_slot_index_alloc(shared, 1 + random_below(&seed, 7));
		else
			slot = shim_slot_index_alloc_affine(shared, 1);
		if (slot == NONE)
			continue;
		test_ok(atomic_compare_exchange_strong(&owner[slot], &none, me));
		mine[count++] = slot;
	}
	while (count) {
		atomic_store(&owner[mine[--count]], 0);
		shim_slot_index_free_cold(shared, mine[count]);
	}
	return NULL;
}

TEST("six threads on 200 slots in four shards")
{
	pthread_t threads[THREADS];

	first_seed = soak_start(30000);
	shared = index_create(SLOTS, 20, 4);
	for (uintptr_t i = 0; i < THREADS; i++)
		test_eq(pthread_create(&threads[i], NULL, churn, (void *)(i + 1)), 0);
	for (uint32_t i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	test_eq(counts_of(shared).used, 0);
	for (uint32_t i = 0; i < SLOTS; i++)
		test_ok(shim_slot_index_alloc(shared, 1) != NONE);
	test_eq(shim_slot_index_alloc(shared, 1), NONE);
	shim_slot_index_destroy(shared);
}

TEST_MAIN()
