// SPDX-License-Identifier: MIT
// What a shrink, a reset or a purge gives back costs no memory map and no commit charge any more.
#include "slot_test.h"

#include "file.h"
#include "sysctl.h"
#include "vmas.h"

#define SLOTS 40
#define LARGE (UINT64_C(64) << 20)

static struct shim_pool_config config;
static struct shim_pool *pool;
static struct model model;
static uint32_t image;

static void start(uint64_t initial)
{
	config = config_default();
	config.slots = SLOTS;
	config.areas[0].reserve = 2 * LARGE;
	config.areas[0].max = LARGE;
	config.areas[0].initial = initial;
	config.areas[1].initial = 0;
	pool = pool_create(&config);
}

/* Its limits are 5 pages and none, so that a slot bound to it has content and a tail. */
static void image_make(void)
{
	static unsigned char bytes[3 * PAGE_MAX];
	struct shim_image_area areas[2] = {
		{ .source = bytes, .length = 3 * PAGE, .limit = 5 * PAGE },
	};

	fill(bytes, 3 * PAGE, 7);
	must(shim_image_create(pool, 1, areas, 2, &image));
	model = model_none(&config);
	model.limits[0] = 5 * PAGE;
	model.limits[1] = 0;
	memcpy(model.bytes[0], bytes, 3 * PAGE);
}

/* One slot after the other grows, is written to, and gives it back. */
static void slots_cycle(void (*give_back)(uint32_t slot))
{
	uint64_t large = config.areas[0].max;

	for (uint32_t slot = 0; slot < config.slots; slot++) {
		resize(pool, slot, 0, large);
		resize(pool, slot, 1, config.areas[1].max);
		area_at(pool, slot, 0)[0] = 1;
		area_at(pool, slot, 0)[large / 2] = 1;
		area_at(pool, slot, 1)[config.areas[1].max - 1] = 1;
		give_back(slot);
		touches_fault(area_at(pool, slot, 0) + large / 2);
	}
}

static void by_reset(uint32_t slot)
{
	reset(pool, slot);
}

static void by_shrink(uint32_t slot)
{
	resize(pool, slot, 0, model.bytes[0] ? model.limits[0] : config.areas[0].initial);
	resize(pool, slot, 1, model.bytes[0] ? model.limits[1] : config.areas[1].initial);
}

static void by_purge(uint32_t slot)
{
	purge(pool, slot);
}

static void by_unbind(uint32_t slot)
{
	rebind(pool, slot, SHIM_IMAGE_NONE);
	rebind(pool, slot, image);
}

/* ---- memory maps ----------------------------------------------------------------- */

static void maps_stay(void (*give_back)(uint32_t slot))
{
	size_t before = vma_count();

	for (unsigned int round = 0; round < 2; round++) {
		slots_cycle(give_back);
		test_eq(vma_count(), before);
	}
}

TEST("maps of slots that grow from nothing")
{
	start(0);
	maps_stay(by_reset);
	maps_stay(by_shrink);
	maps_stay(by_purge);
}

/* The kernel may put all maps of such a pool beside each other, and make one of some. */
TEST("maps of slots that are small")
{
	config = config_default();
	config.areas[0].initial = 0;
	config.areas[1].initial = 0;
	pool = pool_create(&config);
	maps_stay(by_reset);
	maps_stay(by_shrink);
	maps_stay(by_purge);
}

TEST("maps of slots that grow from a limit")
{
	start(3 * PAGE);
	maps_stay(by_reset);
	maps_stay(by_shrink);
	maps_stay(by_purge);
}

TEST("maps of slots that are bound to an image")
{
	start(0);
	image_make();
	for (uint32_t slot = 0; slot < SLOTS; slot++)
		rebind(pool, slot, image);
	maps_stay(by_reset);
	maps_stay(by_shrink);
	maps_stay(by_purge);
	maps_stay(by_unbind);
}

/* ---- commit charge ----------------------------------------------------------------- */

/* Makes commits strict, and so that few large slots are within the limit. */
static void commits_limit(void)
{
	char text[32];

	sysctl_set("/proc/sys/vm/overcommit_memory", "2");
	/* What is kept back for others is more where there is more memory. */
	sysctl_set("/proc/sys/vm/user_reserve_kbytes", "0");
	snprintf(text, sizeof(text), "%lu",
		 get_number("/proc/meminfo", "Committed_AS") + 5 * (LARGE >> 10) / 2);
	sysctl_set("/proc/sys/vm/overcommit_kbytes", text);
}

static void charge_stays(void (*give_back)(uint32_t slot))
{
	unsigned long before = get_number("/proc/meminfo", "Committed_AS"), after;

	slots_cycle(give_back);
	after = get_number("/proc/meminfo", "Committed_AS");
	test_note("committed before %lu kB, after %lu kB", before, after);
	test_ok(after < before + (LARGE >> 10));
}

TEST_WHEN(sysctl_is_ours, "commit charge of slots that grow and shrink one at a time")
{
	commits_limit();
	start(0);
	charge_stays(by_reset);
	charge_stays(by_shrink);
	charge_stays(by_purge);
	maps_stay(by_reset);
}

TEST_WHEN(sysctl_is_ours, "commit charge of slots that are bound to an image")
{
	commits_limit();
	start(0);
	image_make();
	for (uint32_t slot = 0; slot < SLOTS; slot++)
		rebind(pool, slot, image);
	charge_stays(by_reset);
	charge_stays(by_purge);
	charge_stays(by_unbind);
	maps_stay(by_purge);
	for (uint32_t slot = 0; slot < SLOTS; slot++)
		model_check(pool, slot, &model);
}

TEST_WHEN(sysctl_is_ours, "a slot that may not grow stays as it was, and can grow later")
{
	int error;

	commits_limit();
	start(PAGE);
	for (uint32_t slot = 0; slot < 2; slot++)
		resize(pool, slot, 0, LARGE);
	fill(area_at(pool, 2, 0), PAGE, 3);
	error = shim_slot_resize(pool, 2, 0, LARGE, NULL);
	if (config.backend == SHIM_BACKEND_DEVICE) {
		test_err(0, error);
		return;
	}
	test_err(-ENOMEM, error);
	test_eq(query(pool, 2).limit[0], PAGE);
	test_eq(area_at(pool, 2, 0)[99], noise(99, 3));
	touches_fault(area_at(pool, 2, 0) + PAGE);
	reset(pool, 0);
	resize(pool, 2, 0, LARGE);
	test_eq(area_at(pool, 2, 0)[99], noise(99, 3));
}

TEST_MAIN()
