/* SPDX-License-Identifier: MIT */
/*
 * What of the module has run, by the kernel's kcov: it notes for a thread each place of the
 * module's code that has a mark of the compiler.
 */
#ifndef FUZZ_COVERAGE_H
#define FUZZ_COVERAGE_H

#include <stdbool.h>
#include <stdint.h>

/* Of a thread. */
struct coverage {
	int fd;
	uint64_t *places;
};

/* Before any process is started that is to share what was seen. */
void coverage_init(void);
/* For the calling thread, from now on. */
void coverage_open(struct coverage *coverage);

void coverage_start(struct coverage *coverage);
/* Returns whether the thread has come from one place to another as none before. */
bool coverage_end(struct coverage *coverage);

unsigned int coverage_count(void);
/* Each place, from the start of the module's code, on a line. */
void coverage_print(void);

#endif /* FUZZ_COVERAGE_H */
