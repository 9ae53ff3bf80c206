// SPDX-License-Identifier: MIT
/* Starts and joins workers. */
#include "worker.h"

#include <sched.h>

#include "content.h"

uint64_t worker_random(struct worker *worker)
{
	return random_next(&worker->random);
}

void worker_pin(uint32_t processor)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(processor % (uint32_t)sysconf(_SC_NPROCESSORS_ONLN), &set);
	test_sys(sched_setaffinity(0, sizeof(set), &set));
}

void workers_start(struct worker *workers, size_t count, struct pool *pool, void *(*run)(void *),
		   uint64_t rounds, _Atomic bool *stop)
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

void workers_join(struct worker *workers, size_t count)
{
	for (size_t i = 0; i < count; i++)
		test_eq(pthread_join(workers[i].thread, NULL), 0);
}
