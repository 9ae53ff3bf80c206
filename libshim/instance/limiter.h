/* SPDX-License-Identifier: MIT */
/*
 * How memories and tables get their sizes: within the limits of their types and of
 * the allocator, and with the consent of the instance's limiter.
 */
#ifndef SHIM_LIMITER_H
#define SHIM_LIMITER_H

#include "instance/instance.h"

struct shim_snapshot;

/*
 * Asks the limiter of a request for the first sizes of all defined memories and
 * tables, which are those of the snapshot unless it is NULL. -EDQUOT or the
 * limiter's error.
 */
int shim_limiter_check(const struct shim_instance_request *request,
		       const struct shim_snapshot *snapshot);

/* A defined memory or table that is to grow, in bytes or elements. */
struct shim_growth {
	const char *kind; /* "memory" */
	const char *unit; /* "bytes" */
	uint64_t current;
	uint64_t desired;
	uint64_t maximum; /* of its type */
	uint64_t limit;	  /* of the allocator */
	/* The operation of the allocator; the other two are the limiter's or NULL. */
	int (*resize)(struct shim_instance *instance, uint32_t defined, uint64_t size);
	int (*growing)(void *context, uint64_t current, uint64_t desired, uint64_t maximum);
	void (*grow_failed)(void *context, int error);
};

/*
 * Makes the allocator enlarge it; the size in the state is left to the caller.
 * -EDQUOT or the limiter's error, -ENOSPC over maximum or limit, -ENOMEM.
 */
int shim_limiter_grow(struct shim_instance *owner, uint32_t defined,
		      const struct shim_growth *growth);

#endif /* SHIM_LIMITER_H */
