// SPDX-License-Identifier: MIT
/*
 * What a thread that resets at full rate costs the others of its process: these run tenants
 * in slots of their own and never enter the kernel.
 *
 * On one processor their instructions are counted, and on several what reaches them of
 * the others: page faults, and interrupts of their processors.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "events.h"
#include "result.h"
#include "workload.h"

#define MEMORY (16 * MIB)
#define IMAGE (1 * MIB)
/* A tenant's, each time. */
#define OWN 64
#define PASSES 50000
#define RESETS (64 * 32)
/* What the tenants of the resetting thread write of UNION pages, others in each turn. */
#define UNION 512
#define TURNS 16
#define WRITTEN (UNION / TURNS)

struct neighbour {
	pthread_t thread;
	uint32_t processor;
	struct workload work;
	_Atomic uint32_t passes;
	double insn; /* of a pass */
	struct events events;
	uint64_t interrupts; /* by other processors, and those of them for TLBs */
	uint64_t shootdowns;
};

static struct neighbour neighbours[MOST_THREADS - 1];
static uint32_t neighbour_count;
static _Atomic uint32_t ready;
static _Atomic bool go, stop;

static uint64_t thread_clock(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void interrupts_read(const struct neighbour *own, uint64_t *interrupts, uint64_t *shootdowns)
{
	*interrupts = events_interrupts(own->processor);
	*shootdowns = events_shootdowns_of(own->processor);
}

/* The counters are read before and after, so that the neighbour itself makes no call. */
static void *run_neighbour(void *data)
{
	struct neighbour *own = data;
	uint64_t start;

	pin_to(own->processor);
	events_open(&own->events);
	for (int i = 0; i < 10; i++)
		workload_touch(&own->work);
	events_warm(&own->events);
	atomic_fetch_add(&ready, 1);
	while (!atomic_load(&go))
		sched_yield();

	events_start(&own->events);
	start = thread_clock();
	while (!atomic_load_explicit(&stop, memory_order_relaxed)) {
		workload_touch(&own->work);
		atomic_fetch_add_explicit(&own->passes, 1, memory_order_relaxed);
	}
	own->insn = (double)(thread_clock() - start) / own->passes;
	events_stop(&own->events);
	/* Two reads of the clock. */
	own->events.counts[EVENT_SYSCALLS] -= 2;
	events_close(&own->events);
	return NULL;
}

static bool all_have_run(void)
{
	for (uint32_t i = 0; i < neighbour_count; i++)
		if (atomic_load(&neighbours[i].passes) < PASSES)
			return false;
	return true;
}

/* What the tenants of a turn write: each page in one turn of TURNS. */
static void turn_take(struct workload *work, uint32_t *pages, uint32_t turn)
{
	work->pages = pages;
	work->count = WRITTEN;
	for (uint32_t i = 0; i < WRITTEN; i++)
		pages[i] = work->cycles == TURNS ? i * TURNS + turn % TURNS : i;
}

/* Resets until the neighbours have run, with contender NULL only waits. Returns how many. */
static uint64_t run_main(const struct contender *contender, struct workload *work)
{
	uint32_t pages[WRITTEN], turn = 0;
	uint64_t resets = 0;

	while (!contender && !all_have_run())
		usleep(1000);
	while (contender && (resets < RESETS || !all_have_run())) {
		turn_take(work, pages, turn++);
		workload_touch(work);
		contender->reset(work);
		resets += work->slots;
	}
	return resets;
}

static void start_neighbours(const struct workload *work, uint32_t first)
{
	uint32_t processors = (uint32_t)sysconf(_SC_NPROCESSORS_ONLN);

	atomic_store(&ready, 0);
	atomic_store(&go, false);
	atomic_store(&stop, false);
	for (uint32_t i = 0; i < neighbour_count; i++) {
		struct neighbour *own = &neighbours[i];

		*own = (struct neighbour){ .work = *work, .processor = (i + 1) % processors };
		own->work.slots = 1;
		own->work.first = first + i;
		own->work.base = work->base + first + i;
		if (pthread_create(&own->thread, NULL, run_neighbour, own))
			die("no thread");
	}
	while (atomic_load(&ready) < neighbour_count)
		usleep(1000);
}

static void print(const char *name, uint64_t resets)
{
	/* Alone, as if as much had been reset as at least is with the others. */
	double per = (double)neighbour_count * (double)(resets ? resets : RESETS) / BULK;
	double insn = 0, faults = 0, syscalls = 0, interrupts = 0, shootdowns = 0;

	for (uint32_t i = 0; i < neighbour_count; i++) {
		insn += neighbours[i].insn / neighbour_count;
		faults += (double)neighbours[i].events.counts[EVENT_FAULTS] / per;
		syscalls += (double)neighbours[i].events.counts[EVENT_SYSCALLS] / per;
		interrupts += (double)neighbours[i].interrupts / per;
		shootdowns += (double)neighbours[i].shootdowns / per;
	}
	result_contender(name);
	if (neighbour_count == 1)
		result_value(clock_unit(), insn);
	result_value("faults", faults);
	result_value("syscalls", syscalls);
	if (neighbour_count == 1)
		return;
	result_value("interrupts", interrupts);
	if (events_have_shootdowns())
		result_value("tlb_shootdowns", shootdowns);
}

/* The neighbours' slots are those of tenant from first on; contender resets those of work. */
static void measure(const char *name, const struct contender *contender, struct workload *work,
		    const struct workload *tenant, uint32_t first)
{
	uint64_t interrupts[MOST_THREADS], shootdowns[MOST_THREADS], resets;

	start_neighbours(tenant, first);
	for (uint32_t i = 0; i < neighbour_count; i++)
		interrupts_read(&neighbours[i], &interrupts[i], &shootdowns[i]);
	atomic_store(&go, true);
	resets = run_main(contender, work);
	for (uint32_t i = 0; i < neighbour_count; i++) {
		struct neighbour *own = &neighbours[i];

		interrupts_read(own, &own->interrupts, &own->shootdowns);
		own->interrupts -= interrupts[i];
		own->shootdowns -= shootdowns[i];
	}
	atomic_store(&stop, true);
	for (uint32_t i = 0; i < neighbour_count; i++)
		pthread_join(neighbours[i].thread, NULL);
	print(name, resets);
}

/* Until all pages are resident, and the module knows what a look costs. */
static void warm_up(const struct contender *contender, struct workload *work)
{
	uint32_t all[UNION], pages[WRITTEN];

	pages_dense(all, UNION);
	work->pages = all;
	work->count = work->cycles == TURNS ? UNION : WRITTEN;
	for (uint32_t turn = 0; turn < 6 * TURNS; turn++) {
		workload_touch(work);
		contender->reset(work);
		turn_take(work, pages, turn);
	}
}

/* Returns whether it is one of the contenders; before the first the neighbours are alone. */
static bool measure_beside(const struct contender *contender, struct workload *work, bool is_first)
{
	uint32_t own[OWN], slots = contender->slots;
	struct workload resetting, tenant;
	uint8_t *base[MOST_SLOTS];
	const char *why;

	if (!is_wanted(contender->name))
		return false;
	work->slots = slots + neighbour_count;
	work->base = base;
	why = contender->init(work);
	if (why) {
		result_contender(contender->name);
		result_text("skipped", why);
		return false;
	}
	resetting = *work;
	resetting.slots = slots;
	warm_up(contender, &resetting);
	pages_dense(own, OWN);
	tenant = *work;
	tenant.pages = own;
	tenant.count = OWN;
	if (is_first)
		measure("alone", NULL, NULL, &tenant, slots);
	measure(contender->name, contender, &resetting, &tenant, slots);
	contender->uninit(work);
	return true;
}

static void run_pattern(const char *pattern, uint32_t turns)
{
	static const struct contender *const beside[] = {
		&contender_guardslot_bulk, &contender_guardslot,       &contender_libshim_mmap,
		&contender_madvise,	   &contender_process_madvise,
	};
	struct workload work = {
		.memory = MEMORY,
		.image = IMAGE,
		.content = content_create(IMAGE, 1),
		.cycles = turns,
	};
	bool is_first = true;

	result_begin("neighbour");
	result_param("processors", sysconf(_SC_NPROCESSORS_ONLN));
	result_param_text("pattern", pattern);
	result_param("pages", WRITTEN);
	for (size_t i = 0; i < ARRAY_SIZE(beside); i++)
		is_first &= !measure_beside(beside[i], &work, is_first);
	result_end();
	free((void *)work.content);
}

static void run_neighbour_scenario(void)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);

	neighbour_count = processors > MOST_THREADS ? MOST_THREADS - 1 :
			  processors > 1	    ? (uint32_t)processors - 1 :
						      1;
	pin_to(0);
	run_pattern("same", 1);
	run_pattern("turns", TURNS);
}

const struct scenario scenario_neighbour = { "neighbour", run_neighbour_scenario };
