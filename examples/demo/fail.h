/* SPDX-License-Identifier: MIT */
/* The message of a call of libshim that failed. */
#ifndef DEMO_FAIL_H
#define DEMO_FAIL_H

/*
 * Prints what failed, the error and the library's message of it, and returns the
 * error. With an error of 0 it prints nothing.
 */
int fail_report(int error, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif /* DEMO_FAIL_H */
