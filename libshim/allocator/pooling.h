/* SPDX-License-Identifier: MIT */
/*
 * The pooling allocator: an instance is a slot of a pool, on either backend.
 */
#ifndef SHIM_POOLING_H
#define SHIM_POOLING_H

#include <stddef.h>

#include "allocator/area_layout.h"
#include "allocator/binding_table.h"
#include "base/padded_alloc.h"
#include "background/resets.h"
#include "allocator/slot_index.h"
#include "instance/instance.h"

/*
 * What the allocator keeps of a slot. It belongs to the thread that took the slot out
 * of the index, and then to who takes it out of the queue of resets, so there is no lock. Slots are padded, as threads work on different
 * ones at the same time.
 */
struct shim_pooled_slot {
	struct shim_instance instance;
	struct shim_binding *binding; /* a reference; NULL: the slot is bound to nothing */
	bool idle;		      /* the claim word is IDLE: the next user claims it */
} __attribute__((aligned(SHIM_PADDING)));

/* Immutable after its creation, but for what is atomic or has a lock of its own. */
struct shim_pooling {
	struct shim_allocator allocator;
	struct shim_area_layout layout;
	ptrdiff_t from_state[SHIM_MAX_AREAS]; /* by area: its address less that of the state */
	struct shim_pool *pool;
	struct shim_slot_index *index;
	struct shim_resets *resets; /* NULL: a slot is reset when it is deallocated */
	struct shim_pooled_slot *slots;
	/*
	 * Grows with each purge of a module, after the module's binding has left the
	 * table. A thread that frees a slot reads it before and after, and so sees a
	 * purge that did not see the slot.
	 */
	_Atomic uint64_t purges __attribute__((aligned(SHIM_PADDING)));
	/* Threads that have taken unused slots to purge them, and will free them. */
	atomic_uint purging;
	atomic_int reset_error; /* of the last slot that was poisoned; 0: none was */
	struct shim_binding_table bindings;
};

static inline struct shim_pooling *shim_pooling(struct shim_allocator *allocator)
{
	return (struct shim_pooling *)allocator;
}

#endif /* SHIM_POOLING_H */
