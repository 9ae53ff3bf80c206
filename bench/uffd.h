/* SPDX-License-Identifier: MIT */
/* Resets by userfaultfd's asynchronous write protection, for other contenders to use. */
#ifndef BENCH_UFFD_H
#define BENCH_UFFD_H

#include "bench.h"

/* A userfaultfd, or -1 where there is no such protection. */
int uffd_wp_open(void);
/* Watches memory, which has to be accessible. */
void uffd_wp_watch(int uffd, uint8_t *base, uint64_t length);
/* Resets slots of private memory, which lie in rising order, each as far after the last. */
void uffd_wp_restore(int pagemap, const struct workload *work);

#endif /* BENCH_UFFD_H */
