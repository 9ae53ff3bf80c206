/* SPDX-License-Identifier: MIT */
/*
 * The library's system calls fail on demand, in a program that is linked so that they
 * come here: wrapped_calls in tests/tests.mk.
 */
#ifndef TESTS_FAILING_CALLS_H
#define TESTS_FAILING_CALLS_H

#include <limits.h>
#include <stdbool.h>

#define ALL_CALLS LONG_MAX

/* So many calls will fail from the nth on. */
void calls_arm(long nth, long count);

/* None fails from now on. Returns whether one has failed. */
bool calls_disarm(void);

/* None fails until they are resumed, with what calls_pause() returned. */
long calls_pause(void);
void calls_resume(long countdown);

#endif /* TESTS_FAILING_CALLS_H */
