/* SPDX-License-Identifier: MIT */
/*
 * What a stretch of the process's work takes: time, page faults, system calls.
 * The kernel counts the system calls, with a perf event on the tracepoint
 * raw_syscalls:sys_enter.
 */
#ifndef DEMO_COUNTER_H
#define DEMO_COUNTER_H

#include <stdbool.h>
#include <stdint.h>

struct counter {
	uint64_t nanoseconds;
	uint64_t faults;
	uint64_t calls;
};

/*
 * 0 or -errno, with a message printed. Without system_calls they are not
 * counted, for a host on which the process may not use the perf event.
 */
int counter_init(bool system_calls);

/* CLOCK_MONOTONIC. */
uint64_t counter_nanoseconds(void);

/* counter_start() begins a stretch; counter_stop() ends it and adds what it took. */
void counter_start(struct counter *begin);
void counter_stop(const struct counter *begin, struct counter *sum);

#endif /* DEMO_COUNTER_H */
