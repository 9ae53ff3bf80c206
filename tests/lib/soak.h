/* SPDX-License-Identifier: MIT */
/*
 * How much a test tries that could go on for ever.
 *
 * It has a number of rounds and a seed of its own, so that each run does the same. In
 * the environment
 *
 *	SOAK_SECONDS=N	goes on for so long instead, with another seed each time;
 *	SEED=N		is the seed;
 *	SOAK_ROUNDS=N	is the number of rounds.
 *
 * Time decides how much is tried, and never whether the test passes. What was tried is
 * noted, as SEED and SOAK_ROUNDS that do it again.
 */
#ifndef TESTS_SOAK_H
#define TESTS_SOAK_H

#include "test.h"

/*
 * Starts the budget, and with it the test's time limit. Each thread of the test counts
 * its own rounds. Returns the seed.
 */
uint64_t soak_start(long rounds);

/* Whether to go on after that many rounds; at least one is tried. */
bool soak_goes_on(long done);

/* Notes how far a test came that counted its rounds, or its slowest thread. */
void soak_end(long done);

#endif /* TESTS_SOAK_H */
