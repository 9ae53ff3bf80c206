/* SPDX-License-Identifier: MIT */
/*
 * The pooling allocator: an instance is a slot of a pool, on either backend.
 *
 * pooling.c has the operations of an allocator, pooled_slot.c the life of a slot
 * between two instances:
 *
 *	unused ----take----> taken ----bind----> an instance's
 *	  ^                    |                      |
 *	  |<------put_back-----+                      |
 *	  +<----reset (alone or with its batch)-------+
 *
 * An unused slot shows its image, or has nothing resident. Whoever has taken a
 * slot is the only one to touch what is kept of it here.
 */
#ifndef SHIM_POOLING_H
#define SHIM_POOLING_H

#include "allocator/area_layout.h"
#include "allocator/binding_table.h"
#include "instance/instance.h"
#include "allocator/reset_queue.h"
#include "allocator/slot_index.h"

/* Slots share no cache line: threads work on different ones at a time. */
struct shim_pooled {
	struct shim_instance instance;
	/* What the slot is bound to, with a reference; NULL: to nothing. */
	struct shim_binding *binding;
	bool idle; /* the claim word says so: claim it before anything else */
} __attribute__((aligned(64)));

/* Constant once it is made, but for what is atomic or has a lock of its own. */
struct shim_pooling {
	struct shim_allocator allocator;
	struct shim_area_layout layout;
	struct shim_pool *pool;
	struct shim_slot_index *index;
	struct shim_reset_queue *queue; /* NULL: slots do not wait */
	struct shim_pooled *slots;
	/*
	 * Grows with each purge_module once the module's binding is out of the
	 * table. Who frees a slot looks at it before and after, and so sees a
	 * purge that did not see the slot.
	 */
	_Atomic uint64_t purges __attribute__((aligned(64)));
	/* Threads that have taken unused slots to purge them, and will free them. */
	atomic_uint purging;
	struct shim_binding_table bindings;
};

static inline struct shim_pooling *shim_pooling(struct shim_allocator *allocator)
{
	return (struct shim_pooling *)allocator;
}

/* ---- pooled_slot.c -------------------------------------------------------- */

/*
 * Takes a slot for an instance of the module, whatever it is bound to; waiting
 * ones are reset if there is no other. -EBUSY: all are in use.
 */
int shim_pooled_take(struct shim_pooling *p, uint64_t module, uint32_t *slot);

/* Whether a slot that was taken shows the module as it is. */
bool shim_pooled_is_bound(const struct shim_pooling *p, uint32_t slot, uint64_t module);

/*
 * Binds a taken slot. On an error the slot has nothing resident, or is poisoned;
 * in either case it is not the caller's any more.
 */
int shim_pooled_bind(struct shim_pooling *p, uint32_t slot, struct shim_binding *binding);

/* Gives back a taken slot that nobody has written to. */
void shim_pooled_put_back(struct shim_pooling *p, uint32_t slot);

/* Resets slots of instances that are gone and gives them back. */
void shim_pooled_reset(struct shim_pooling *p, const uint32_t *slots, uint32_t count);

/* Resets those that wait. */
void shim_pooled_flush(struct shim_pooling *p);

/* Gives back what unused slots keep of a module. */
int shim_pooled_purge(struct shim_pooling *p, uint64_t module);

#endif /* SHIM_POOLING_H */
