/* SPDX-License-Identifier: MIT */
/* What tenants write, the check of it, and how user space puts pages back. */
#ifndef BENCH_WORKLOAD_H
#define BENCH_WORKLOAD_H

#include "bench.h"

/* The next pseudo-random number. */
uint64_t random_next(uint64_t *seed);

/* Pages of content, each different, none zero; the caller frees them. */
uint8_t *content_create(uint64_t length, uint64_t seed);
/* Pages from 0 on. */
void pages_dense(uint32_t *pages, uint32_t count);

void workload_touch(const struct workload *work);
void workload_touch_slot(const struct workload *work, uint32_t slot);
/* Ends the program when a page that a tenant wrote is not as it was. */
void workload_check(const struct workload *work);

/* Puts one page back, as user space does it. */
void workload_restore_page(const struct workload *work, uint8_t *base, uint32_t page);
/* The same for bytes [from, to) of the memory. */
void workload_restore_range(const struct workload *work, uint8_t *base, uint64_t from, uint64_t to);

#endif /* BENCH_WORKLOAD_H */
