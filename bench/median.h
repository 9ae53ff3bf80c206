/* SPDX-License-Identifier: MIT */
/* The median of samples. */
#ifndef BENCH_MEDIAN_H
#define BENCH_MEDIAN_H

#include <stdint.h>

/* Sorts the samples; count is odd. */
uint64_t median(uint64_t *samples, unsigned int count);

#endif /* BENCH_MEDIAN_H */
