// SPDX-License-Identifier: MIT
// Slots work, and are never executable, whatever flags the process has for its memory.
#include "slot_test.h"

#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "child.h"
#include "sysctl.h"
#include "vmas.h"

#ifndef PR_SET_MEMORY_MERGE
#define PR_SET_MEMORY_MERGE 67
#endif

/* ---- personality(2) ----------------------------------------------------------------------- */

static void vma_is_not_executable(const struct vma *vma, void *data)
{
	(void)data;
	if (vma->access[2] == 'x')
		test_fail("%" PRIx64 " %s", vma->start, vma->access);
}

static void slots_are_not_executable(struct shim_pool *pool)
{
	uint64_t start = (uintptr_t)area_at(pool, 0, 0);

	vma_walk(start, start + PAGE, vma_is_not_executable, NULL);
}

/* Where the library is mapped is decided when the program starts. */
static void works_started_with(unsigned long flags)
{
	static const char variable[] = "TESTS_PERSONALITY";
	char name[] = "/proc/self/exe", only[] = "TAP_ONLY=personality(2) itself";
	char mark[] = "TESTS_PERSONALITY=1", *variables[] = { only, mark, NULL };

	if (getenv(variable))
		return;
	in_child({
		char *arguments[] = { test_argv[0], test_argv[1], NULL };

		/* Its TAP is not this program's. */
		dup2(open("/dev/null", O_WRONLY), STDOUT_FILENO);
		test_ok(personality(flags) >= 0);
		execve(name, arguments, variables);
		_exit(1);
	});
}

static void works_here(void)
{
	struct shim_pool_config config = config_default();
	struct shim_pool *pool = pool_create(&config);

	operations_work(pool, &config);
	slots_are_not_executable(pool);
	pool_destroy(pool);
}

TEST("in a program that was started with the flags of personality(2) itself")
{
	works_here();
}

TEST("started without random addresses")
{
	works_started_with(ADDR_NO_RANDOMIZE);
}

TEST("started with maps from the bottom up")
{
	works_started_with(ADDR_COMPAT_LAYOUT);
}

TEST("started with both, and a map of page 0")
{
	works_started_with(ADDR_COMPAT_LAYOUT | ADDR_NO_RANDOMIZE | MMAP_PAGE_ZERO);
}

TEST("where what can be read can be executed, a pool is refused, and the message says why")
{
	struct shim_pool_config config = config_default();
	struct shim_pool *pool;

	test_ok(personality(READ_IMPLIES_EXEC) >= 0);
	test_err(-EPERM, shim_pool_create(&config, &pool));
	test_ok(strstr(shim_error(), "READ_IMPLIES_EXEC"));
	test_ok(personality(0) >= 0);
	works_here();
}

/* ---- prctl(2) ------------------------------------------------------------------------------ */

TEST("without huge pages")
{
	test_sys(prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0));
	works_here();
}

static bool can_merge(void)
{
	return prctl(PR_SET_MEMORY_MERGE, 0, 0, 0, 0) == 0;
}

TEST_WHEN(can_merge, "with pages that the kernel may merge, before the pool is made")
{
	test_sys(prctl(PR_SET_MEMORY_MERGE, 1, 0, 0, 0));
	works_here();
}

TEST_WHEN(can_merge, "with pages that the kernel may merge, after the pool was made")
{
	struct shim_pool_config config = config_default();
	struct shim_pool *pool = pool_create(&config);
	size_t before;

	operations_work(pool, &config);
	test_sys(prctl(PR_SET_MEMORY_MERGE, 1, 0, 0, 0));
	operations_work(pool, &config);
	before = vma_count();
	for (unsigned int round = 0; round < 4; round++)
		operations_work(pool, &config);
	test_ok(vma_count() < before + 4);
}

TEST("in a process of which nobody may dump the core")
{
	test_sys(prctl(PR_SET_DUMPABLE, 0));
	operations_work_anew();
}

/* ---- vm.overcommit_memory -------------------------------------------------------------------- */

static void works_with_overcommit(const char *mode)
{
	sysctl_set("/proc/sys/vm/overcommit_ratio", "90");
	sysctl_set("/proc/sys/vm/overcommit_memory", mode);
	works_here();
}

TEST_WHEN(sysctl_is_ours, "where the kernel guesses how much may be committed")
{
	works_with_overcommit("0");
}

TEST_WHEN(sysctl_is_ours, "where anything may be committed")
{
	works_with_overcommit("1");
}

TEST_WHEN(sysctl_is_ours, "where only what is there may be committed")
{
	works_with_overcommit("2");
}

TEST_WHEN(sysctl_is_ours, "where that changes after the pool was made")
{
	struct shim_pool_config config = config_default();
	struct shim_pool *pool = pool_create(&config);

	operations_work(pool, &config);
	sysctl_set("/proc/sys/vm/overcommit_ratio", "90");
	sysctl_set("/proc/sys/vm/overcommit_memory", "2");
	operations_work(pool, &config);
}

TEST_MAIN()
