/* SPDX-License-Identifier: MIT */
/*
 * Counting what the kernel does on behalf of one thread, with tracepoints and
 * perf_event_open(): exact numbers, no sampling.
 */
#ifndef TESTS_PERF_H
#define TESTS_PERF_H

#include "test.h"

#include <linux/perf_event.h>
#include <sys/types.h>

#define TRACING "/sys/kernel/tracing/"

/* A tracepoint as "kmem/mm_page_alloc"; -1: this kernel has none of the name. */
long tracepoint_id(const char *name);

/*
 * Where a field is in the data that perf records of a tracepoint. What all tracepoints have
 * before it is longer on some kernels, such as real-time ones.
 */
struct trace_field {
	uint32_t offset;
	uint32_t size;
};

/* It must be there. */
struct trace_field trace_field(const char *tracepoint, const char *field);

/* Its value, of up to 8 bytes, in the data of a sample. */
uint64_t trace_value(const void *data, struct trace_field field);

int perf_open(struct perf_event_attr *attr, pid_t thread, int cpu);

/*
 * Counts a tracepoint in the calling thread, from now on. With task_only what
 * an interrupt does while the thread runs is left out.
 */
int counter_open(const char *name, bool task_only);

int software_counter_open(uint64_t config);
uint64_t counter_read(int fd);

/* Page faults of this thread so far. */
long faults(void);

#endif /* TESTS_PERF_H */
