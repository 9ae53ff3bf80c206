/* SPDX-License-Identifier: MIT */
/*
 * Pools, which are destroyed at the end of a test.
 */
#ifndef SLOTS_POOLS_H
#define SLOTS_POOLS_H

#include <libshim.h>

/* Two areas that differ in everything; a test changes what it is about. */
struct shim_pool_config config_default(void);

struct shim_pool *pool_create(const struct shim_pool_config *config);
void pool_destroy(struct shim_pool *pool);
struct shim_pool *pool_default(void);

#endif /* SLOTS_POOLS_H */
