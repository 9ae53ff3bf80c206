// SPDX-License-Identifier: MIT
// Prefaulting a range makes its pages private, changes no byte, and saves writes their faults.
#include "slot_test.h"

#include <sys/resource.h>

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
		rebind(pool, slot, image);
}

static int prefault(uint32_t slot, uint32_t area, uint64_t offset, uint64_t length, uint64_t *pages)
{
	return shim_slot_prefault_range(pool, &slot, 1, area, offset, length, pages, NULL);
}

static long faults(void)
{
	struct rusage usage;

	test_sys(getrusage(RUSAGE_SELF, &usage));
	return usage.ru_minflt + usage.ru_majflt;
}

TEST("the content stays, in image pages and in zero ones")
{
	uint64_t pages;

	start();
	must(prefault(1, 0, 0, model.limits[0], &pages));
	test_eq(pages, model.limits[0] / PAGE);
	must(prefault(1, 1, 0, model.limits[1], NULL));
	model_check(pool, 1, &model);
	resident_is(pool, 1, (model.limits[0] + model.limits[1]) / PAGE);
	resident_is(pool, 0, 0);
	reset(pool, 1);
	model_check(pool, 1, &model);
}

TEST("only pages that were not private count")
{
	uint64_t pages;

	start();
	area_at(pool, 2, 0)[PAGE] = 1;
	area_at(pool, 2, 0)[3 * PAGE] = 1;
	must(prefault(2, 0, PAGE, 5 * PAGE, &pages));
	test_eq(pages, backend_is("mmap-noproc") ? 5 : 3);
	resident_is(pool, 2, 5);
	must(prefault(2, 0, PAGE, 5 * PAGE, &pages));
	test_eq(pages, backend_is("mmap-noproc") ? 5 : 0);
	must(prefault(2, 0, 3 * PAGE, 0, &pages));
	test_eq(pages, 0);
	test_eq(area_at(pool, 2, 0)[3 * PAGE], 1);
}

TEST("writes to what was prefaulted fault no more")
{
	volatile unsigned char *at;
	long before;

	start();
	at = area_at(pool, 0, 0);
	must(prefault(0, 0, 0, 4 * PAGE, NULL));
	before = faults();
	for (int i = 0; i < 4; i++)
		at[i * PAGE] = 1;
	test_eq(faults() - before, 0);
}

TEST("a vector is done up to the slot whose limit the range is past")
{
	const uint32_t slots[] = { 0, 1, 2, 3 };
	uint64_t pages;
	uint32_t done;

	start();
	resize(pool, 2, 0, 2 * PAGE);
	must_fail(-EINVAL,
		  format("offset %zu, length %zu: past the limit of slot 2, area 0", PAGE,
			 2 * PAGE),
		  shim_slot_prefault_range(pool, slots, 4, 0, PAGE, 2 * PAGE, &pages, &done));
	test_eq(done, 2);
	test_eq(pages, 4);
	resident_is(pool, 1, 2);
	resident_is(pool, 2, 0);
	resident_is(pool, 3, 0);
}

TEST("a range that is none is refused")
{
	start();
	must_fail(-EINVAL, "area 2 is not under the pool's 2", prefault(0, 2, 0, PAGE, NULL));
	must_fail(-EINVAL,
		  format("offset 1, length %zu: not multiples of the page size %zu", PAGE, PAGE),
		  prefault(0, 0, 1, PAGE, NULL));
	must_fail(-EINVAL,
		  format("offset 0, length %zu: not multiples of the page size %zu", PAGE - 1,
			 PAGE),
		  prefault(0, 0, 0, PAGE - 1, NULL));
	must_fail(-EINVAL,
		  format("offset %zu, length %zu: past max %zu of area 0", 48 * PAGE, PAGE,
			 48 * PAGE),
		  prefault(0, 0, 48 * PAGE, PAGE, NULL));
	must_fail(-EINVAL,
		  format("offset %zu, length %zu: past max %zu of area 0", PAGE, -PAGE, 48 * PAGE),
		  prefault(0, 0, PAGE, -PAGE, NULL));
	must_fail(-ENOENT, "slots[0]: slot 4 is not under the pool's 4",
		  prefault(4, 0, 0, PAGE, NULL));
	resident_is(pool, 0, 0);
}

TEST_MAIN()
