/* SPDX-License-Identifier: MIT */
/*
 * What /proc/self/fdinfo says of a pool.
 */
#ifndef TESTS_FDINFO_H
#define TESTS_FDINFO_H

#include "abi.h"

unsigned long fdinfo(const struct pool *pool, const char *word);
unsigned long fdinfo_resident_pages(const struct pool *pool);
unsigned long fdinfo_image_pages(const struct pool *pool);
/* Pages that PURGE took and the pool may use again. */
unsigned long fdinfo_spare_pages(const struct pool *pool);

#endif /* TESTS_FDINFO_H */
