// SPDX-License-Identifier: MIT
// A virtual machine that has slot memory as its own sees what is in the slot, before and after a reset.
#include "slot_test.h"

#include "machine.h"

/* KVM_MEM_LOG_DIRTY_PAGES: KVM write-protects what it has mapped. */
#define LOG_WRITES 1

static struct shim_pool_config config;
static struct shim_pool *pool;
static struct model models[2];
static uint32_t images[2];
static struct machine machine;

/* Slot 0 is bound to the first image, and its area 0 is the machine's memory. */
static void start(uint32_t flags)
{
	config = config_default();
	pool = pool_create(&config);
	for (unsigned int i = 0; i < ARRAY_SIZE(images); i++)
		images[i] = image_noise(pool, &config, i + 1, 3 + i, &models[i]);
	rebind(pool, 0, images[0]);
	machine = machine_create(area_at(pool, 0, 0), config.areas[0].max, flags);
}

static void machine_sees(const struct model *model)
{
	for (uint64_t at = 0; at < model->limits[0]; at += PAGE) {
		test_eq(machine_copy(&machine, at, PAGE), 0);
		test_mem(machine.box, model->bytes[0] + at, PAGE);
	}
}

/* What lies past the limit is neither read nor written. */
static void machine_ends_at(uint64_t limit)
{
	test_eq(machine_copy(&machine, limit, 1), -EFAULT);
	test_eq(machine_fill(&machine, limit, 1, 9), -EFAULT);
}

/* The machine has all pages of the image in its page tables, then writes, and is reset. */
static void tenants(const struct model *model)
{
	for (unsigned int tenant = 0; tenant < 3; tenant++) {
		uint64_t limit = query(pool, 0).limit[0];

		machine_sees(model);
		test_eq(machine_fill(&machine, PAGE / 2, limit - PAGE, 0x5a), 0);
		test_bytes((const void *)(area_at(pool, 0, 0) + PAGE / 2), 0x5a, limit - PAGE);
		machine_ends_at(limit);
		reset(pool, 0);
		machine_sees(model);
		model_check(pool, 0, model);
	}
}

static void with_tables(bool nested_paging)
{
	machine_load(nested_paging);
	start(0);
	tenants(&models[0]);
	machine_destroy(&machine);
	start(LOG_WRITES);
	tenants(&models[0]);
}

TEST_WHEN(machine_exists, "what a machine wrote is gone after a reset")
{
	with_tables(true);
}

TEST_WHEN(machine_exists, "the same where KVM makes its page tables")
{
	with_tables(false);
}

TEST_WHEN(machine_exists, "a machine sees what the program writes, in pages that it had before")
{
	machine_load(true);
	start(0);
	machine_sees(&models[0]);
	dirty_all(pool, 0, 40);
	for (uint64_t at = 0; at < models[0].limits[0]; at += PAGE) {
		test_eq(machine_copy(&machine, at, PAGE), 0);
		test_mem(machine.box, (const void *)(area_at(pool, 0, 0) + at), PAGE);
	}
	reset(pool, 0);
	machine_sees(&models[0]);
}

TEST_WHEN(machine_exists, "a machine sees the image that its slot is bound to")
{
	struct model none;

	machine_load(true);
	start(0);
	none = model_none(&config);
	tenants(&models[0]);
	test_eq(machine_fill(&machine, 0, models[0].limits[0], 1), 0);
	rebind(pool, 0, images[1]);
	tenants(&models[1]);
	test_eq(machine_fill(&machine, 0, models[1].limits[0], 1), 0);
	rebind(pool, 0, SHIM_IMAGE_NONE);
	tenants(&none);
}

TEST_WHEN(machine_exists, "what a machine wrote is gone after a purge")
{
	machine_load(true);
	start(0);
	test_eq(machine_fill(&machine, 0, models[0].limits[0], 1), 0);
	purge(pool, 0);
	machine_sees(&models[0]);
	test_eq(machine_fill(&machine, 0, models[0].limits[0], 2), 0);
	must(release_kept(pool, 0));
	must(shim_pool_purge_idle(pool, NULL));
	must(shim_slot_claim(pool, 0));
	machine_sees(&models[0]);
	tenants(&models[0]);
}

TEST_WHEN(machine_exists,
	  "what a machine wrote past a limit that was lowered is not there when it grows")
{
	uint64_t limit, max;

	machine_load(true);
	start(0);
	limit = models[0].limits[0];
	max = config.areas[0].max;
	for (unsigned int tenant = 0; tenant < 3; tenant++) {
		resize(pool, 0, 0, max);
		test_eq(machine_copy(&machine, limit, PAGE), 0);
		test_bytes(machine.box, 0, PAGE);
		test_eq(machine_fill(&machine, limit, max - limit, 0x33), 0);
		if (tenant % 2)
			reset(pool, 0);
		else
			resize(pool, 0, 0, limit);
		machine_ends_at(limit);
		test_eq(machine_fill(&machine, 0, limit, 0x34), 0);
		reset(pool, 0);
		machine_sees(&models[0]);
	}
}

TEST_WHEN(machine_exists, "a snapshot has what a machine wrote, and the next machine sees it")
{
	uint32_t image;

	machine_load(true);
	start(0);
	test_eq(machine_fill(&machine, PAGE, PAGE, 0x77), 0);
	must(shim_image_snapshot(pool, 3, 0, &image));
	memset(models[0].bytes[0] + PAGE, 0x77, PAGE);
	test_eq(machine_fill(&machine, 0, models[0].limits[0], 1), 0);
	machine_destroy(&machine);
	rebind(pool, 1, image);
	machine = machine_create(area_at(pool, 1, 0), config.areas[0].max, 0);
	machine_sees(&models[0]);
}

TEST_WHEN(machine_exists, "a machine of one slot does not see what another slot's wrote")
{
	struct machine other;

	machine_load(true);
	start(0);
	rebind(pool, 1, images[0]);
	other = machine_create(area_at(pool, 1, 0), config.areas[0].max, 0);
	for (unsigned int tenant = 0; tenant < 3; tenant++) {
		test_eq(machine_fill(&other, 0, models[0].limits[0], 0x11), 0);
		machine_sees(&models[0]);
		reset(pool, 1);
		test_eq(machine_fill(&machine, 0, models[0].limits[0], 0x22), 0);
		model_check(pool, 1, &models[0]);
		reset(pool, 0);
	}
}

TEST_WHEN(machine_exists, "a machine has no memory any more once the pool is gone")
{
	machine_load(true);
	start(0);
	test_eq(machine_fill(&machine, 0, models[0].limits[0], 1), 0);
	pool_destroy(pool);
	test_eq(machine_copy(&machine, 0, 1), -EFAULT);
	test_eq(machine_fill(&machine, 0, 1, 1), -EFAULT);
}

TEST_MAIN()
