// SPDX-License-Identifier: MIT
// A slot is claimed by one thread at a time; claiming and releasing change nothing else.
#include "slot_test.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

TEST("slots start out claimed; a released one can be claimed once")
{
	struct shim_pool *pool = pool_default();

	must_fail(-EBUSY, "slot 1 is claimed", shim_slot_claim(pool, 1));
	test_eq(query(pool, 1).state, SHIM_SLOT_ACTIVE);
	must(release_kept(pool, 1));
	test_eq(query(pool, 1).state, SHIM_SLOT_IDLE);
	test_eq(query(pool, 0).state, SHIM_SLOT_ACTIVE);
	must_fail(-EBUSY, "slot 1 is idle", release_kept(pool, 1));
	must(shim_slot_claim(pool, 1));
	test_err(-EBUSY, shim_slot_claim(pool, 1));
	must_fail(-ENOENT, "slot 4 is not under the pool's 4", shim_slot_claim(pool, 4));
	test_err(-ENOENT, release_kept(pool, 4));
}

TEST("content, limits and binding stay")
{
	struct shim_pool_config config = config_default();
	struct shim_pool *pool = pool_create(&config);
	struct model model;
	uint32_t image = image_noise(pool, &config, 1, 1, &model);

	rebind(pool, 2, image);
	must(release_kept(pool, 2));
	must(shim_slot_claim(pool, 2));
	test_eq(query(pool, 2).image, image);
	model_check(pool, 2, &model);
}

static struct shim_pool *shared;
static _Atomic uint32_t owner;

static void *contend(void *name)
{
	uint32_t me = (uint32_t)(uintptr_t)name, claimed = 0;

	while (claimed < 500) {
		uint32_t none = 0;

		if (shim_slot_claim(shared, 0)) {
			sched_yield();
			continue;
		}
		test_ok(atomic_compare_exchange_strong(&owner, &none, me));
		claimed++;
		test_ok(atomic_compare_exchange_strong(&owner, &me, 0));
		must(release_kept(shared, 0));
	}
	return NULL;
}

TEST("no two threads have a slot at a time")
{
	pthread_t threads[4];

	shared = pool_default();
	must(release_kept(shared, 0));
	for (uintptr_t i = 0; i < ARRAY_SIZE(threads); i++)
		test_eq(pthread_create(&threads[i], NULL, contend, (void *)(i + 1)), 0);
	for (unsigned int i = 0; i < ARRAY_SIZE(threads); i++)
		pthread_join(threads[i], NULL);
	must(shim_slot_claim(shared, 0));
}

TEST_MAIN()
