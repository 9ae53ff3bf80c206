/* SPDX-License-Identifier: MIT */
/*
 * How memories and tables get their sizes: within the limits of their types and of
 * the allocator, and with the consent of the instance's limiter.
 */
#ifndef SHIM_LIMITER_H
#define SHIM_LIMITER_H

#include <errno.h>

#include "instance/instance.h"

struct shim_snapshot;

/* shim_limiter_check() of a request that has a limiter. */
int shim_limiter_ask(const struct shim_instance_request *request,
		     const struct shim_snapshot *snapshot);

/*
 * Asks the limiter of a request, if it has one, for the first sizes of all defined memories
 * and tables, which are those of the snapshot unless it is NULL. -EDQUOT or the limiter's
 * error.
 */
static inline int shim_limiter_check(const struct shim_instance_request *request,
				     const struct shim_snapshot *snapshot)
{
	return request->limiter ? shim_limiter_ask(request, snapshot) : 0;
}

/* The error of a limiter's answer; 0 when it agrees. */
static inline int shim_limiter_answer(int answer)
{
	if (answer > 0)
		return 0;
	return answer ? answer : -EDQUOT;
}

/* A defined memory or table that is to grow, in bytes or elements. */
struct shim_growth {
	uint64_t current;
	uint64_t desired;
	uint64_t maximum; /* of its type */
	uint64_t limit;	  /* of the allocator */
	/* The limiter's, or NULL. */
	int (*growing)(void *context, uint64_t current, uint64_t desired, uint64_t maximum);
	void (*grow_failed)(void *context, int error);
	/* The allocator's. */
	int (*resize)(struct shim_instance *instance, uint32_t defined, uint64_t size);
	/* Set the message, which names the kind and the unit, and return the error. */
	int (*refused)(int error, uint64_t desired);
	int (*over_maximum)(uint64_t desired, uint64_t most);
};

static inline int shim_growth_resize(struct shim_instance *owner, uint32_t defined,
				     const struct shim_growth *growth)
{
	uint64_t most = growth->limit < growth->maximum ? growth->limit : growth->maximum;

	if (growth->desired > most)
		return growth->over_maximum(growth->desired, most);
	return growth->resize(owner, defined, growth->desired);
}

/*
 * Makes the allocator enlarge it; the size in the state is left to the caller.
 * -EDQUOT or the limiter's error, -ENOSPC over maximum or limit, -ENOMEM.
 *
 * Inline, so that struct shim_growth is never in memory and both messages are called
 * directly.
 */
static inline int shim_growth_run(struct shim_instance *owner, uint32_t defined,
				  const struct shim_growth *growth)
{
	int error;

	if (growth->growing) {
		error = shim_limiter_answer(growth->growing(owner->limiter->context,
							    growth->current, growth->desired,
							    growth->maximum));
		if (error)
			return growth->refused(error, growth->desired);
	}
	error = shim_growth_resize(owner, defined, growth);
	if (error && growth->grow_failed)
		growth->grow_failed(owner->limiter->context, error);
	return error;
}

#endif /* SHIM_LIMITER_H */
