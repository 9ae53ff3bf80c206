/* SPDX-License-Identifier: MIT */
/*
 * What a stretch of the process's work takes: instructions or time, page faults, system
 * calls. The kernel counts the system calls, with a perf event on the tracepoint
 * raw_syscalls:sys_enter, which makes each of them longer; so there are stretches for
 * the clock and others for the calls.
 */
#ifndef DEMO_COUNTER_H
#define DEMO_COUNTER_H

#include <stdbool.h>
#include <stdint.h>

struct counter {
	uint64_t clock;
	uint64_t faults;
	uint64_t calls;
};

/*
 * Under QEMU's icount, with "shift=0", the guest's clock moves by a nanosecond an
 * instruction. Checks with a loop of known length that it does: -ENOTSUP, with a message
 * printed, if not.
 */
int counter_require_instructions(void);

/*
 * Counts system calls from now on, or no longer. 0 or -errno, with a message printed, where
 * the process may not use the perf event.
 */
int counter_watch_calls(bool watch);

/* Instructions or nanoseconds, and which it is: "insn" or "ns". */
uint64_t counter_clock(void);
const char *counter_unit(void);

/* counter_start() begins a stretch; counter_stop() ends it and adds what it took. */
void counter_start(struct counter *begin);
void counter_stop(const struct counter *begin, struct counter *sum);

#endif /* DEMO_COUNTER_H */
