/* SPDX-License-Identifier: MIT */
/*
 * Counting what the kernel does on behalf of one thread, with tracepoints and
 * perf_event_open(): exact numbers, no sampling.
 */
#ifndef TESTS_ENGINE_PERF_H
#define TESTS_ENGINE_PERF_H

#include "engine.h"

#include <linux/perf_event.h>
#include <sys/syscall.h>

#define TRACING "/sys/kernel/tracing/"

/* A tracepoint as "kmem/mm_page_alloc"; -1: this kernel has none of the name. */
static inline long tracepoint_id(const char *name)
{
	char path[256], text[32];

	snprintf(path, sizeof(path), TRACING "events/%s/id", name);
	if (try_read_file(path, text, sizeof(text)))
		return -1;
	return strtol(text, NULL, 10);
}

static inline int perf_open(struct perf_event_attr *attr, pid_t thread, int cpu)
{
	int fd;

	attr->size = sizeof(*attr);
	fd = (int)syscall(SYS_perf_event_open, attr, thread, cpu, -1, PERF_FLAG_FD_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/*
 * Counts a tracepoint in the calling thread, from now on. With task_only what
 * an interrupt does that happens to come on top of the thread is left out.
 */
static inline int counter_open(const char *name, bool task_only)
{
	struct perf_event_attr attr = { .type = PERF_TYPE_TRACEPOINT };
	long id = tracepoint_id(name);
	int fd;

	if (id < 0)
		test_fail("this kernel has no tracepoint %s", name);
	attr.config = (uint64_t)id;
	fd = perf_open(&attr, 0, -1);
	if (fd < 0)
		test_fail("perf_event_open(%s): %s", name, strerror(-fd));
	/* TRACE_FLAG_HARDIRQ and TRACE_FLAG_SOFTIRQ */
	if (task_only)
		test_sys(ioctl(fd, PERF_EVENT_IOC_SET_FILTER, "!(common_flags & 24)"));
	return fd;
}

static inline int software_counter_open(uint64_t config)
{
	struct perf_event_attr attr = { .type = PERF_TYPE_SOFTWARE, .config = config };
	int fd = perf_open(&attr, 0, -1);

	if (fd < 0)
		test_fail("perf_event_open(software %lu): %s", (unsigned long)config,
			  strerror(-fd));
	return fd;
}

static inline uint64_t counter_read(int fd)
{
	uint64_t value = 0;

	test_eq(read(fd, &value, sizeof(value)), sizeof(value));
	return value;
}

#endif /* TESTS_ENGINE_PERF_H */
