// SPDX-License-Identifier: MIT
/*
 * The clock: a median of its own cost, and a loop of known length that proves what it
 * counts.
 */
#define _GNU_SOURCE
#include <time.h>

#include "arch.h"
#include "bench.h"
#include "clock.h"
#include "median.h"

#define ROUNDS 100000

static uint64_t cost;
static bool is_counting;

uint64_t clock_read(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_RAW, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static uint64_t time_loop(void)
{
	uint64_t start = clock_read();

	run_loop(ROUNDS);
	return clock_read() - start;
}

void clock_init(bool counts_instructions)
{
	uint64_t samples[CYCLES], loop, want = LOOP_INSTRUCTIONS * ROUNDS;

	is_counting = counts_instructions;
	for (int i = 0; i < CYCLES; i++) {
		uint64_t start = clock_read();

		samples[i] = clock_read() - start;
	}
	cost = median(samples, CYCLES);
	for (int i = 0; i < CYCLES; i++)
		samples[i] = time_loop();
	loop = median(samples, CYCLES);
	/* A timer's interrupt can be among the instructions. */
	if (is_counting && (loop < want * 0.999 || loop > want * 1.002))
		die("the clock counts no instructions: %lu for a loop of %lu", (unsigned long)loop,
		    (unsigned long)want);
}

uint64_t clock_cost(void)
{
	return cost;
}

const char *clock_unit(void)
{
	return is_counting ? "insn" : "ns";
}
