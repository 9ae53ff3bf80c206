/* SPDX-License-Identifier: MIT */
/*
 * Threads that each have a number, a random state and the pool.
 */
#ifndef TESTS_WORKER_H
#define TESTS_WORKER_H

#include "abi.h"

#include <pthread.h>
#include <stdatomic.h>

struct worker {
	struct pool *pool;
	uint32_t number;
	uint64_t random;
	uint64_t rounds;
	_Atomic bool *stop; /* NULL: ends on its own */
	pthread_t thread;
};

uint64_t worker_random(struct worker *worker);

/* Keeps the calling thread on one processor; past the last they start from the first. */
void worker_pin(uint32_t processor);

void workers_start(struct worker *workers, size_t count, struct pool *pool, void *(*run)(void *),
		   uint64_t rounds, _Atomic bool *stop);
void workers_join(struct worker *workers, size_t count);

#endif /* TESTS_WORKER_H */
