// SPDX-License-Identifier: MIT
// A command that is cancelled, or whose ring dies, leaves each slot reset in full or as it was.
#include "command.h"
#include "child.h"
#include "guest.h"
#include "pool.h"
#include "reset_mode.h"

#include <sched.h>
#include <sys/mman.h>

#define SLOTS 512u
#define COUNT 65536u
#define PAGES 16u
#define GROWN 15u

static struct io_uring ring;
static struct pool pool;
static uint32_t vector[COUNT];
static struct guardslot_reset reset;

/* Every slot once, and then all of them again and again. */
static void start(void)
{
	struct guardslot_create geometry = {
		.slots = SLOTS,
		.area_count = 1,
		.areas[0] = { PAGES * PAGE, PAGE, PAGES * PAGE, PAGE },
	};

	ring_open(&ring, 8, 0);
	pool = pool_map(&geometry);
	for (uint32_t i = 0; i < COUNT; i++)
		vector[i] = i % SLOTS;
}

static void dirty_all(void)
{
	for (uint32_t slot = 0; slot < SLOTS; slot++) {
		test_resize(&pool, slot, 0, GROWN * PAGE);
		memset(area_at(&pool, slot, 0), 0xff, GROWN * PAGE);
	}
}

static uint64_t resets_of(uint32_t slot)
{
	struct guardslot_query query;

	test_query(&pool, slot, &query);
	return query.out_resets;
}

/* Starts a reset of all and waits until it is under way. */
static void begin(void)
{
	uint64_t before;

	dirty_all();
	before = resets_of(0);
	reset = (struct guardslot_reset){
		.size = sizeof(reset),
		.slots = (uintptr_t)vector,
		.count = COUNT,
	};
	command_add(&ring, pool.fd, GUARDSLOT_IOC_RESET, &reset);
	ring_submit(&ring);
	while (resets_of(0) == before)
		sched_yield();
}

/* How many are reset; fails where one is so by half. */
static uint32_t look_at_all(void)
{
	uint32_t count = 0;

	for (uint32_t slot = 0; slot < SLOTS; slot++) {
		uint64_t limit = limit_of(&pool, slot, 0);

		test_context("slot %u", slot);
		if (limit == PAGE) {
			test_bytes(area_at(&pool, slot, 0), 0, PAGE);
			test_resize(&pool, slot, 0, GROWN * PAGE);
			test_bytes(area_at(&pool, slot, 0), 0, GROWN * PAGE);
			count++;
		} else {
			test_eq(limit, GROWN * PAGE);
			test_bytes(area_at(&pool, slot, 0), 0xff, GROWN * PAGE);
		}
	}
	test_context(NULL);
	return count;
}

/* Returns the slots that the command did. */
static uint32_t cancel(void)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&ring);
	uint64_t whose;

	test_ok(sqe);
	io_uring_prep_cancel64(sqe, GUARDSLOT_IOC_RESET, 0);
	sqe->user_data = 1;
	ring_submit(&ring);
	for (int left = 2; left; left--) {
		int result = command_wait(&ring, &whose);

		/* EALREADY: it is running, and was told; ENOENT: it is over. */
		if (whose == 1)
			test_ok(result == -EALREADY || result == -ENOENT || result == 0);
		else
			test_eq(result, reset.out_done < COUNT ? -EINTR : 0);
	}
	return reset.out_done;
}

static void cancel_in(int mode)
{
	uint32_t done, seen;

	start();
	set_reset_mode(mode);
	/* Until one ended in the first pass. */
	do {
		begin();
		done = cancel();
		seen = look_at_all();
		test_eq(seen, done < SLOTS ? done : SLOTS);
	} while (done >= SLOTS);
}

TEST("a reset that copies all pages, when it is cancelled")
{
	test_timeout(120);
	cancel_in(MODE_COPY);
}

TEST("a reset that looks for what was written, when it is cancelled")
{
	test_timeout(120);
	cancel_in(MODE_LOOK);
}

TEST("closing the ring ends a command, and frees the pool when its last user is gone")
{
	uint64_t before;

	start();
	begin();
	io_uring_queue_exit(&ring);
	/* The kernel closes rings later: until then the command may run. */
	do {
		before = resets_of(SLOTS - 1);
		sched_yield();
	} while (resets_of(SLOTS - 1) != before);
	look_at_all();
}

TEST("a process that ends, or is killed, in a command leaves nothing")
{
	for (int killed = 0; killed < 2; killed++) {
		pid_t child = fork();
		int status;

		test_sys(child);
		if (child == 0) {
			start();
			begin();
			if (killed)
				kill(getpid(), SIGKILL);
			_exit(0);
		}
		test_sys(waitpid(child, &status, 0));
		test_eq(status, killed ? SIGKILL : 0);
	}
}

TEST("a command that waits for another in a link is ECANCELED when that one fails")
{
	struct guardslot_reset wrong = { .size = 4 };
	uint64_t whose;

	start();
	reset = (struct guardslot_reset){
		.size = sizeof(reset),
		.slots = (uintptr_t)vector,
		.count = 1,
	};
	test_resize(&pool, 0, 0, GROWN * PAGE);
	command_add(&ring, pool.fd, GUARDSLOT_IOC_RESET, &wrong)->flags = IOSQE_IO_LINK;
	command_add(&ring, pool.fd, GUARDSLOT_IOC_RESET, &reset)->user_data = 1;
	ring_submit(&ring);
	for (int left = 2; left; left--) {
		int result = command_wait(&ring, &whose);

		test_eq(result, whose == 1 ? -ECANCELED : -EINVAL);
	}
	test_eq(limit_of(&pool, 0, 0), GROWN * PAGE);
}

TEST_MAIN()
