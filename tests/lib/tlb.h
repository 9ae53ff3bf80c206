/* SPDX-License-Identifier: MIT */
/*
 * Counts how often the kernel flushes translation look-aside buffers (TLBs), with what
 * the architecture has for that (arch.h).
 */
#ifndef TESTS_TLB_H
#define TESTS_TLB_H

#include "test.h"

/* Begins to count, in the whole system. A test that counts calls this first. */
void tlb_watch(void);

/*
 * A counter, as those of perf.h, of the flushes that the calling thread causes, on its
 * own processor or on all of them.
 */
int tlb_counter_open(void);

/* How often until now, by whomever, a flush reached another processor than its own. */
long tlb_broadcasts(void);

#endif /* TESTS_TLB_H */
