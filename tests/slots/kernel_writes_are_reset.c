// SPDX-License-Identifier: MIT
// read(2) and write(2) work on slots, what the kernel wrote is reset, and a guard is EFAULT.
#include "slot_test.h"

#include <sys/mman.h>

static struct shim_pool_config config;
static struct shim_pool *pool;
static struct model model;
static int file;

/* The file holds 16 pages of noise. */
static void start(void)
{
	static unsigned char bytes[16 * PAGE_MAX];
	const size_t length = 16 * PAGE;

	config = config_default();
	pool = pool_create(&config);
	rebind(pool, 0, image_noise(pool, &config, 1, 3, &model));
	fill(bytes, length, 60);
	file = memfd_create("noise", MFD_CLOEXEC);
	test_sys(file);
	test_eq(pwrite(file, bytes, length, 0), length);
}

TEST("what read(2) put into a slot is gone after a reset")
{
	volatile unsigned char *at;

	start();
	at = area_at(pool, 0, 0) + 11;
	for (unsigned int round = 0; round < 3; round++) {
		test_eq(pread(file, (void *)at, 9 * PAGE, 0), 9 * PAGE);
		for (uint64_t i = 0; i < 9 * PAGE; i += 13)
			test_eq(at[i], noise(i, 60));
		reset(pool, 0);
		model_check(pool, 0, &model);
	}
}

TEST("what read(2) put into a slot's pages that were never touched is gone")
{
	start();
	resize(pool, 0, 0, config.areas[0].max);
	test_eq(pread(file, (void *)(area_at(pool, 0, 0) + 30 * PAGE), PAGE, 0), PAGE);
	reset(pool, 0);
	resize(pool, 0, 0, config.areas[0].max);
	test_eq(area_at(pool, 0, 0)[30 * PAGE], 0);
}

TEST("write(2) reads the image from a slot")
{
	static unsigned char back[3 * PAGE_MAX];
	const size_t length = 3 * PAGE;

	start();
	test_eq(pwrite(file, (void *)area_at(pool, 0, 0), length, 0), length);
	test_eq(pread(file, back, length, 0), length);
	test_mem(back, model.bytes[0], length);
}

TEST("a buffer in a guard is EFAULT, to read and to write")
{
	start();
	for (uint32_t area = 0; area < 2; area++) {
		void *limit = (void *)(area_at(pool, 0, area) + model.limits[area]);
		void *guard = (void *)(area_at(pool, 0, area) + config.areas[area].reserve);

		test_sys_err(-EFAULT, pread(file, limit, 100, 0));
		test_sys_err(-EFAULT, pwrite(file, limit, 100, 0));
		test_sys_err(-EFAULT, pread(file, guard, 100, 0));
		test_sys_err(-EFAULT, pwrite(file, guard, 100, 0));
	}
}

TEST("a buffer that crosses the limit ends there at the latest")
{
	volatile unsigned char *limit;
	ssize_t length;

	start();
	limit = area_at(pool, 0, 0) + model.limits[0];
	length = pread(file, (void *)(limit - 2 * PAGE), 4 * PAGE, 0);
	test_ok(length >= -1 && length <= (ssize_t)(2 * PAGE));
	touches_fault(limit);
	reset(pool, 0);
	model_check(pool, 0, &model);
	resize(pool, 0, 0, model.limits[0] + 2 * PAGE);
	test_bytes((const void *)limit, 0, 2 * PAGE);
}

TEST_MAIN()
