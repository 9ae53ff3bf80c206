/* SPDX-License-Identifier: MIT */
/*
 * A binding: the image that a pooling allocator has of a module, or of a snapshot of
 * an instance of it.
 *
 * Slots, the table and the callers at work each have a reference. When the module is
 * purged the binding leaves the table and its image is dropped; the binding, and the
 * module with it, stays until the last slot that is bound to it was given back.
 */
#ifndef SHIM_BINDING_H
#define SHIM_BINDING_H

#include <stdatomic.h>

#include "allocator/area_layout.h"
#include "instance/snapshot.h"
#include "module/module.h"

/* Immutable but for what is atomic and for next. */
struct shim_binding {
	uint64_t module_id;
	struct shim_module *module; /* the binding has a reference */
	uint32_t image;
	struct shim_snapshot *snapshot; /* NULL: instances start as the module says */
	atomic_uint references;
	atomic_bool purged;	   /* the image was dropped; no slot is kept for it */
	struct shim_binding *next; /* in its bucket; protected by the table's lock */
	uint64_t table_offsets[];  /* in the area of the tables, of each that is defined */
};

/* Makes the image of a module that fits the allocator; the caller has a reference. */
int shim_binding_create(struct shim_pool *pool, const struct shim_area_layout *layout,
			struct shim_module *module, struct shim_binding **out);

/*
 * Makes the image of what a slot has now. The snapshot describes it and belongs to
 * the binding, or is freed on an error.
 */
int shim_binding_create_snapshot(struct shim_pool *pool, const struct shim_area_layout *layout,
				 struct shim_module *module, uint32_t slot,
				 struct shim_snapshot *snapshot, struct shim_binding **out);

/* Adds a reference for a caller that has one or holds the table's lock. */
void shim_binding_get(struct shim_binding *binding);
/* NULL is allowed. */
void shim_binding_put(struct shim_binding *binding);

/* Drops the image, which no slot can be bound to from then on, and a reference. */
void shim_binding_drop(struct shim_pool *pool, struct shim_binding *binding);

#endif /* SHIM_BINDING_H */
