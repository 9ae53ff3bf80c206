// SPDX-License-Identifier: MIT
/*
 * A cycle measured: timed cycles first, each of them checked; then cycles in
 * which events are counted, for the counters change what the kernel runs.
 */
#include <stdlib.h>

#include "clock.h"
#include "events.h"
#include "measure.h"
#include "median.h"
#include "result.h"
#include "workload.h"

#define MOST_FAULTS 4096

static void prepare(const struct job *job)
{
	if (job->prepare)
		job->prepare(job->data);
}

static uint64_t time_cycle(const struct job *job)
{
	uint64_t start, end;

	prepare(job);
	start = clock_read();
	job->cycle(job->data);
	end = clock_read();
	if (job->check)
		job->check(job->data);
	return end - start - clock_cost();
}

static void count_events(const struct job *job, struct events *events)
{
	events_open(events);
	for (int i = 0; i < 2 + EVENT_CYCLES; i++) {
		prepare(job);
		/* The first cycles run on what the checks left, with cold counters. */
		if (i < 2) {
			job->cycle(job->data);
			continue;
		}
		events_start(events);
		job->cycle(job->data);
		events_stop(events);
	}
	events_close(events);
}

static double mean(const uint64_t *samples, uint32_t count)
{
	double sum = 0;

	for (uint32_t i = 0; i < count; i++)
		sum += (double)samples[i];
	return sum / count;
}

/* What a cycle costs. */
static double time_cycles(const struct job *job)
{
	uint32_t warm_up = job->warm_up ? job->warm_up : WARM_UP;
	uint32_t cycles = job->cycles ? job->cycles : CYCLES;
	uint64_t samples[MOST_CYCLES];

	if (cycles > MOST_CYCLES)
		die("%u cycles are too many", cycles);
	for (uint32_t i = 0; i < warm_up; i++)
		time_cycle(job);
	for (uint32_t i = 0; i < cycles; i++)
		samples[i] = time_cycle(job);
	return job->mean ? mean(samples, cycles) : (double)median(samples, cycles);
}

double measure_job(const char *contender, const struct job *job)
{
	double events_in = (double)EVENT_CYCLES * job->units;
	double cost = time_cycles(job) / job->units;
	struct events events;

	count_events(job, &events);

	result_contender(contender);
	result_value(clock_unit(), cost);
	for (int i = 0; i < EVENTS; i++)
		result_value(event_names[i], (double)events.counts[i] / events_in);
	if (events_have_shootdowns())
		result_value("tlb_shootdowns", (double)events.shootdowns / events_in);
	return cost;
}

/* ---- contenders ------------------------------------------------------------ */

struct round {
	const struct contender *contender;
	struct workload *work;
};

static void round_prepare(void *data)
{
	struct round *round = data;

	if (round->work->vary)
		round->work->vary(round->work);
}

static void round_cycle(void *data)
{
	struct round *round = data;

	if (round->contender->cycle) {
		round->contender->cycle(round->work);
		return;
	}
	workload_touch(round->work);
	round->contender->reset(round->work);
}

/* The check reads pages, which faults them in in another way than a tenant's write. */
static void round_check(void *data)
{
	struct round *round = data;

	workload_check(round->work);
	if (round->contender->drops_pages)
		round->contender->reset(round->work);
}

double measure_contender(const struct contender *contender, struct workload *work)
{
	struct round round = { contender, work };
	struct job job = {
		.data = &round,
		.prepare = round_prepare,
		.cycle = round_cycle,
		.check = round_check,
	};
	uint8_t *base[BULK];
	const char *why;
	double cost;

	if (!is_wanted(contender->name))
		return 0;
	work->slots = contender->slots;
	/* Faults cost so much that a call more or less makes no difference. */
	while (contender->drops_pages && work->slots > 1 && work->slots * work->count > MOST_FAULTS)
		work->slots /= 2;
	work->base = base;
	why = contender->init(work);
	if (why) {
		result_contender(contender->name);
		result_text("skipped", why);
		return 0;
	}
	job.units = work->slots;
	job.cycles = work->cycles;
	job.mean = work->mean;
	/* What drops its pages has no history to warm up. */
	if (!contender->drops_pages)
		job.warm_up = work->warm_up;
	cost = measure_job(contender->name, &job);
	if (contender->resident)
		result_value("resident_pages", contender->resident(work));
	contender->uninit(work);
	return cost;
}
