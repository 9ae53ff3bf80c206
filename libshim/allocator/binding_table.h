/* SPDX-License-Identifier: MIT */
/*
 * The table of bindings: the modules that a pooling allocator has an image of, by id.
 *
 * A binding is made when the first instance of its module is allocated, replaced by a
 * snapshot, and leaves the table when the module is purged.
 */
#ifndef SHIM_BINDING_TABLE_H
#define SHIM_BINDING_TABLE_H

#include <pthread.h>

#include "allocator/binding.h"

struct shim_binding_table {
	pthread_mutex_t lock; /* protects buckets, bucket_count and count */
	struct shim_binding **buckets;
	uint32_t bucket_count; /* a power of two, or 0 */
	uint32_t count;
	struct shim_pool *pool;		       /* immutable */
	const struct shim_area_layout *layout; /* immutable */
};

void shim_binding_table_init(struct shim_binding_table *table, struct shim_pool *pool,
			     const struct shim_area_layout *layout);
/* Puts all bindings; their images go with the pool. */
void shim_binding_table_uninit(struct shim_binding_table *table);
uint32_t shim_binding_table_count(struct shim_binding_table *table);

/* A reference to the binding of a module, or NULL if there is none. */
struct shim_binding *shim_binding_table_find(struct shim_binding_table *table, uint64_t module_id);
/* The same, but the binding is made if there is none; the module fits the allocator. */
int shim_binding_table_get(struct shim_binding_table *table, struct shim_module *module,
			   struct shim_binding **out);

/*
 * Makes what a slot has now the module's image, in place of the one that there was.
 * The snapshot describes it and belongs to the table, or is freed on an error.
 */
int shim_binding_table_snapshot(struct shim_binding_table *table, struct shim_module *module,
				uint32_t slot, struct shim_snapshot *snapshot);

/* Takes the module's binding out of the table and drops its image. */
void shim_binding_table_purge(struct shim_binding_table *table, uint64_t module_id);

#endif /* SHIM_BINDING_TABLE_H */
