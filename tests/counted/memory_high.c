// SPDX-License-Identifier: MIT
// A call in a cgroup over memory.high sleeps when it holds no lock.
#include "test.h"

#include <linux/mempolicy.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "abi.h"
#include "file.h"
#include "pool.h"
#include "watch.h"

#define ROOT "/sys/fs/cgroup/"
#define GROUP ROOT "guardslot_high/"

static pid_t watcher;

/* A process of its own, as its charges are to be those of another cgroup. */
static int watch_from_root(void *arg)
{
	write_file(ROOT "cgroup.procs", "0");
	watch_run();
	(void)arg;
	return 0;
}

static void start_watcher(void)
{
	static char stack[1 << 16] __attribute__((aligned(16)));

	watcher = clone(watch_from_root, stack + sizeof(stack), CLONE_VM | SIGCHLD, NULL);
	test_sys(watcher);
}

static void join_watcher(void)
{
	test_eq(waitpid(watcher, NULL, 0), watcher);
}

static void pages_over_memory_high(bool bound)
{
	const uint64_t size = 8192 * PAGE;
	struct pool pool = pool_large(1, size, size);
	unsigned long node = 1;

	if (bound)
		test_sys(syscall(SYS_mbind, pool.base, pool.geometry.out_map_size, MPOL_BIND, &node,
				 8 * sizeof(node), 0));
	rmdir(GROUP);
	test_sys(mkdir(GROUP, 0755));
	write_number(GROUP "memory.high", size / 4);
	write_file(GROUP "cgroup.procs", "0");
	watch_begin_by(start_watcher);
	prefault_range(&pool, 0, 0, 0, size);
	watch_end_by(join_watcher, "PREFAULT");
	test_ok(get_number(GROUP "memory.events", "high") > 0);
	write_file(ROOT "cgroup.procs", "0");
	pool_close(&pool);
	test_sys(rmdir(GROUP));
}

static void any_pages_over_memory_high(void)
{
	pages_over_memory_high(false);
}

TEST("8,192 pages in a cgroup over memory.high")
{
	write_file(ROOT "cgroup.subtree_control", "+memory");
	test_no_long_section(any_pages_over_memory_high);
}

/* These are made one by one, by charges that may sleep. */
static void bound_pages_over_memory_high(void)
{
	pages_over_memory_high(true);
}

TEST("8,192 pages of a slab that is bound to a node, in a cgroup over memory.high")
{
	write_file(ROOT "cgroup.subtree_control", "+memory");
	test_no_long_section(bound_pages_over_memory_high);
}

TEST_MAIN()
