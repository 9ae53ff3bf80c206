/* SPDX-License-Identifier: MIT */
/*
 * The locks that a thread takes, by their addresses. The debug kernel reports them
 * itself (lock/lock_acquire), with the names of their kinds; elsewhere probes on the
 * functions that take them do.
 */
#ifndef TESTS_LOCKS_H
#define TESTS_LOCKS_H

#include "abi.h"

#define MAX_LOCKS 512

struct lock {
	uint64_t address;
	char name[40];
	int runs; /* how many of the runs took it */
};

struct locks {
	struct lock locks[MAX_LOCKS];
	size_t count;
};

/* The kernel has lock debugging, and reports every lock. */
bool has_lock_debugging(void);
/* Else: whether taking a spinlock is a function, which can have a probe, and not inlined. */
bool locks_are_functions(void);

/* On all processors that the thread may run on, as it may be moved at any time. */
void locks_start(void);
void locks_stop(void);

/* Adds the locks that the work takes, but for those that recording itself takes. */
void locks_record(void (*work)(struct pool *pool, uint32_t slot), struct pool *pool, uint32_t slot,
		  struct locks *locks, int run);

/* Adds what is seen when no work is done: nothing, once that of recording is known. */
void locks_record_nothing(struct locks *locks, int runs);
/* Calls it on one after the other. */
void locks_each_processor(void (*work)(void));

const struct lock *locks_find(const struct locks *locks, uint64_t address);

#endif /* TESTS_LOCKS_H */
