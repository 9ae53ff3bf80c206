/* SPDX-License-Identifier: MIT */
/*
 * The counts of /proc/interrupts.
 */
#ifndef TESTS_INTERRUPTS_H
#define TESTS_INTERRUPTS_H

#include "test.h"

/* The sum over all processors of the line with that name. */
long interrupts(const char *name);

#endif /* TESTS_INTERRUPTS_H */
