// SPDX-License-Identifier: MIT
// The device records what instances write and prefaults it; the mmap backend records none.
#include "slot_test.h"

static struct shim_pool_config config;
static struct shim_pool *pool;
static uint32_t image;

static void start(uint32_t flags)
{
	struct model model;

	config = config_default();
	config.flags = flags;
	pool = pool_create(&config);
	image = image_noise(pool, &config, 1, 1, &model);
	for (uint32_t slot = 0; slot < config.slots; slot++)
		rebind(pool, slot, image);
}

static void write_pages(uint32_t slot, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		area_at(pool, slot, 0)[i * PAGE] = 1;
}

static bool has_write_sets(void)
{
	return backend_get() == SHIM_BACKEND_DEVICE;
}

TEST("what one slot wrote is made private in others by one call")
{
	const uint32_t slots[] = { 1, 2 };
	uint64_t pages;
	uint32_t done;

	start(0);
	write_pages(0, 3);
	test_eq(query(pool, 0).write_set_pages, has_write_sets() ? 3 : 0);
	must(shim_slot_prefault(pool, slots, 2, &pages, &done));
	test_eq(pages, has_write_sets() ? 6 : 0);
	test_eq(done, 2);
	resident_is(pool, 1, has_write_sets() ? 3 : 0);
	resident_is(pool, 3, 0);
}

TEST("a pool without write sets prefaults nothing")
{
	const uint32_t slot = 1;
	uint64_t pages = 9;

	start(SHIM_POOL_NO_WRITE_SETS);
	write_pages(0, 3);
	test_eq(query(pool, 0).write_set_pages, 0);
	must(shim_slot_prefault(pool, &slot, 1, &pages, NULL));
	test_eq(pages, 0);
}

TEST("with prefault on the first touch one write prefaults the write set")
{
	struct shim_pool *none = NULL;

	config = config_default();
	config.flags = SHIM_POOL_PREFAULT;
	if (!has_write_sets()) {
		must_fail(-EOPNOTSUPP, "SHIM_POOL_PREFAULT: the mmap backend sees no first touch",
			  shim_pool_create(&config, &none));
		test_ok(!none);
		return;
	}
	start(SHIM_POOL_PREFAULT);
	write_pages(0, 4);
	write_pages(1, 1);
	resident_is(pool, 1, 4);
}

TEST("a query returns faults, guard hits and shared pages, where they are counted")
{
	struct shim_slot_info info = { .size = sizeof(info) };
	volatile unsigned char *at;

	start(0);
	at = area_at(pool, 0, 0);
	write_pages(0, 2);
	test_ok(at[5 * PAGE] | 1);
	test_signal(SIGSEGV, at + 63 * PAGE, at[63 * PAGE]);
	info = query(pool, 0);
	test_eq(info.faults >= 2, has_write_sets());
	test_eq(info.guard_hits, has_write_sets() ? 1 : 0);
	test_eq(info.shared_pages >= 1, has_write_sets());
	test_eq(info.reclaims, 0);
	info = query(pool, 1);
	test_eq(info.faults, 0);
	test_eq(info.guard_hits, 0);
}

TEST_MAIN()
