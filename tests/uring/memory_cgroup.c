// SPDX-License-Identifier: MIT
// The pages that a command makes are charged to the memory cgroup of the process that submits.
#include "command.h"
#include "file.h"
#include "pool.h"

#include <sys/stat.h>
#include <sys/wait.h>

#define ROOT "/sys/fs/cgroup/"
#define GROUP ROOT "guardslot_uring/"
/* Processors keep some charges to themselves, which are less than half of this. */
#define CHARGED (16ul << 20)
#define PAGES (CHARGED / PAGE)

static struct io_uring ring;
static struct pool pool;

static void ring_and_pool_open(unsigned int flags)
{
	ring_open(&ring, 8, flags);
	pool = pool_plain(1, PAGES, 0);
}

/* The same in parent and child, whichever of them it is read in. */
static const uint32_t slot;
static struct guardslot_prefault arg = {
	.size = sizeof(arg),
	.flags = GUARDSLOT_PREFAULT_RANGE,
	.slots = (uintptr_t)&slot,
	.count = 1,
	.length = CHARGED,
};

static unsigned long charged(void)
{
	return read_number(GROUP "memory.current");
}

/* In a child, which may make ring and pool itself; returns what its group has to pay. */
static unsigned long child_prefaults(bool opens, unsigned int flags)
{
	unsigned long before, after;
	pid_t child;
	int status;

	write_file(ROOT "cgroup.subtree_control", "+memory");
	rmdir(GROUP);
	test_sys(mkdir(GROUP, 0755));
	child = fork();
	test_sys(child);
	if (child == 0) {
		write_file(GROUP "cgroup.procs", "0");
		if (opens)
			ring_and_pool_open(flags);
		before = charged();
		test_eq(command_run(&ring, pool.fd, GUARDSLOT_IOC_PREFAULT, &arg), 0);
		after = charged();
		_exit(after > before + CHARGED / 2 ? 1 : 2);
	}
	test_sys(waitpid(child, &status, 0));
	test_ok(WIFEXITED(status));
	/* What the pool had is freed with its last user; the group goes with its pages. */
	return WEXITSTATUS(status) == 1 ? CHARGED : WEXITSTATUS(status) == 2 ? 0 : ~0ul;
}

TEST("a worker's pages are charged to the group of its process")
{
	test_eq(child_prefaults(true, 0), CHARGED);
}

TEST("with SQPOLL, to the group of the process that made the ring")
{
	test_eq(child_prefaults(true, IORING_SETUP_SQPOLL), CHARGED);
}

TEST("on a ring that was inherited, to the group of the child that submits")
{
	ring_and_pool_open(0);
	test_eq(child_prefaults(false, 0), CHARGED);
}

TEST("on one with SQPOLL that was inherited, to the parent's, and not to the child's")
{
	ring_and_pool_open(IORING_SETUP_SQPOLL);
	test_eq(child_prefaults(false, 0), 0);
}

TEST_MAIN()
