// SPDX-License-Identifier: MIT
// A ring that a child inherits has its parent's pool: a command resets whole slots of the parent.
#include "command.h"
#include "pool.h"

#include <sys/wait.h>

#define PAGES 8u

static struct io_uring ring;
static struct pool pool;
static uint32_t slots[1];
static struct guardslot_reset reset;

static void start(unsigned int flags)
{
	ring_open(&ring, 8, flags);
	pool = pool_plain(3, PAGES, 0);
	for (uint32_t slot = 0; slot < 3; slot++)
		memset(area_at(&pool, slot, 0), 0xff, PAGES * PAGE);
	reset = (struct guardslot_reset){
		.size = sizeof(reset),
		.slots = (uintptr_t)slots,
		.count = 1,
	};
}

/* A child names a slot in its own copy of the vector, and ends with the error. */
static int child_resets(uint32_t slot)
{
	pid_t child = fork();
	int status;

	test_sys(child);
	if (child == 0) {
		slots[0] = slot;
		command_add(&ring, pool.fd, GUARDSLOT_IOC_RESET, &reset);
		ring_submit(&ring);
		_exit(-command_wait(&ring, NULL));
	}
	test_sys(waitpid(child, &status, 0));
	test_ok(WIFEXITED(status));
	return -WEXITSTATUS(status);
}

static void only_reset_is(uint32_t reset_slot)
{
	for (uint32_t slot = 0; slot < 3; slot++) {
		test_context("slot %u", slot);
		test_bytes(area_at(&pool, slot, 0), slot == reset_slot ? 0 : 0xff, PAGES * PAGE);
	}
	test_context(NULL);
}

TEST("a worker is the child's: it reads the child's memory, and the slot is the parent's")
{
	start(0);
	test_eq(child_resets(1), 0);
	only_reset_is(1);
}

TEST("the thread of a ring with SQPOLL is the parent's: it reads the parent's memory")
{
	start(IORING_SETUP_SQPOLL);
	slots[0] = 2;
	test_eq(child_resets(1), 0);
	only_reset_is(2);
}

TEST("the pool is as before when the child is gone, for a ring of the parent's own")
{
	start(0);
	test_eq(child_resets(1), 0);
	slots[0] = 0;
	/* What liburing keeps of a ring is the process's, and the child has moved the ring on. */
	ring_open(&ring, 8, 0);
	test_eq(command_run(&ring, pool.fd, GUARDSLOT_IOC_RESET, &reset), 0);
	test_bytes(area_at(&pool, 0, 0), 0, PAGES * PAGE);
	test_bytes(area_at(&pool, 2, 0), 0xff, PAGES * PAGE);
}

TEST_MAIN()
