// SPDX-License-Identifier: MIT
// A fork()ed child has no slot memory, and the parent's slots are untouched by it.
#include "slot_test.h"

#include <sys/wait.h>

static struct shim_pool *pool;

static volatile unsigned char *areas[4];

static void child_reads(void)
{
	for (uint32_t slot = 0; slot < 4; slot++)
		touches_fault(areas[slot]);
	_exit(0);
}

static int child_run(void (*body)(void))
{
	pid_t child = fork();
	int status;

	test_sys(child);
	if (child == 0)
		body();
	test_eq(waitpid(child, &status, 0), child);
	return status;
}

TEST("a touch in the child faults, for slots of every kind")
{
	struct shim_pool_config config = config_default();
	struct model model;
	uint32_t image;

	pool = pool_create(&config);
	image = image_noise(pool, &config, 1, 1, &model);
	rebind(pool, 1, image);
	rebind(pool, 2, image);
	rebind(pool, 2, SHIM_IMAGE_NONE);
	resize(pool, 3, 0, config.areas[0].max);
	for (uint32_t slot = 0; slot < 4; slot++) {
		dirty_all(pool, slot, slot);
		areas[slot] = area_at(pool, slot, 0);
	}
	test_eq(child_run(child_reads), 0);
	for (uint32_t slot = 0; slot < 4; slot++)
		test_eq(area_at(pool, slot, 0)[99], noise(99, slot));
	reset(pool, 1);
	model_check(pool, 1, &model);
}

static void child_dies(void)
{
	raise(SIGKILL);
}

TEST("a child that is killed leaves the pool as it was")
{
	struct shim_pool_config config = config_default();
	struct model none = model_none(&config);

	pool = pool_create(&config);
	dirty_all(pool, 0, 5);
	test_eq(child_run(child_dies), SIGKILL);
	test_eq(area_at(pool, 0, 0)[99], noise(99, 5));
	reset(pool, 0);
	model_check(pool, 0, &none);
}

TEST_MAIN()
