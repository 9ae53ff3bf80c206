/* SPDX-License-Identifier: MIT */
/* Resets that find the written pages by PAGEMAP_SCAN, for other contenders to use. */
#ifndef BENCH_PAGEMAP_SCAN_H
#define BENCH_PAGEMAP_SCAN_H

#include "bench.h"

/* An open /proc/self/pagemap, or -1 where it cannot scan. */
int pagemap_scan_open(void);

/*
 * Resets the first @length bytes of a slot's memory as the reference allocator does:
 * one scan for at most 32 runs of written pages, which are restored in place; pages
 * behind those are dropped. With @resume the scan goes on to the end instead.
 */
void pagemap_scan_restore(int fd, const struct workload *work, uint8_t *base, uint64_t length,
			  bool resume);

#endif /* BENCH_PAGEMAP_SCAN_H */
