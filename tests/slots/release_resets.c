// SPDX-License-Identifier: MIT
// A slot that was released shows nothing of its last tenant, unless the caller wants that.
#include "slot_test.h"

static struct shim_pool *pool;
static struct model model;

/* Four slots that a tenant wrote, of which the first two are bound to an image. */
static void start(void)
{
	const uint32_t slots[] = { 0, 1 };
	struct shim_pool_config config = config_default();
	uint32_t image;

	pool = pool_create(&config);
	image = image_noise(pool, &config, 1, 1, &model);
	must(shim_slot_rebind(pool, slots, 2, image, NULL));
	for (uint32_t slot = 0; slot < 4; slot++)
		dirty_all(pool, slot, slot);
}

TEST("who claims it next sees its image, in each slot of a vector")
{
	const uint32_t slots[] = { 1, 0 };
	uint32_t done = 0;

	start();
	must(shim_slot_release(pool, slots, 2, 0, &done));
	test_eq(done, 2);
	for (uint32_t slot = 0; slot < 2; slot++) {
		test_eq(query(pool, slot).state, SHIM_SLOT_IDLE);
		must(shim_slot_claim(pool, slot));
		model_check(pool, slot, &model);
	}
	test_eq(area_at(pool, 2, 0)[9], noise(9, 2));
}

TEST("with SHIM_RELEASE_KEEP its content stays")
{
	start();
	must(release_kept(pool, 0));
	must(shim_slot_claim(pool, 0));
	test_eq(area_at(pool, 0, 0)[9], noise(9, 0));
	test_eq(query(pool, 0).resets, query(pool, 1).resets);
}

TEST("a slot that is not claimed is not reset, and neither is any other of the vector")
{
	const uint32_t slots[] = { 0, 3, 1 };
	uint32_t done = 7;

	start();
	must(release_kept(pool, 3));
	must_fail(-EBUSY, "slot 3 is idle", shim_slot_release(pool, slots, 3, 0, &done));
	test_eq(done, 0);
	must(shim_slot_claim(pool, 3));
	for (uint32_t slot = 0; slot < 4; slot++)
		test_eq(area_at(pool, slot, 0)[9], noise(9, slot));
}

TEST("a slot that stands twice in the vector is released once")
{
	const uint32_t slots[] = { 2, 2 };
	uint32_t done = 7;

	start();
	must_fail(-EBUSY, "slot 2 is idle", shim_slot_release(pool, slots, 2, 0, &done));
	test_eq(done, 1);
	must(shim_slot_claim(pool, 2));
	test_eq(area_at(pool, 2, 0)[9], 0);
}

TEST("unknown flags and slots are refused before anything changes")
{
	const uint32_t slots[] = { 0, 4 };

	start();
	must_fail(-EOPNOTSUPP, "flags 0x2 are unknown", shim_slot_release(pool, slots, 1, 3, NULL));
	test_err(-ENOENT, shim_slot_release(pool, slots, 2, 0, NULL));
	test_eq(query(pool, 0).state, SHIM_SLOT_ACTIVE);
	test_eq(area_at(pool, 0, 0)[9], noise(9, 0));
}

TEST_MAIN()
