// SPDX-License-Identifier: MIT
/* The turns of writers. */
#include "writers.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#include "content.h"
#include "worker.h"

#define WRITERS 3

static struct worker writers[WRITERS];
static writers_write *write_some;
static uint64_t first_seed;
static bool in_turns;
static _Atomic long turn, finished;
static _Atomic bool stop;

static void *run(void *arg)
{
	struct worker *writer = arg;
	long mine = 0;

	writer->random = mix(first_seed + writer->number);
	worker_pin(1 + writer->number);
	while (!atomic_load(&stop)) {
		if (in_turns && atomic_load(&turn) != mine) {
			sched_yield();
			continue;
		}
		write_some(&writer->random);
		atomic_fetch_add(&finished, 1);
		mine++;
	}
	return NULL;
}

void writers_start(writers_write *write, uint64_t seed, bool take_turns)
{
	write_some = write;
	first_seed = seed;
	in_turns = take_turns;
	atomic_store(&turn, 0);
	atomic_store(&finished, 0);
	atomic_store(&stop, false);
	workers_start(writers, WRITERS, NULL, run, 0, &stop);
}

void writers_wait(void)
{
	while (atomic_load(&finished) < (atomic_load(&turn) + 1) * WRITERS)
		sched_yield();
}

void writers_next_turn(void)
{
	atomic_fetch_add(&turn, 1);
}

void writers_stop(void)
{
	atomic_store(&stop, true);
	workers_join(writers, WRITERS);
}
