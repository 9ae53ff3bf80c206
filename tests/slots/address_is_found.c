// SPDX-License-Identifier: MIT
// Of an address the library tells the slot, the area and the offset, in a signal handler too.
#include "slot_test.h"

#include <setjmp.h>
#include <signal.h>

static struct shim_pool *pool;
static struct shim_pool_config config;

static void start(void)
{
	config = config_default();
	pool = pool_create(&config);
}

static void is_at(const volatile void *address, uint32_t kind, uint32_t slot, uint32_t area,
		  uint64_t offset)
{
	struct shim_place place;

	must(shim_pool_find(pool, (const void *)address, &place));
	test_eq(place.kind, kind);
	test_eq(place.slot, slot);
	test_eq(place.area, area);
	test_eq(place.offset, offset);
	test_eq(place.reserved, 0);
}

TEST("the first and the last byte of each area and of each guard")
{
	start();
	for (uint32_t slot = 0; slot < config.slots; slot++)
		for (uint32_t area = 0; area < config.area_count; area++) {
			const struct shim_area_config *a = &config.areas[area];
			volatile unsigned char *base = area_at(pool, slot, area);

			is_at(base, SHIM_PLACE_AREA, slot, area, 0);
			is_at(base + a->reserve - 1, SHIM_PLACE_AREA, slot, area, a->reserve - 1);
			if (!a->guard)
				continue;
			is_at(base + a->reserve, SHIM_PLACE_GUARD, slot, area, a->reserve);
			is_at(base + a->reserve + a->guard - 1, SHIM_PLACE_GUARD, slot, area,
			      a->reserve + a->guard - 1);
		}
}

TEST("the guard before the first slot, and what is not the pool's")
{
	struct shim_pool_info info = { .size = sizeof(info) };
	struct shim_place place;
	unsigned char *at;

	config = config_default();
	config.pre_guard = 4 * PAGE;
	pool = pool_create(&config);
	must(shim_pool_query(pool, &info));
	at = info.start;
	is_at(at, SHIM_PLACE_PRE_GUARD, 0, 0, 0);
	is_at(at + 4 * PAGE - 1, SHIM_PLACE_PRE_GUARD, 0, 0, 4 * PAGE - 1);
	is_at(at + 4 * PAGE, SHIM_PLACE_AREA, 0, 0, 0);
	test_err(-ENOENT, shim_pool_find(pool, at - 1, &place));
	test_err(-ENOENT, shim_pool_find(pool, at + info.map_size, &place));
	test_err(-ENOENT, shim_pool_find(pool, NULL, &place));
	test_err(-ENOENT, shim_pool_find(pool, &place, &place));
	must(shim_pool_find(pool, at + info.map_size - 1, &place));
	test_eq(place.slot, config.slots - 1);
}

static sigjmp_buf back;
static struct shim_place fault;

static void handler(int signal, siginfo_t *info, void *context)
{
	(void)signal;
	(void)context;
	if (shim_pool_find(pool, info->si_addr, &fault))
		_exit(1);
	siglongjmp(back, 1);
}

TEST("a handler of the signal of a guard hit asks")
{
	const struct sigaction action = { .sa_sigaction = handler, .sa_flags = SA_SIGINFO };

	start();
	test_sys(sigaction(SIGSEGV, &action, NULL));
	test_sys(sigaction(SIGBUS, &action, NULL));
	if (!sigsetjmp(back, 1)) {
		area_at(pool, 2, 1)[config.areas[1].initial + 5] = 1;
		test_fail("no signal");
	}
	test_eq(fault.kind, SHIM_PLACE_AREA);
	test_eq(fault.slot, 2);
	test_eq(fault.area, 1);
	test_eq(fault.offset, config.areas[1].initial + 5);
}

TEST("a pointer of the caller's is kept for each slot")
{
	int mine[4];

	start();
	test_ok(!shim_slot_user(pool, 0));
	for (uint32_t slot = 0; slot < 4; slot++)
		must(shim_slot_set_user(pool, slot, &mine[slot]));
	reset(pool, 1);
	must(release_kept(pool, 1));
	for (uint32_t slot = 0; slot < 4; slot++)
		test_ok(shim_slot_user(pool, slot) == &mine[slot]);
	test_err(-ENOENT, shim_slot_set_user(pool, 4, mine));
	test_ok(!shim_slot_user(pool, 4));
}

TEST_MAIN()
