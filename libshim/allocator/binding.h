/* SPDX-License-Identifier: MIT */
/*
 * Bindings: the modules that a pooling allocator has an image of.
 *
 * A binding is made when the first instance of its module is allocated and leaves
 * the table when the module is purged. It lives on, and its module with it, until
 * no slot is bound to it any more.
 */
#ifndef SHIM_BINDING_H
#define SHIM_BINDING_H

#include <pthread.h>
#include <stdatomic.h>

#include "allocator/area_layout.h"
#include "module/module.h"
#include "instance/snapshot.h"

/* Constant but for what is atomic, and next. */
struct shim_binding {
	uint64_t module_id;
	struct shim_module *module; /* held */
	uint32_t image;
	struct shim_snapshot *snapshot; /* NULL: instances start as the module says */
	atomic_uint references;		/* the table's, one a bound slot, callers at work */
	atomic_bool purged;		/* no slot shall be kept for it, and image is gone */
	struct shim_binding *next;	/* in the table */
};

struct shim_binding_table {
	pthread_mutex_t lock; /* protects all below */
	struct shim_binding **buckets;
	uint32_t bucket_count; /* a power of two, or 0 */
	uint32_t count;
	struct shim_pool *pool;		       /* constant, ... */
	const struct shim_area_layout *layout; /* as is this */
};

void shim_binding_table_init(struct shim_binding_table *table, struct shim_pool *pool,
			     const struct shim_area_layout *layout);
/* Images go with the pool. */
void shim_binding_table_uninit(struct shim_binding_table *table);
uint32_t shim_binding_table_count(struct shim_binding_table *table);

/*
 * A reference to the binding of a module, which is made if there is none; the
 * module fits the allocator.
 */
int shim_binding_get(struct shim_binding_table *table, struct shim_module *module,
		     struct shim_binding **out);
/* The same if there is one; NULL if there is none. */
struct shim_binding *shim_binding_find(struct shim_binding_table *table, uint64_t module_id);
/* NULL is allowed. */
void shim_binding_put(struct shim_binding *binding);

/*
 * Makes a slot's present content the module's image, in place of what there was.
 * snapshot, which tells of it, is the table's from then on, on an error too.
 */
int shim_binding_snapshot(struct shim_binding_table *table, struct shim_module *module,
			  uint32_t slot, struct shim_snapshot *snapshot);

/* Takes the module's binding out of the table and drops its image. */
void shim_binding_purge(struct shim_binding_table *table, uint64_t module_id);

#endif /* SHIM_BINDING_H */
