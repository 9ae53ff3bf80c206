/* SPDX-License-Identifier: MIT */
#ifndef FUZZ_EXECUTE_H
#define FUZZ_EXECUTE_H

#include <stdbool.h>

#include "program.h"

/* Once in each process that executes programs. */
void execute_init(void);

/*
 * Runs a program, by one thread or by @two at the same time, of which one begins in the
 * middle. Returns whether something of the module has run as never before. Choices of the
 * program that decided nothing are 0 then.
 */
bool execute(struct program *program, bool two);

#endif /* FUZZ_EXECUTE_H */
