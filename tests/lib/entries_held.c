// SPDX-License-Identifier: MIT
/* States in which something else has the pages too: a child, a pinned buffer, a pipe. */
#include "entries.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>

/* From linux/io_uring.h, which the oldest build hosts lack. */
#define SETUP_PARAMS_SIZE 120
#define REGISTER_BUFFERS 0

static pid_t child;
static int ring = -1;
static struct iovec buffers[8];
static unsigned int buffer_count;
static int pipes[2];

/* The library keeps its memory from children; the program may say otherwise. */
static bool give_to_child(unsigned char *start, size_t length)
{
	return madvise(start, length, MADV_DOFORK) == 0;
}

static void child_make(void)
{
	child = fork();
	test_sys(child);
	if (child == 0) {
		pause();
		_exit(0);
	}
}

static void child_end(void)
{
	if (!child)
		return;
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	child = 0;
}

const struct entry_state entry_forked = {
	.fill = ENTRY_ANY_FILL,
	.counts = true,
	.make = give_to_child,
	.settle = child_make,
	.end = child_end,
};

static int ring_open(void)
{
	unsigned char params[SETUP_PARAMS_SIZE] = { 0 };

	return (int)syscall(SYS_io_uring_setup, 1, params);
}

static bool rings(void)
{
	int fd = ring_open();

	if (fd < 0)
		return false;
	close(fd);
	return true;
}

/* A buffer that cannot be pinned, as one on the device, is left out. */
static bool pin(unsigned char *start, size_t length)
{
	struct iovec buffer = { start, length };
	int trial = ring_open();
	bool pinned = syscall(SYS_io_uring_register, trial, REGISTER_BUFFERS, &buffer, 1) == 0;

	close(trial);
	if (pinned)
		buffers[buffer_count++] = buffer;
	return pinned;
}

static void pin_begin(void)
{
	buffer_count = 0;
}

static void pin_all(void)
{
	ring = ring_open();
	test_sys(ring);
	test_sys(syscall(SYS_io_uring_register, ring, REGISTER_BUFFERS, buffers, buffer_count));
}

static void unpin(void)
{
	if (ring >= 0)
		close(ring);
	ring = -1;
}

const struct entry_state entry_pinned = {
	.fill = ENTRY_ANY_FILL,
	.counts = true,
	.possible = rings,
	.begin = pin_begin,
	.make = pin,
	.settle = pin_all,
	.end = unpin,
};

static void splice_begin(void)
{
	test_sys(pipe2(pipes, O_CLOEXEC | O_NONBLOCK));
}

static bool splice_pages(unsigned char *start, size_t length)
{
	struct iovec from = { start, length < 4 * PAGE ? length : 4 * PAGE };

	return vmsplice(pipes[1], &from, 1, 0) > 0;
}

static void splice_end(void)
{
	close(pipes[0]);
	close(pipes[1]);
}

const struct entry_state entry_spliced = {
	.fill = ENTRY_ANY_FILL,
	.counts = true,
	.begin = splice_begin,
	.make = splice_pages,
	.end = splice_end,
};
