/* SPDX-License-Identifier: MIT */
/*
 * Runs a program of examples/ and keeps what it prints. The test is
 * .../tests/examples/NAME, and the program .../examples/NAME/NAME.
 */
#ifndef EXAMPLES_EXAMPLE_H
#define EXAMPLES_EXAMPLE_H

#include "test.h"

#define EXAMPLE_OUTPUT_MAX 8192

extern char example_output[EXAMPLE_OUTPUT_MAX];

/* The backend that is the test's argument. */
const char *backend_name(void);

bool backend_is_device(void);
const char *example_path(const char *name);

/* Runs it with up to two arguments (NULL: no more); its exit code must be code. */
void example_run(int code, const char *program, const char *first, const char *second);

/* The line of the output that starts with this text; one must. */
const char *line_starting(const char *start);

/* The number after these words at the start of a line. */
unsigned long long number_after(const char *words);

#endif /* EXAMPLES_EXAMPLE_H */
