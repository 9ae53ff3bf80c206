/* SPDX-License-Identifier: MIT */
/*
 * How slots become plain memory: docs/wasmtime.md, "When in doubt".
 */
#ifndef SEAM_PLAIN_H
#define SEAM_PLAIN_H

#include "seam/pool.h"

/*
 * Makes the slot plain memory that holds what the slot does, for the reason that is reported.
 * Nobody touches the slot meanwhile. Under the slot's lock. -ENOMEM: it is not accessible,
 * and what it held is lost, or it is as it was.
 */
int seam_plain_slot(struct seam_pool *pool, uint32_t slot, const char *reason);

/*
 * Makes all that is not accessible plain memory: the layout of the pool is not what was
 * guessed. Under no slot's lock.
 */
int seam_plain_rest(struct seam_pool *pool);

/* Plain memory from start on as the slot has it, where nothing is mapped but plain memory. */
int seam_plain_image(unsigned char *start, uint64_t want, const struct seam_image *image);

#endif /* SEAM_PLAIN_H */
