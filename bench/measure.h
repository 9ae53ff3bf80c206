/* SPDX-License-Identifier: MIT */
/* How a cycle is measured: its cost, and its events. */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include "bench.h"

/*
 * Something to be measured again and again.
 *
 * @units: what a cycle's figures are divided by, as slots or faults
 * @warm_up, @cycles: how many are not measured before, and how many are; 0: WARM_UP and
 *                    CYCLES
 * @mean: the figure is the mean, as cycles are not alike; else the median
 * @prepare: before each cycle, not measured; may be NULL
 * @cycle: what is measured
 * @check: after each cycle, not measured; ends the program when the result is
 *         wrong; not called where events are counted; may be NULL
 */
struct job {
	void *data;
	uint32_t units;
	uint32_t warm_up;
	uint32_t cycles;
	bool mean;
	void (*prepare)(void *data);
	void (*cycle)(void *data);
	void (*check)(void *data);
};

/*
 * The cost of a cycle, and events, printed as the figures of the contender (result.h). Returns
 * the cost of a unit.
 */
double measure_job(const char *contender, const struct job *job);

/*
 * Makes the contender's slots for the workload and measures its cycle. Returns what it costs
 * a slot, 0 where that was not measured.
 */
double measure_contender(const struct contender *contender, struct workload *work);

#endif /* BENCH_MEASURE_H */
