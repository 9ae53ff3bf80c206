// SPDX-License-Identifier: MIT
/* Time, page faults and system calls of this process. */
#define _GNU_SOURCE /* syscall() */
#include "counter.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define TRACEPOINT "/events/raw_syscalls/sys_enter/id"

static int event = -1;
/* System calls that the measuring itself adds to a stretch. */
static uint64_t overhead;

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

uint64_t counter_nanoseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/*
 * The system call counter is read last at the start and first at the end, as the other
 * reads are system calls themselves.
 */
void counter_start(struct counter *begin)
{
	begin->faults = faults_read();
	begin->nanoseconds = counter_nanoseconds();
	begin->calls = calls_read();
}

void counter_stop(const struct counter *begin, struct counter *sum)
{
	uint64_t calls = calls_read();
	uint64_t now = counter_nanoseconds();

	sum->calls += calls - begin->calls - overhead;
	sum->nanoseconds += now - begin->nanoseconds;
	sum->faults += faults_read() - begin->faults;
}

int counter_init(bool system_calls)
{
	struct counter begin, sum = { 0 };
	int error;

	if (!system_calls)
		return 0;
	error = event_open();
	if (error) {
		fprintf(stderr, "demo: cannot count system calls: %s\n", strerror(-error));
		return error;
	}
	overhead = 0;
	counter_start(&begin);
	counter_stop(&begin, &sum);
	overhead = sum.calls;
	return 0;
}
