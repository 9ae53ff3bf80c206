/* SPDX-License-Identifier: MIT */
/*
 * A pooled slot between two instances:
 *
 *	unused -----------prepare-----------> an instance's
 *	  ^                                        |
 *	  +<------reset---------waiting------------+
 *
 * A slot waits for its batch, or for a thread of the allocator; with neither it is reset by
 * who deallocates. An unused slot shows its image, or has nothing resident. A slot whose reset or purge
 * fails is poisoned: it is counted, and never used again.
 */
#ifndef SHIM_POOLED_SLOT_H
#define SHIM_POOLED_SLOT_H

#include "allocator/pooling.h"

/*
 * Takes a slot that is bound to the module of the request, or binds one, once the
 * allocator's limits and the limiter allow the instance. When all slots are used some of
 * those that wait are reset here. On an error the caller has no slot.
 *
 * -EBUSY: all slots are in use
 * or the errors of shim_module_limits_check(), shim_limiter_check() and the pool
 */
int shim_pooled_prepare(struct shim_pooling *p, const struct shim_instance_request *request,
			uint32_t *slot);

/* Resets slots of a struct shim_pooling whose instances are gone, and makes them unused. */
void shim_pooled_reset(void *pooling, const uint32_t *slots, uint32_t count);

/*
 * Gives back what unused slots keep of a module whose image was dropped. Slots that
 * fail are poisoned, and the first error is returned.
 */
int shim_pooled_purge(struct shim_pooling *p, uint64_t module);

#endif /* SHIM_POOLED_SLOT_H */
