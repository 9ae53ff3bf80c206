/* SPDX-License-Identifier: MIT */
/*
 * Threads that write to slots, each on a processor of its own, whose TLB stays hot: in turns
 * with the test, or without a pause.
 */
#ifndef TESTS_WRITERS_H
#define TESTS_WRITERS_H

#include <stdbool.h>
#include <stdint.h>

/* A few writes, to places that come from the random state. */
typedef void writers_write(uint64_t *random);

/* The first turn, if they take turns, begins at once. */
void writers_start(writers_write *write, uint64_t seed, bool take_turns);

/* Returns when all writers have done their part of this turn. */
void writers_wait(void);
void writers_next_turn(void);
void writers_stop(void);

#endif /* TESTS_WRITERS_H */
