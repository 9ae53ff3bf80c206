/* SPDX-License-Identifier: MIT */
#ifndef BENCH_PAGEMAP_SCAN_H
#define BENCH_PAGEMAP_SCAN_H

#include "bench.h"

/* An open /proc/self/pagemap, or -1 where it cannot scan. */
int pagemap_scan_open(void);

/*
 * Puts [start, start + length) of a slot's memory back as the reference
 * allocator does: one scan for at most 32 runs of written pages, which are
 * restored in place; what the scan did not come to is dropped. With resume the
 * scan goes on instead until the end.
 */
void pagemap_scan_restore(int fd, const struct workload *work, uint8_t *base, uint64_t length,
			  bool resume);

#endif /* BENCH_PAGEMAP_SCAN_H */
