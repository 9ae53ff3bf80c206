/* SPDX-License-Identifier: MIT */
/* Events in the kernel, and interrupts, between a start and a stop. */
#ifndef BENCH_EVENTS_H
#define BENCH_EVENTS_H

#include <stdbool.h>
#include <stdint.h>

/*
 * What instruction counts leave out, counted by the kernel's own counters in
 * the calling thread and its later children. Counting changes what code runs,
 * so it has cycles of its own.
 */
enum event { EVENT_FAULTS, EVENT_SYSCALLS, EVENT_TLB_FLUSHES, EVENT_MMAP_LOCK, EVENTS };

extern const char *const event_names[EVENTS];

struct events {
	int fds[EVENTS];
	uint64_t counts[EVENTS];
	/* Interrupts of all processors. */
	uint64_t shootdowns;
};

void events_open(struct events *events);
void events_close(struct events *events);
/* Counts once and drops it, as what is cold costs more. The counts are 0 then. */
void events_warm(struct events *events);
/* What is between the two is added to the counts. */
void events_start(struct events *events);
void events_stop(struct events *events);
/* Interrupts for TLB flushes on other processors, of all processors. */
bool events_have_shootdowns(void);
uint64_t events_shootdowns(void);
/* Those on one processor, and all that other processors sent it. */
uint64_t events_shootdowns_of(uint32_t processor);
uint64_t events_interrupts(uint32_t processor);

#endif /* BENCH_EVENTS_H */
