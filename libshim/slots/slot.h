/* SPDX-License-Identifier: MIT */
/*
 * The checks of slots that the calls of this layer share.
 */
#ifndef SHIM_SLOT_H
#define SHIM_SLOT_H

#include "backend/backend.h"

/* -ENOENT, with a message: the pool has no such slot. */
int shim_slot_error(const struct shim_pool *pool, uint32_t slot);

/* The pool, and -ENOENT where it has no such slot. Inline, as each claim and release checks. */
static inline int shim_slot_check(const struct shim_pool *pool, uint32_t slot)
{
	int error = shim_pool_check(pool);

	if (error)
		return error;
	return slot < pool->slots ? 0 : shim_certain_error(shim_slot_error(pool, slot));
}

/* The same for each of a vector, which may be too long (-EINVAL) or NULL (-EFAULT). */
int shim_slot_vector_check(const struct shim_pool *pool, const uint32_t *slots, uint32_t count);

/* -EINVAL, with a message: no such area, not whole pages, or past the area's max. */
int shim_range_check(const struct shim_pool *pool, const struct shim_range *range);

#endif /* SHIM_SLOT_H */
