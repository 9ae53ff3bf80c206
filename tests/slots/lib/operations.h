/* SPDX-License-Identifier: MIT */
/*
 * All that can be done with a pool, in a process whose state is not the usual one.
 */
#ifndef SLOTS_OPERATIONS_H
#define SLOTS_OPERATIONS_H

#include <libshim.h>

/*
 * Makes an image, binds slots to it, and takes them through growth, shrinking, resets, a
 * snapshot and purges, with a look at every byte after each step.
 */
void operations_work(struct shim_pool *pool, const struct shim_pool_config *config);

/* The same in a pool of its own. */
void operations_work_anew(void);

#endif /* SLOTS_OPERATIONS_H */
