/* SPDX-License-Identifier: MIT */
/* The clock that all instructions or times are read from. */
#ifndef BENCH_CLOCK_H
#define BENCH_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

/*
 * The guest's clock. Under QEMU's icount it counts instructions, one a
 * nanosecond; clock_init() checks that it does. Else it counts nanoseconds.
 */
void clock_init(bool counts_instructions);
uint64_t clock_read(void);
/* The cost of reading it twice, which is part of every difference. */
uint64_t clock_cost(void);
/* "insn" or "ns": the key of what it counts. */
const char *clock_unit(void);

#endif /* BENCH_CLOCK_H */
