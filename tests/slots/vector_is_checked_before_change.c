// SPDX-License-Identifier: MIT
// A call with a wrong slot, image or count changes nothing, wherever the wrong value is.
#include "slot_test.h"

static struct shim_pool_config config;
static struct shim_pool *pool;
static struct model model;
static uint32_t image;

static void start(void)
{
	config = config_default();
	pool = pool_create(&config);
	image = image_noise(pool, &config, 1, 1, &model);
	for (uint32_t slot = 0; slot < config.slots; slot++)
		dirty_all(pool, slot, slot);
}

static void nothing_changed(void)
{
	for (uint32_t slot = 0; slot < config.slots; slot++) {
		struct shim_slot_info info = query(pool, slot);

		test_eq(info.image, SHIM_IMAGE_NONE);
		test_eq(info.resets, 0);
		test_eq(info.purges, 0);
		test_eq(info.limit[0], config.areas[0].initial);
		for (uint64_t at = 0; at < info.limit[0]; at += 127)
			test_eq(area_at(pool, slot, 0)[at], noise(at, slot));
	}
}

TEST("a wrong slot at the end of a vector")
{
	const uint32_t slots[] = { 0, 1, 2, 4 };
	uint32_t done = 9;

	start();
	must_fail(-ENOENT, "slots[3]: slot 4 is not under the pool's 4",
		  shim_slot_reset(pool, slots, 4, &done));
	test_eq(done, 0);
	test_err(-ENOENT, shim_slot_rebind(pool, slots, 4, image, &done));
	test_err(-ENOENT, shim_slot_purge(pool, slots, 4, &done));
	nothing_changed();
}

TEST("a wrong slot at the end of a long vector")
{
	static uint32_t slots[1000];
	uint32_t done = 9;

	start();
	slots[999] = UINT32_MAX;
	must_fail(-ENOENT, "slots[999]: slot 4294967295 is not under the pool's 4",
		  shim_slot_reset(pool, slots, 1000, &done));
	test_eq(done, 0);
	test_err(-ENOENT, shim_slot_purge(pool, slots, 1000, &done));
	nothing_changed();
}

TEST("an image that is not there")
{
	const uint32_t slots[] = { 0, 1 };
	uint32_t done = 9;

	start();
	must_fail(-ENOENT, "image 4242 is not in the pool",
		  shim_slot_rebind(pool, slots, 2, 4242, &done));
	test_eq(done, 0);
	nothing_changed();
}

TEST("more slots than a vector may have")
{
	uint32_t *slots = calloc(65537, sizeof(*slots));
	uint32_t done = 9;

	start();
	must_fail(-EINVAL, "count 65537 is over 65536", shim_slot_reset(pool, slots, 65537, &done));
	test_eq(done, 0);
	test_err(-EINVAL, shim_slot_purge(pool, slots, 65537, &done));
	nothing_changed();
	must(shim_slot_reset(pool, slots, 65536, &done));
	test_eq(done, 65536);
	test_eq(query(pool, 0).resets, 65536);
	free(slots);
}

TEST("no vector at all")
{
	uint32_t done = 9;

	start();
	must_fail(-EFAULT, "slots is NULL, count is 3", shim_slot_reset(pool, NULL, 3, &done));
	test_eq(done, 0);
	test_err(-EFAULT, shim_slot_purge(pool, NULL, 3, &done));
	nothing_changed();
}

TEST_MAIN()
