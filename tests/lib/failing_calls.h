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
/* All but those that need no memory: taking access away, dropping pages, and asking. */
#define NEEDY_CALLS (LONG_MAX - 1)

/* Only calls of this function fail, and with this error; NULL: all, as at first with ENOMEM. */
void calls_choose(const char *name, int error);

/* So many calls will fail from the nth on. */
void calls_arm(long nth, long count);

/*
 * mremap() to a given address that fails has unmapped what was there, and another thread has
 * mapped a page into it, which *page is set to. NULL: no longer.
 */
void calls_invade(volatile unsigned char **page);

/* None fails from now on. Returns whether one has failed. */
bool calls_disarm(void);

/* Whether it was one call alone that failed last, or is to fail. */
bool calls_fail_alone(void);

/* None fails until they are resumed, with what calls_pause() returned. */
long calls_pause(void);
void calls_resume(long countdown);

/*
 * An operation in which calls fail.
 *
 * @start: before each attempt
 * @operation: 0, or what a failed call comes to
 * @finish: after each attempt, with what the operation returned; no call fails then
 */
struct calls_sweep {
	void (*start)(void);
	int (*operation)(void);
	void (*finish)(int error);
};

/*
 * Lets one call after the other fail, once alone and once with all needy ones after it, each
 * with holes too where the error is ENOMEM, until the operation makes no more calls. Some call must have failed.
 *
 * Returns how many attempts ended with an error.
 */
unsigned int calls_sweep(const struct calls_sweep *sweep);

#endif /* TESTS_FAILING_CALLS_H */
