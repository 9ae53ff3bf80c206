// SPDX-License-Identifier: MIT
// Written pages that are swapped out when the reset comes are the image's again like any other.
#include "slot_test.h"

#include <stdarg.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#define SWAPPED (1 << 4)

static bool swap_is_played;
static unsigned int runs_played;

/* The kernel's structs for PAGEMAP_SCAN, as in linux/fs.h. */
struct scan {
	uint64_t size, flags, start, end, walk_end, vec, vec_len, max_pages;
	uint64_t category_inverted, category_mask, category_anyof_mask, return_mask;
};

struct scan_region {
	uint64_t start, end, categories;
};

/*
 * The library's ioctl(): a scan says that all pages it found are swapped out, as most
 * machines that run the test have no swap.
 */
int __wrap_ioctl(int fd, unsigned long number, ...);
int __wrap_ioctl(int fd, unsigned long number, ...)
{
	va_list args;
	void *arg;
	int result;

	va_start(args, number);
	arg = va_arg(args, void *);
	va_end(args);
	result = (int)syscall(SYS_ioctl, fd, number, arg);
	if (swap_is_played && number == _IOWR('f', 16, struct scan)) {
		struct scan *scan = arg;
		struct scan_region *regions = (void *)(uintptr_t)scan->vec;

		test_ok(scan->return_mask & SWAPPED);
		for (int i = 0; i < result; i++, runs_played++)
			regions[i].categories |= SWAPPED;
	}
	return result;
}

/* On the device nothing is swapped. */
static bool scans(void)
{
	return backend_keeps_pages() && backend_get() == SHIM_BACKEND_MMAP;
}

TEST("pages that the kernel says are swapped out")
{
	struct shim_pool_config config = config_default();
	struct shim_pool *pool = pool_create(&config);
	struct model model;

	rebind(pool, 0, image_noise(pool, &config, 1, 1, &model));
	swap_is_played = true;
	for (unsigned int round = 0; round < 3; round++) {
		dirty_all(pool, 0, 9);
		reset(pool, 0);
		model_check(pool, 0, &model);
	}
	test_eq(runs_played > 0, scans());
	/* They were dropped, and not read back to be written over. */
	if (scans())
		test_eq(query(pool, 0).resident_pages, 0);
}

/* The kernel does so where there is swap, and refuses it on the device. */
TEST("pages that the kernel was asked to swap out")
{
	struct shim_pool_config config = config_default();
	struct shim_pool *pool = pool_create(&config);
	struct model model;
	uint32_t copy;

	rebind(pool, 0, image_noise(pool, &config, 1, 1, &model));
	for (unsigned int round = 0; round < 3; round++) {
		void *at = (void *)area_at(pool, 0, 0);

		dirty_all(pool, 0, 9);
		madvise(at, model.limits[0], MADV_PAGEOUT);
		must(shim_image_snapshot(pool, 1, 0, &copy));
		madvise(at, model.limits[0], MADV_PAGEOUT);
		reset(pool, 0);
		model_check(pool, 0, &model);
		rebind(pool, 1, copy);
		for (uint64_t i = 0; i < model.limits[0]; i++)
			test_eq(area_at(pool, 1, 0)[i], noise(i, 9));
		must(shim_image_destroy(pool, copy));
	}
}

TEST_MAIN()
