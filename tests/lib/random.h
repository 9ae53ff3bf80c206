/* SPDX-License-Identifier: MIT */
/* Numbers that a seed decides, the same on each machine. The seed is the first state. */
#ifndef TESTS_RANDOM_H
#define TESTS_RANDOM_H

#include <stdint.h>

/* The upper bits are the better ones. */
static inline uint64_t random_next(uint64_t *state)
{
	*state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return *state;
}

/* The bound is 2^31 at most. */
static inline uint32_t random_below(uint64_t *state, uint64_t bound)
{
	return (uint32_t)((random_next(state) >> 33) % bound);
}

#endif /* TESTS_RANDOM_H */
