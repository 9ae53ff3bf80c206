// SPDX-License-Identifier: MIT
// doctor names what makes the resets of a pool dear, where it happens often, and what to do.
#include "test.h"

#include <sys/mman.h>

#include "abi.h"
#include "child.h"
#include "ctl.h"
#include "ctl_pool.h"
#include "machine.h"
#include "reset_mode.h"

#define SLOTS 8
#define PAGES 256
#define ROUNDS 100

static struct shim_pool *pool;
static struct shim_pool_info info;
static const uint32_t slots[SLOTS] = { 0, 1, 2, 3, 4, 5, 6, 7 };

/* Writes to the first pages of slots, and resets them with one call. */
static void resets(unsigned int rounds, uint32_t count, size_t pages)
{
	for (unsigned int round = 0; round < rounds; round++) {
		for (uint32_t slot = 0; slot < count; slot++)
			for (size_t page = 0; page < pages; page++)
				((volatile char *)shim_slot_address(pool, slot, 0))[page * PAGE] =
					1;
		test_success(shim_slot_reset(pool, slots, count, NULL));
	}
}

/* All resets would look. */
static void start(void)
{
	const uint64_t size = PAGES * PAGE;
	struct shim_pool_config config;

	set_reset_mode(MODE_LOOK);
	shim_pool_config_init(&config);
	config.backend = SHIM_BACKEND_DEVICE;
	config.slots = SLOTS;
	config.area_count = 1;
	config.areas[0] = (struct shim_area_config){ size, size, size, size };
	pool = pool_new(&config);
	shim_pool_info_init(&info);
	test_success(shim_pool_query(pool, &info));
}

/* A line of the pool that begins so, or none; what ends the line is the next step. */
static void doctor_says(const char *what, const char *next)
{
	char line[128];
	struct output output;
	const char *found;

	snprintf(line, sizeof(line), "\npool %u\tnote\t%s", pool_id(), what);
	ctl(&output, "doctor");
	test_eq(output.code, 0);
	found = strstr(output.out, line);
	if (!next && found)
		test_fail("there is%s in:\n%s", line, output.out);
	if (!next)
		return;
	found = found ? strstr(found, next) : NULL;
	if (!found || found[strlen(next)] != '\n')
		test_fail("no line%s ... %s in:\n%s", line, next, output.out);
}

TEST("a pool of which nothing is to be said, and one that was reset too seldom")
{
	struct output output;

	start();
	resets(63, 1, 1);
	doctor_says("", NULL);
	resets(ROUNDS, SLOTS, 1);
	doctor_says("", NULL);
	ctl(&output, "doctor");
	test_ok(strstr(output.out, "\npools\tok\t1, with nothing that makes resets dear\n"));
}

TEST("a slab that is mapped twice")
{
	void *second;

	start();
	second = mmap(NULL, info.map_size, PROT_READ, MAP_SHARED, info.descriptor, 0);
	test_ok(second != MAP_FAILED);
	resets(ROUNDS, SLOTS, 1);
	doctor_says("resets copied all pages, as the slab was mapped twice: 800 in 800: ",
		    ": munmap() all maps of the file but the library's, in other processes too");
	/* What was is less and less often. */
	test_sys(munmap(second, info.map_size));
	resets(10 * ROUNDS, SLOTS, 1);
	doctor_says("", NULL);
}

TEST("a process that does not have the slab mapped")
{
	start();
	resets(1, SLOTS, 1);
	in_child({
		struct pool raw = { .fd = info.descriptor };

		for (unsigned int round = 0; round < ROUNDS; round++)
			test_err(0, do_reset(&raw, 0));
	});
	doctor_says("resets copied all pages, as no one map of the calling process shows",
		    ": reset in the process that has the slab mapped, and let mprotect() and "
		    "munmap() cut no slot");
}

TEST("entries that are not there")
{
	start();
	for (unsigned int round = 0; round < ROUNDS; round++) {
		memset(shim_slot_address(pool, 0, 0), 1, 4 * PAGE);
		/* The same map anew, without an entry. */
		test_ok(mmap(info.start, info.map_size, PROT_READ | PROT_WRITE,
			     MAP_SHARED | MAP_FIXED, info.descriptor, 0) == info.start);
		test_success(shim_slot_reset(pool, slots, 1, NULL));
	}
	doctor_says("pages were copied as they had no page-table entry: ",
		    ": keep the slab mapped where it is, and reset in one process");
}

TEST("a call for each slot")
{
	start();
	resets(ROUNDS, 1, 1);
	doctor_says("TLB flushes: ", ": reset several slots with one call, which share a flush");
}

TEST("pages that are given back")
{
	start();
	resets(1, SLOTS, PAGES);
	resets(ROUNDS, SLOTS, 1);
	doctor_says("pages were given back, as they had not been written for long: ",
		    ": where tenants write them again and page faults cost more than copies, set "
		    "the module's parameter reset_mode to 1");
}

TEST_WHEN(machine_exists, "a virtual machine that uses the memory of the process")
{
	struct machine machine;

	machine_load(true);
	start();
	machine = machine_create(shim_slot_address(pool, 0, 0), 4 * PAGE, 0);
	resets(ROUNDS, SLOTS, 1);
	doctor_says("resets copied all pages, as a virtual machine or a device uses the memory of "
		    "the process: 800 in 800: ",
		    ": keep the slots in a process without such");
	machine_destroy(&machine);
}

TEST_MAIN()
