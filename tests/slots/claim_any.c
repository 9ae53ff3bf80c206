// SPDX-License-Identifier: MIT
// A thread gets some idle slot, its last one if it can, and no two threads the same.
#include "slot_test.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#include "backend/backend.h"

#define SLOTS 4

static struct shim_pool *pool;

static struct shim_pool *pool_idle(void)
{
	struct shim_pool_config config = config_default();

	config.flags = SHIM_POOL_IDLE;
	return pool_create(&config);
}

static uint32_t claim(void)
{
	uint32_t slot = UINT32_MAX;

	must(shim_slot_claim_any(pool, &slot));
	return slot;
}

TEST("with SHIM_POOL_IDLE all slots of a new pool can be claimed, and then none")
{
	uint32_t seen = 0, slot = 77;

	pool = pool_idle();
	for (int i = 0; i < SLOTS; i++)
		seen |= 1u << claim();
	test_eq(seen, (1u << SLOTS) - 1);
	must_fail(-EBUSY, "all 4 slots are claimed", shim_slot_claim_any(pool, &slot));
	test_eq(slot, 77);
}

TEST("without it there is none until one is released")
{
	uint32_t slot;

	pool = pool_default();
	test_err(-EBUSY, shim_slot_claim_any(pool, &slot));
	must(release_kept(pool, 2));
	test_eq(claim(), 2);
}

TEST("a thread gets the slot again that it had last")
{
	uint32_t slot;

	pool = pool_idle();
	claim();
	slot = claim();
	must(release_kept(pool, slot));
	test_eq(claim(), slot);
}

TEST("a slot whose pages are being taken will be free soon")
{
	_Atomic uint32_t *word;
	uint32_t slot;

	pool = pool_default();
	must(release_kept(pool, 1));
	/* As the kernel does, and the purge of idle slots. */
	word = shim_claim_word(pool, 1);
	atomic_store(word, SHIM_SLOT_RECLAIM);
	must_fail(-EAGAIN, "slot 1 is being reclaimed", shim_slot_claim(pool, 1));
	must_fail(-EAGAIN, "no slot is idle, one is being reclaimed",
		  shim_slot_claim_any(pool, &slot));
	atomic_store(word, SHIM_SLOT_IDLE);
	test_eq(claim(), 1);
}

/* ---- threads -------------------------------------------------------------------------- */

static _Atomic uint32_t owners[SLOTS];

static void *work(void *name)
{
	uint32_t me = (uint32_t)(uintptr_t)name;

	for (int round = 0; round < 2000; round++) {
		uint32_t slot, none = 0;

		/* A slot that is released during the search may be missed. */
		while (shim_slot_claim_any(pool, &slot))
			sched_yield();
		test_ok(atomic_compare_exchange_strong(&owners[slot], &none, me));
		test_ok(atomic_compare_exchange_strong(&owners[slot], &me, 0));
		must(release_kept(pool, slot));
	}
	return NULL;
}

TEST("as many threads as there are slots find one each, and never another's")
{
	pthread_t threads[SLOTS];

	pool = pool_idle();
	for (uintptr_t i = 0; i < SLOTS; i++)
		test_eq(pthread_create(&threads[i], NULL, work, (void *)(i + 1)), 0);
	for (unsigned int i = 0; i < SLOTS; i++)
		pthread_join(threads[i], NULL);
}

TEST_MAIN()
