// SPDX-License-Identifier: MIT
/* The clock, page faults and system calls of this process. */
#define _GNU_SOURCE /* syscall() */
#include "counter.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "arch.h"

#define LOOP_ROUNDS 1000000
#define TRACEPOINT "/events/raw_syscalls/sys_enter/id"

/* The counter of system calls; -1 while they are not counted. */
static int event = -1;
/* System calls that the measuring itself adds to a stretch. */
static uint64_t overhead;
static const char *unit = "ns";

static int tracepoint_id(uint64_t *id)
{
	static const char *const paths[] = { "/sys/kernel/tracing" TRACEPOINT,
					     "/sys/kernel/debug/tracing" TRACEPOINT };
	char text[32];
	ssize_t length;
	int file = -1;

	for (size_t i = 0; file < 0 && i < sizeof(paths) / sizeof(paths[0]); i++)
		file = open(paths[i], O_RDONLY | O_CLOEXEC);
	if (file < 0)
		return -errno;
	length = read(file, text, sizeof(text) - 1);
	close(file);
	if (length <= 0)
		return -EIO;
	text[length] = '\0';
	*id = strtoull(text, NULL, 10);
	return 0;
}

static int event_open(void)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_TRACEPOINT,
		.size = sizeof(attr),
	};
	uint64_t id = 0;
	int error = tracepoint_id(&id);

	if (error)
		return error;
	attr.config = id;
	event = (int)syscall(SYS_perf_event_open, &attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
	return event < 0 ? -errno : 0;
}

static uint64_t calls_read(void)
{
	uint64_t count = 0;

	if (event < 0)
		return 0;
	if (read(event, &count, sizeof(count)) != sizeof(count)) {
		perror("demo: system call counter");
		exit(EXIT_FAILURE);
	}
	return count;
}

static uint64_t faults_read(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return (uint64_t)usage.ru_minflt + (uint64_t)usage.ru_majflt;
}

uint64_t counter_clock(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_RAW, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

const char *counter_unit(void)
{
	return unit;
}

/*
 * The system call counter is read last at the start and first at the end, as the other
 * reads are system calls themselves. The clock is not: the kernel gives it without one.
 */
void counter_start(struct counter *begin)
{
	begin->faults = faults_read();
	begin->calls = calls_read();
	begin->clock = counter_clock();
}

void counter_stop(const struct counter *begin, struct counter *sum)
{
	uint64_t now = counter_clock();
	uint64_t calls = calls_read();

	sum->clock += now - begin->clock;
	sum->calls += calls - begin->calls - overhead;
	sum->faults += faults_read() - begin->faults;
}

int counter_watch_calls(bool watch)
{
	struct counter begin, sum = { 0 };
	int error;

	if (event >= 0)
		close(event);
	event = -1;
	overhead = 0;
	if (!watch)
		return 0;
	error = event_open();
	if (error) {
		fprintf(stderr, "demo: cannot count system calls: %s\n", strerror(-error));
		return error;
	}
	counter_start(&begin);
	counter_stop(&begin, &sum);
	overhead = sum.calls;
	return 0;
}

/* A timer's interrupt can be among the instructions, and takes some thousand. */
int counter_require_instructions(void)
{
	uint64_t want = (uint64_t)ARCH_LOOP_INSTRUCTIONS * LOOP_ROUNDS, start, count;

	start = counter_clock();
	arch_loop(LOOP_ROUNDS);
	count = counter_clock() - start;
	if (count < want - want / 100 || count > want + want / 50) {
		fprintf(stderr,
			"demo: the clock counts no instructions: %" PRIu64 " for a loop of %" PRIu64
			"\n",
			count, want);
		return -ENOTSUP;
	}
	unit = "insn";
	return 0;
}
