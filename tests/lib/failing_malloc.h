/* SPDX-License-Identifier: MIT */
/*
 * malloc() and its like fail on demand and are counted, in a program that is linked so
 * that they come here: wrapped_calls in tests/tests.mk. Only the calls of the thread that
 * counts are meant.
 */
#ifndef TESTS_FAILING_MALLOC_H
#define TESTS_FAILING_MALLOC_H

#include <stdbool.h>

/* Counts from now on. The nth allocation fails; negative: none does. */
void mallocs_count(long nth);

/* None fails from now on. Returns whether one has failed. */
bool mallocs_work(void);

/* Counts no more. Returns how many were allocated and not freed. */
long mallocs_held(void);

#endif /* TESTS_FAILING_MALLOC_H */
