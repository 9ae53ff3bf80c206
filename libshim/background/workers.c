// SPDX-License-Identifier: MIT
/*
 * The threads of the library that reset slots: how they start, sleep and end.
 *
 * A thread sleeps on the word wakes. Who adds a slot looks whether one sleeps after the slot
 * is in its queue; a thread says that it sleeps before it looks into the queues for the last
 * time. Both hold the queue's lock for that, so that one of them sees the other. is_woken
 * says that some thread will still look, and keeps all others from waking one more: a
 * thread clears it after it has read wakes and before it looks.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>

#include "background/futex.h"
#include "background/workers.h"
#include "base/error.h"
#include "base/padded_alloc.h"

/* Slots of one reset: many calls cost more, and slots of a long one come back late. */
#define MOST 64

/* Enough for a reset, and little for mlockall(). */
#define STACK_SIZE (UINT64_C(256) << 10)

struct worker {
	struct shim_workers *workers;
	pthread_t thread;
	uint32_t number;
	uint32_t shard;		/* where it took slots last; its own, as the next one */
	uint32_t rest;		/* of a batch there that it has begun to take */
	_Atomic uint32_t turns; /* odd while it may have slots; others sleep on it */
} __attribute__((aligned(SHIM_PADDING)));

struct shim_workers {
	struct shim_reset_queue *queue; /* immutable, as the next five */
	uint32_t least;
	void (*reset)(void *context, const uint32_t *slots, uint32_t count);
	void *context;
	uint32_t count;
	struct worker *all;
	/* Read with each slot that is added, written when a thread goes to sleep or is woken. */
	_Atomic uint32_t wakes __attribute__((aligned(SHIM_PADDING)));
	_Atomic uint32_t sleepers;
	atomic_bool is_woken;
	atomic_bool is_over;
	_Atomic uint32_t awaiting; /* who sleep on turns */
};

/* ---- the life of a thread -------------------------------------------------------- */

/*
 * Takes a part of the batch that the thread has begun, or else of the next shard that has
 * one; after the last one it goes on with the shard behind.
 */
static uint32_t part_take(struct worker *worker, uint32_t *slots)
{
	struct shim_workers *workers = worker->workers;
	uint32_t shards = shim_reset_queue_shards(workers->queue), count = 0;

	if (worker->rest)
		count = shim_reset_queue_take(workers->queue, worker->shard, 1,
					      worker->rest < MOST ? worker->rest : MOST, slots);
	if (count) {
		worker->rest -= count;
		return count;
	}
	worker->rest = 0;
	for (uint32_t i = 0; !count && i < shards; i++) {
		worker->shard = worker->shard + 1 < shards ? worker->shard + 1 : 0;
		count = shim_reset_queue_take(workers->queue, worker->shard, workers->least, MOST,
					      slots);
	}
	if (count && count < workers->least)
		worker->rest = workers->least - count;
	return count;
}

static bool part_reset(struct worker *worker)
{
	struct shim_workers *workers = worker->workers;
	uint32_t slots[MOST], count = part_take(worker, slots);

	if (!count)
		return false;
	/* There is more than this thread can do at a time. */
	if (workers->count > 1 && shim_reset_queue_has(workers->queue, workers->least))
		shim_workers_wake(workers);
	workers->reset(workers->context, slots, count);
	shim_reset_queue_done(workers->queue, worker->shard, count);
	return true;
}

/* The turn is odd before a slot is taken, so that who waits for this thread knows. */
static bool worker_turn(struct worker *worker)
{
	bool has_reset;

	atomic_fetch_add(&worker->turns, 1);
	has_reset = part_reset(worker);
	atomic_fetch_add(&worker->turns, 1);
	if (atomic_load(&worker->workers->awaiting))
		shim_futex_wake(&worker->turns, SHIM_FUTEX_ALL);
	return has_reset;
}

static void worker_sleep(struct shim_workers *workers, uint32_t wakes)
{
	atomic_fetch_add(&workers->sleepers, 1);
	if (!atomic_load(&workers->is_over) &&
	    !shim_reset_queue_has(workers->queue, workers->least))
		shim_futex_wait(&workers->wakes, wakes);
	atomic_fetch_sub(&workers->sleepers, 1);
}

static void *worker_run(void *argument)
{
	struct worker *worker = argument;
	struct shim_workers *workers = worker->workers;
	char name[16];

	snprintf(name, sizeof(name), "shim-reset/%" PRIu32, worker->number);
	pthread_setname_np(pthread_self(), name);
	while (!atomic_load(&workers->is_over)) {
		uint32_t wakes = atomic_load(&workers->wakes);

		atomic_exchange(&workers->is_woken, false);
		if (!worker_turn(worker))
			worker_sleep(workers, wakes);
	}
	return NULL;
}

/* ---- create and destroy ---------------------------------------------------------- */

static void workers_end(struct shim_workers *workers)
{
	atomic_store(&workers->is_over, true);
	atomic_fetch_add(&workers->wakes, 1);
	shim_futex_wake(&workers->wakes, SHIM_FUTEX_ALL);
	for (uint32_t i = 0; i < workers->count; i++)
		pthread_join(workers->all[i].thread, NULL);
}

static int worker_start(struct worker *worker, const pthread_attr_t *attr,
			const struct shim_resets_config *config)
{
	int error = pthread_create(&worker->thread, attr, worker_run, worker);

	if (error) {
		errno = error;
		return shim_error_set(-error, "reset_threads %" PRIu32 ": thread %" PRIu32 ": %m",
				      config->threads, worker->number);
	}
	worker->workers->count++;
	if (!config->cpus)
		return 0;
	error = pthread_setaffinity_np(worker->thread, config->cpus_size, config->cpus);
	if (!error)
		return 0;
	errno = error;
	return shim_error_set(-error, "reset_cpus of %" PRIu32 " bytes: %m", config->cpus_size);
}

/* A thread has the mask of signals of the one that makes it, from its first instruction on. */
static int workers_start(struct shim_workers *workers, const struct shim_resets_config *config,
			 uint32_t count)
{
	sigset_t all, old;
	pthread_attr_t attr;
	int error;

	error = pthread_attr_init(&attr);
	if (error)
		return shim_error_set(-error, "reset_threads %" PRIu32 ": no memory", count);
	pthread_attr_setstacksize(&attr, STACK_SIZE);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	for (uint32_t i = 0; !error && i < count; i++) {
		workers->all[i].workers = workers;
		workers->all[i].number = i;
		workers->all[i].shard = i % shim_reset_queue_shards(workers->queue);
		error = worker_start(&workers->all[i], &attr, config);
	}
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	pthread_attr_destroy(&attr);
	return error;
}

int shim_workers_create(const struct shim_resets_config *config, struct shim_reset_queue *queue,
			struct shim_workers **out)
{
	uint32_t count = config->threads ? config->threads : 1;
	struct shim_workers *workers = shim_padded_zalloc(1, sizeof(*workers));
	int error = -ENOMEM;

	if (!workers)
		return shim_error_set(-ENOMEM, "reset_threads %" PRIu32 ": no memory", count);
	workers->all = shim_padded_zalloc(count, sizeof(*workers->all));
	if (!workers->all) {
		shim_error_set(-ENOMEM, "reset_threads %" PRIu32 ": no memory", count);
		goto free_workers;
	}
	workers->queue = queue;
	workers->least = config->batch > 1 ? config->batch : 1;
	workers->reset = config->reset;
	workers->context = config->context;
	error = workers_start(workers, config, count);
	if (error)
		goto end_workers;
	*out = workers;
	return 0;
end_workers:
	workers_end(workers);
	free(workers->all);
free_workers:
	free(workers);
	return error;
}

void shim_workers_destroy(struct shim_workers *workers, bool is_child)
{
	if (!workers)
		return;
	if (!is_child)
		workers_end(workers);
	free(workers->all);
	free(workers);
}

/* ---- what others ask of the threads ---------------------------------------------- */

void shim_workers_wake(struct shim_workers *workers)
{
	if (!atomic_load(&workers->sleepers) || atomic_load(&workers->is_woken) ||
	    atomic_exchange(&workers->is_woken, true))
		return;
	atomic_fetch_add(&workers->wakes, 1);
	shim_futex_wake(&workers->wakes, 1);
}

void shim_workers_await(struct shim_workers *workers)
{
	atomic_fetch_add(&workers->awaiting, 1);
	for (uint32_t i = 0; i < workers->count; i++) {
		_Atomic uint32_t *turns = &workers->all[i].turns;
		uint32_t turn = atomic_load(turns);

		while (turn % 2 && atomic_load(turns) == turn)
			shim_futex_wait(turns, turn);
	}
	atomic_fetch_sub(&workers->awaiting, 1);
}
