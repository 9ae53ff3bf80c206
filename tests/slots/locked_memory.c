// SPDX-License-Identifier: MIT
// Slots work in a process that locks its memory, before or after the pool is made; none is locked by it.
#include "slot_test.h"

#include <sys/mman.h>
#include <sys/resource.h>

#include "file.h"
#include "user.h"

#define LARGE (UINT64_C(64) << 20)
/* Less than a slot of the tests has. */
#define SMALL_LIMIT (UINT64_C(8) << 20)

static struct shim_pool_config config;
static struct shim_pool *pool;

/* In kB. */
static unsigned long locked(void)
{
	return get_number("/proc/self/status", "VmLck");
}

/* A pool with more address space than the machine has memory. */
static void start(void)
{
	config = config_default();
	config.areas[0].reserve = UINT64_C(4) << 30;
	config.areas[0].guard = UINT64_C(1) << 30;
	pool = pool_create(&config);
}

static void works_after(int flags)
{
	start();
	operations_work(pool, &config);
	dirty_all(pool, 2, 5);
	test_sys(mlockall(flags));
	reset(pool, 2);
	operations_work(pool, &config);
	test_sys(munlockall());
	operations_work(pool, &config);
}

static void works_before(int flags)
{
	unsigned long before;

	test_sys(mlockall(flags));
	before = locked();
	start();
	operations_work(pool, &config);
	/* The library's small allocations are, as all of malloc(). */
	test_ok(locked() < before + (32 << 10));
	test_sys(munlockall());
	operations_work(pool, &config);
}

TEST("mlockall() of what is mapped, after the pool was made")
{
	works_after(MCL_CURRENT);
}

TEST("mlockall() of what is mapped and will be, after the pool was made")
{
	works_after(MCL_CURRENT | MCL_FUTURE);
}

TEST("mlockall() of what will be mapped, after the pool was made")
{
	works_after(MCL_FUTURE);
}

TEST("mlockall() on fault, after the pool was made")
{
	works_after(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT);
}

TEST("mlockall() before the pool is made")
{
	works_before(MCL_CURRENT | MCL_FUTURE);
}

TEST("mlockall() on fault, before the pool is made")
{
	works_before(MCL_FUTURE | MCL_ONFAULT);
}

/* On the device nothing can be locked, and it does nothing. */
TEST("mlock() of a slot")
{
	start();
	mlock((void *)area_at(pool, 0, 0), config.areas[0].initial);
	mlock((void *)area_at(pool, 1, 0), config.areas[0].initial);
	operations_work(pool, &config);
}

/* ---- without the right to lock as much as one likes ------------------------------------- */

static void memlock_limit(uint64_t limit)
{
	const struct rlimit rlimit = { limit, limit };

	test_sys(setrlimit(RLIMIT_MEMLOCK, &rlimit));
	if (geteuid() == 0)
		become(NOBODY);
}

TEST("mlockall() of what will be mapped by a user who may lock little, before the pool is made")
{
	struct shim_pool *made;
	int error;

	config = config_default();
	config.areas[0].reserve = UINT64_C(4) << 30;
	memlock_limit(SMALL_LIMIT);
	test_sys(mlockall(MCL_FUTURE));
	if (config.backend == SHIM_BACKEND_MMAP) {
		operations_work_anew();
		start();
		operations_work(pool, &config);
		return;
	}
	/* The kernel refuses to map the device, and the message says why. */
	error = shim_pool_create(&config, &made);
	test_err(-EAGAIN, error);
	test_ok(strstr(shim_error(), "RLIMIT_MEMLOCK"));
	test_ok(strstr(shim_error(), "mlockall(MCL_FUTURE)"));
}

TEST("mlockall() of what will be mapped by a user who may lock little, after the pool was made")
{
	struct shim_pool_config large = config_default();
	struct shim_pool *other;

	config = config_default();
	pool = pool_create(&config);
	large.areas[0].reserve = 2 * LARGE;
	large.areas[0].max = LARGE;
	other = pool_create(&large);
	memlock_limit(SMALL_LIMIT);
	test_sys(mlockall(MCL_FUTURE));
	operations_work(pool, &config);
	resize(other, 3, 0, LARGE);
	area_at(other, 3, 0)[LARGE - 1] = 1;
	reset(other, 3);
	touches_fault(area_at(other, 3, 0) + LARGE - 1);
	resize(other, 3, 0, LARGE);
	test_eq(area_at(other, 3, 0)[LARGE - 1], 0);
}

TEST_MAIN()
