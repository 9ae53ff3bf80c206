// SPDX-License-Identifier: MIT
/* Keeps the budget of the running test. */
#include "soak.h"

#include <sys/random.h>

#include "clock.h"

/* Seconds that a test with a number of rounds may take on a fast machine. */
#define LIMIT 120

static uint64_t seed;
static long most_rounds;
static double end; /* 0: the rounds count */

static uint64_t number(const char *name, uint64_t usual)
{
	const char *text = getenv(name);
	char *rest;
	uint64_t value;

	if (!text || !*text)
		return usual;
	errno = 0;
	value = strtoull(text, &rest, 10);
	if (errno || *rest)
		test_fail("%s is \"%s\", and must be a whole number", name, text);
	return value;
}

static uint64_t fresh_seed(void)
{
	uint32_t fresh;

	test_eq(getrandom(&fresh, sizeof(fresh), 0), sizeof(fresh));
	return fresh;
}

uint64_t soak_start(long rounds)
{
	uint64_t length = number("SOAK_SECONDS", 0);

	seed = number("SEED", length ? fresh_seed() : 1);
	most_rounds = (long)number("SOAK_ROUNDS", (uint64_t)rounds);
	end = length ? seconds() + (double)length : 0;
	test_timeout((unsigned int)length + LIMIT);
	if (length)
		test_note("SEED=%" PRIu64 " for %" PRIu64 " s", seed, length);
	else
		test_note("SEED=%" PRIu64 " SOAK_ROUNDS=%ld", seed, most_rounds);
	return seed;
}

bool soak_goes_on(long done)
{
	test_context("SEED=%" PRIu64 " SOAK_ROUNDS=%ld", seed, done + 1);
	if (done < 1)
		return true;
	return end ? seconds() < end : done < most_rounds;
}

void soak_end(long done)
{
	if (end)
		test_note("%ld rounds", done);
}
