/* SPDX-License-Identifier: MIT */
/*
 * The kernel that the tests run on.
 */
#ifndef TESTS_GUEST_H
#define TESTS_GUEST_H

#include "test.h"

#define PARAMETERS "/sys/module/guardslot/parameters/"

/* The debug kernel, or that with KCSAN: what the module does costs more than elsewhere. */
bool is_instrumented(void);

/* The debug kernel is some ten times slower; what repeats repeats less there. */
bool is_debug_kernel(void);

long scaled(long normal, long debug);

#endif /* TESTS_GUEST_H */
