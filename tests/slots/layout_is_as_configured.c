// SPDX-License-Identifier: MIT
// Areas lie where the config says: in order, guard after reserve, slots one stride apart.
#include "slot_test.h"

#include <sys/mman.h>

TEST("distances are those of the config")
{
	struct shim_pool_config config = config_default();
	uint64_t stride = 0;
	struct shim_pool *pool;

	config.slots = 33;
	config.area_count = 3;
	config.areas[2] = (struct shim_area_config){ .reserve = 5 * PAGE, .max = 5 * PAGE };
	pool = pool_create(&config);
	for (uint32_t i = 0; i < 3; i++) {
		test_eq(area_at(pool, 0, i) - area_at(pool, 0, 0), stride);
		stride += config.areas[i].reserve + config.areas[i].guard;
	}
	for (uint32_t slot = 1; slot < 33; slot++)
		for (uint32_t i = 0; i < 3; i++)
			test_eq(area_at(pool, slot, i) - area_at(pool, slot - 1, i), stride);
	test_eq((uintptr_t)area_at(pool, 0, 0) % PAGE, 0);
}

/* Whether the page at this address is mapped, and so cannot be given to another map. */
static bool is_reserved(volatile unsigned char *at)
{
	void *map = mmap((void *)at, PAGE, PROT_NONE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

	if (map == MAP_FAILED)
		return errno == EEXIST;
	munmap(map, PAGE);
	return false;
}

TEST("the pool owns its guards, from the pre-guard to the last one")
{
	struct shim_pool_config config = config_default();
	struct shim_pool *pool = pool_create(&config);
	volatile unsigned char *first = area_at(pool, 0, 0) - config.pre_guard;
	volatile unsigned char *end = area_at(pool, config.slots - 1, 1) + config.areas[1].reserve +
				      config.areas[1].guard;

	for (volatile unsigned char *at = first; at < end; at += PAGE)
		test_ok(is_reserved(at));
}

TEST("addresses never change")
{
	struct shim_pool_config config = config_default();
	struct shim_pool *pool = pool_create(&config);
	void *before = shim_slot_address(pool, 2, 1);
	struct model model;

	rebind(pool, 2, image_noise(pool, &config, 1, 1, &model));
	resize(pool, 2, 1, 0);
	reset(pool, 2);
	purge(pool, 2);
	test_ok(shim_slot_address(pool, 2, 1) == before);
}

TEST("a pool of slots of 8 GiB each takes address space, not memory")
{
	struct shim_pool_config config = config_default();
	struct shim_pool *pool;

	config.slots = 1000;
	config.areas[0].reserve = UINT64_C(4) << 30;
	config.areas[0].guard = UINT64_C(4) << 30;
	config.areas[0].max = UINT64_C(4) << 30;
	pool = pool_create(&config);
	area_at(pool, 999, 0)[0] = 1;
	touches_fault(area_at(pool, 999, 0) + (UINT64_C(8) << 30) - 1);
	reset(pool, 999);
	test_eq(area_at(pool, 999, 0)[0], 0);
	pool_destroy(pool);
}

TEST_MAIN()
