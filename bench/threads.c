// SPDX-License-Identifier: MIT
/*
 * Several processors, a thread on each with slots of its own, in one process:
 * events for 1,000 resets a thread. Instructions cannot be counted here.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "events.h"
#include "result.h"
#include "workload.h"

#define MEMORY (16 * MIB)
#define IMAGE (1 * MIB)
#define WRITTEN 16
#define RESETS 1000

struct worker {
	pthread_t thread;
	uint32_t number;
	const struct contender *contender;
	struct workload work;
	struct events events;
};

static _Atomic uint32_t ready, done;
static _Atomic bool go, finish;

static void run_cycles(struct worker *worker, uint32_t resets)
{
	for (uint32_t i = 0; i < resets; i += worker->work.slots) {
		workload_touch(&worker->work);
		worker->contender->reset(&worker->work);
	}
}

static void *run_worker(void *data)
{
	struct worker *worker = data;

	pin_to(worker->number);
	events_open(&worker->events);
	run_cycles(worker, 2 * BULK);
	events_warm(&worker->events);
	atomic_fetch_add(&ready, 1);
	while (!atomic_load(&go))
		sched_yield();

	events_start(&worker->events);
	run_cycles(worker, RESETS);
	events_stop(&worker->events);
	atomic_fetch_add(&done, 1);
	while (!atomic_load(&finish))
		usleep(1000);
	workload_check(&worker->work);
	events_close(&worker->events);
	return NULL;
}

static void wait_for(_Atomic uint32_t *count, uint32_t threads)
{
	while (atomic_load(count) < threads)
		usleep(1000);
}

static void start(struct worker *workers, uint32_t threads)
{
	atomic_store(&ready, 0);
	atomic_store(&done, 0);
	atomic_store(&go, false);
	atomic_store(&finish, false);
	for (uint32_t i = 0; i < threads; i++)
		if (pthread_create(&workers[i].thread, NULL, run_worker, &workers[i]))
			die("no thread");
}

/* The interrupts while all threads work; none starts or ends meanwhile. */
static uint64_t run_threads(struct worker *workers, uint32_t threads)
{
	uint64_t shootdowns;

	start(workers, threads);
	wait_for(&ready, threads);
	shootdowns = events_shootdowns();
	atomic_store(&go, true);
	wait_for(&done, threads);
	shootdowns = events_shootdowns() - shootdowns;
	atomic_store(&finish, true);
	for (uint32_t i = 0; i < threads; i++)
		pthread_join(workers[i].thread, NULL);
	return shootdowns;
}

static void print(const struct worker *workers, uint32_t threads, uint64_t shootdowns)
{
	/* Whole batches: a few more resets than asked for. */
	uint32_t slots = workers[0].work.slots;
	double resets = (double)((RESETS + slots - 1) / slots * slots) * threads / 1000;

	result_contender(workers[0].contender->name);
	for (int event = 0; event < EVENTS; event++) {
		uint64_t sum = 0;

		for (uint32_t i = 0; i < threads; i++)
			sum += workers[i].events.counts[event];
		result_value(event_names[event], (double)sum / resets);
	}
	if (events_have_shootdowns())
		result_value("tlb_shootdowns", (double)shootdowns / resets);
}

static void measure_threads(const struct contender *contender, struct workload *work,
			    uint32_t threads)
{
	struct worker workers[MOST_THREADS] = { 0 };
	uint8_t *base[MOST_SLOTS];
	const char *why;

	if (!is_wanted(contender->name) || contender->cycle)
		return;
	work->slots = threads * contender->slots;
	work->base = base;
	why = contender->init(work);
	if (why) {
		result_contender(contender->name);
		result_text("skipped", why);
		return;
	}
	for (uint32_t i = 0; i < threads; i++) {
		workers[i].number = i;
		workers[i].contender = contender;
		workers[i].work = *work;
		workers[i].work.first = i * contender->slots;
		workers[i].work.slots = contender->slots;
		workers[i].work.base = base + workers[i].work.first;
	}
	print(workers, threads, run_threads(workers, threads));
	contender->uninit(work);
}

static void run_threads_scenario(void)
{
	uint32_t pages[WRITTEN];
	struct workload work = {
		.memory = MEMORY,
		.image = IMAGE,
		.content = content_create(IMAGE, 1),
		.pages = pages,
		.count = WRITTEN,
	};

	if (sysconf(_SC_NPROCESSORS_ONLN) < MOST_THREADS)
		die("needs %d processors", MOST_THREADS);
	pages_dense(pages, WRITTEN);
	for (uint32_t threads = 1; threads <= MOST_THREADS; threads *= 2) {
		result_begin("threads");
		result_param("threads", threads);
		result_param("pages", WRITTEN);
		result_param("resets", RESETS);
		for (int i = 0; contenders[i]; i++)
			measure_threads(contenders[i], &work, threads);
		result_end();
	}
	free((void *)work.content);
}

const struct scenario scenario_threads = { "threads", run_threads_scenario };
