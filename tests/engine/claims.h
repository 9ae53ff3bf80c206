/* SPDX-License-Identifier: MIT */
/*
 * The claim protocol as a user of the device plays it, and threads that play it.
 */
#ifndef TESTS_ENGINE_CLAIMS_H
#define TESTS_ENGINE_CLAIMS_H

#include "engine.h"

#include <pthread.h>
#include <sched.h>

/* IDLE to ACTIVE; false: somebody else has the slot, or the kernel has for now. */
static inline bool claim(const struct pool *pool, uint32_t slot)
{
	uint32_t idle = GUARDSLOT_IDLE;

	return atomic_compare_exchange_strong(claim_word(pool, slot), &idle, GUARDSLOT_ACTIVE);
}

static inline void release(const struct pool *pool, uint32_t slot)
{
	atomic_store_explicit(claim_word(pool, slot), GUARDSLOT_IDLE, memory_order_release);
}

/* Nobody but the kernel competes for the slot. */
static inline void claim_own(const struct pool *pool, uint32_t slot)
{
	while (!claim(pool, slot))
		sched_yield();
}

static inline uint32_t state_of(struct pool *pool, uint32_t slot)
{
	return atomic_load(claim_word(pool, slot));
}

static inline uint64_t reclaims_of(struct pool *pool, uint32_t slot)
{
	struct guardslot_query query;

	test_query(pool, slot, &query);
	return query.out_reclaims;
}

static inline void drop_caches(void)
{
	write_file("/proc/sys/vm/drop_caches", "2");
}

/* A thread that has a number, a random state and the pool. */
struct worker {
	struct pool *pool;
	uint32_t number;
	uint64_t random;
	uint64_t rounds;
	_Atomic bool *stop; /* NULL: ends on its own */
	pthread_t thread;
};

static inline uint64_t worker_random(struct worker *worker)
{
	worker->random += 0x9e3779b97f4a7c15ull;
	return mix(worker->random);
}

static inline void workers_start(struct worker *workers, size_t count, struct pool *pool,
				 void *(*run)(void *), uint64_t rounds, _Atomic bool *stop)
{
	for (size_t i = 0; i < count; i++) {
		workers[i] = (struct worker){
			.pool = pool,
			.number = (uint32_t)i,
			.random = mix(i + 1),
			.rounds = rounds,
			.stop = stop,
		};
		test_eq(pthread_create(&workers[i].thread, NULL, run, &workers[i]), 0);
	}
}

static inline void workers_join(struct worker *workers, size_t count)
{
	for (size_t i = 0; i < count; i++)
		test_eq(pthread_join(workers[i].thread, NULL), 0);
}

#endif /* TESTS_ENGINE_CLAIMS_H */
