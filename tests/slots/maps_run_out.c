// SPDX-License-Identifier: MIT
// With no memory maps left calls fail with a message, and no slot shows what it must not.
#include "slot_test.h"

#include "few_maps.h"

static struct shim_pool_config config;
static struct shim_pool *pool;
static struct model model;
static uint32_t image;

static void start(void)
{
	config = config_default();
	config.slots = 8;
	config.areas[0].initial = 0;
	config.areas[1].initial = 0;
	pool = pool_create(&config);
	image = image_noise(pool, &config, 1, 3, &model);
}

/* On the device a pool is one map, however many slots it has: nothing fails. */
static bool needs_maps(void)
{
	return config.backend == SHIM_BACKEND_MMAP;
}

TEST("a slot that cannot grow stays as it was")
{
	uint64_t old;
	int error;

	start();
	rebind(pool, 0, image);
	resize(pool, 0, 0, 5 * PAGE);
	dirty_all(pool, 0, 5);
	maps_take();
	error = shim_slot_resize(pool, 1, 0, 3 * PAGE, &old);
	test_err(needs_maps() ? -ENOMEM : 0, error);
	if (error) {
		test_ok(strstr(shim_error(), "slot 1, area 0: cannot set the limit"));
		test_ok(strstr(shim_error(), "vm.max_map_count"));
		test_eq(query(pool, 1).limit[0], 0);
		touches_fault(area_at(pool, 1, 0));
	}
	test_eq(area_at(pool, 0, 0)[4 * PAGE], noise(4 * PAGE, 5));
	maps_give_back(8);
	resize(pool, 1, 0, 3 * PAGE);
	test_bytes((const void *)area_at(pool, 1, 0), 0, 3 * PAGE);
}

TEST("slots that are warm go on being reset")
{
	start();
	rebind(pool, 0, image);
	dirty_all(pool, 0, 5);
	maps_take();
	for (unsigned int round = 0; round < 3; round++) {
		reset(pool, 0);
		model_check(pool, 0, &model);
		dirty_all(pool, 0, round);
	}
	resize(pool, 0, 0, 0);
	reset(pool, 0);
	model_check(pool, 0, &model);
}

TEST("a slot whose bind failed shows nothing until a reset works")
{
	uint32_t slots[] = { 0, 1, 2, 3, 4, 5, 6, 7 }, done = 0, slot;
	struct model none;
	int error;

	start();
	none = model_none(&config);
	for (slot = 0; slot < 8; slot++) {
		resize(pool, slot, 0, PAGE);
		dirty_all(pool, slot, 9);
	}
	maps_take();
	maps_give_back(3);
	error = shim_slot_rebind(pool, slots, 8, image, &done);
	if (!needs_maps()) {
		test_err(0, error);
		test_eq(done, 8);
		return;
	}
	test_err(-ENOMEM, error);
	test_ok(strstr(shim_error(), "vm.max_map_count"));
	test_ok(done < 8);
	for (slot = 0; slot < done; slot++)
		model_check(pool, slot, &model);

	/* The one that failed. */
	touches_fault(area_at(pool, done, 0));
	touches_fault(area_at(pool, done, 1));
	test_err(-ENOMEM, shim_slot_resize(pool, done, 0, PAGE, NULL));
	test_ok(strstr(shim_error(), "is unusable"));
	test_err(-ENOMEM, release_kept(pool, done));
	test_err(-ENOMEM, shim_image_snapshot(pool, 1, done, &image));

	/* Those after it were not touched. */
	for (slot = done + 1; slot < 8; slot++)
		test_eq(area_at(pool, slot, 0)[7], noise(7, 9));

	maps_give_back(100);
	reset(pool, done);
	model_check(pool, done, &none);
	rebind(pool, done, image);
	model_check(pool, done, &model);
	dirty_all(pool, done, 3);
	reset(pool, done);
	model_check(pool, done, &model);
	must(release_kept(pool, done));
}

TEST("a purge makes an unusable slot usable again")
{
	uint32_t slot;

	start();
	maps_take();
	for (slot = 0; slot < 8; slot++)
		if (shim_slot_rebind(pool, &slot, 1, image, NULL))
			break;
	test_ok(needs_maps() ? slot < 8 : slot == 8);
	maps_give_back(100);
	if (slot == 8)
		return;
	purge(pool, slot);
	test_eq(query(pool, slot).limit[0], 0);
	resize(pool, slot, 0, PAGE);
	test_bytes((const void *)area_at(pool, slot, 0), 0, PAGE);
}

TEST("a pool with more slots than maps is refused, or works as a whole")
{
	struct shim_pool *large = NULL;
	int error;

	start();
	config.slots = (uint32_t)maps_most() + 1000;
	config.areas[0].initial = PAGE;
	error = shim_pool_create(&config, &large);
	test_err(needs_maps() ? -ENOMEM : 0, error);
	if (error) {
		test_ok(strstr(shim_error(), "vm.max_map_count"));
		test_ok(!large);
		return;
	}
	for (uint32_t slot = 0; slot < config.slots; slot += 777)
		area_at(large, slot, 0)[PAGE - 1] = 1;
	pool_destroy(large);
}

TEST_MAIN()
