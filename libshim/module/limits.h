/* SPDX-License-Identifier: MIT */
/*
 * How much of a valid module is read: the limits of Wasmtime, so that what passes here is
 * compiled there, and those of the JavaScript interface where it has the same. libshim(7)
 * has the table.
 */
#ifndef SHIM_LIMITS_H
#define SHIM_LIMITS_H

#include <errno.h>
#include <inttypes.h>

#include "base/error.h"

#define SHIM_MOST_ITEMS 1000000u     /* of each list without a line here */
#define SHIM_MOST_TABLES 100u	     /* imported ones count, as in all lists */
#define SHIM_MOST_MEMORIES 100u	     /* the same */
#define SHIM_MOST_SEGMENTS 100000u   /* of elements, and as many of data */
#define SHIM_MOST_ELEMENTS 10000000u /* of a segment */
#define SHIM_MOST_PARAMS 1000u	     /* of a function, and as many results */
#define SHIM_MOST_FIELDS 10000u
#define SHIM_MOST_NAME 100000u /* bytes */

/* 0, or -EOPNOTSUPP: there are more than that. */
static inline int shim_limit_check(uint64_t count, uint32_t most, const char *what)
{
	if (count <= most)
		return 0;
	return shim_error_set(-EOPNOTSUPP, "more than %" PRIu32 " %s", most, what);
}

#endif /* SHIM_LIMITS_H */
