/* SPDX-License-Identifier: MIT */
/*
 * A clock for deadlines.
 */
#ifndef TESTS_CLOCK_H
#define TESTS_CLOCK_H

/* Since some time in the past; never goes back. */
double seconds(void);

#endif /* TESTS_CLOCK_H */
