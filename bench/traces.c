// SPDX-License-Identifier: MIT
/*
 * Tenants that write what 500 runs of each of the demo's programs wrote. A slot takes the
 * runs in turn; those of a cycle take consecutive ones.
 *
 * The first tenant of a slot writes all that any run wrote, which is what is resident, in
 * the long run, where nothing is given back.
 */
#include <stdlib.h>

#include "clock.h"
#include "measure.h"
#include "result.h"
#include "traces.h"
#include "workload.h"

#define MEMORY (16 * MIB)
/* What the pages of a trace are. */
#define TRACE_PAGE 4096
/* So many tenants a slot has until what it keeps is what it goes on to keep. */
#define HISTORY 80
/* One slot replays each run once; many, some 800 in all. */
#define MANY_CYCLES 50

struct replay {
	const struct trace *trace;
	struct page_set sets[BULK];
	uint32_t next; /* run */
	bool is_first;
};

static struct replay replay;

static struct page_set next_set(void)
{
	const struct trace *trace = replay.trace;

	return trace->sets[trace->runs[replay.next++ % trace->run_count]];
}

static void vary(struct workload *work)
{
	const struct trace *trace = replay.trace;

	for (uint32_t slot = 0; slot < work->slots; slot++)
		replay.sets[slot] = replay.is_first ? trace->pages : next_set();
	replay.is_first = false;
	/* For what has one slot, and looks at it there. */
	work->pages = replay.sets[0].pages;
	work->count = replay.sets[0].count;
}

static double replay_contender(const struct contender *contender, const struct trace *trace,
			       const uint8_t *content)
{
	struct workload work = {
		.memory = MEMORY,
		.image = (uint64_t)trace->image * page_size,
		.content = content,
		.count = trace->pages.count,
		.sets = replay.sets,
		.vary = vary,
		.warm_up = HISTORY,
		.cycles = contender->slots == 1 ? trace->run_count : MANY_CYCLES,
		.mean = true,
	};

	replay.trace = trace;
	replay.next = 0;
	replay.is_first = true;
	return measure_contender(contender, &work);
}

/* Adds to sums what each contender costs. */
static void run_trace(const struct trace *trace, double *sums)
{
	uint8_t *content = content_create(trace->image * page_size, 1);

	result_begin("traces");
	result_param_text("program", trace->name);
	for (int i = 0; contenders[i]; i++)
		sums[i] += replay_contender(contenders[i], trace, content);
	result_end();
	free(content);
}

static void run_traces(void)
{
	const char *text = traces_text;
	double sums[MOST_CONTENDERS] = { 0 };
	struct trace trace;

	if (page_size != TRACE_PAGE)
		die("the traces are of pages of %d bytes", TRACE_PAGE);
	while (trace_read(&text, &trace)) {
		run_trace(&trace, sums);
		trace_free(&trace);
	}
	result_begin("traces");
	result_param_text("program", "sum");
	for (int i = 0; contenders[i]; i++) {
		if (sums[i] == 0)
			continue;
		result_contender(contenders[i]->name);
		result_value(clock_unit(), sums[i]);
	}
	result_end();
}

const struct scenario scenario_traces = { "traces", run_traces };
