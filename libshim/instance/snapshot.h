/* SPDX-License-Identifier: MIT */
/*
 * What a snapshot has beside its image. An instance that is made from it has other
 * addresses than the one that it was taken of.
 */
#ifndef SHIM_SNAPSHOT_H
#define SHIM_SNAPSHOT_H

#include "instance/instance.h"

/* A reference to a function of the instance itself. */
struct shim_snapshot_ref {
	uint32_t table; /* a defined table; SHIM_INDEX_NONE: it is in the memory of the state */
	/*
	 * Of the element; or the distance from the head, in words of 8 bytes, where
	 * SHIM_INDEX_NONE says that no value refers to it.
	 */
	uint32_t index;
	uint32_t function;
};

/* Immutable, and one piece of memory with what it points to. */
struct shim_snapshot {
	uint64_t *memory_length;  /* of defined memories */
	uint32_t *table_elements; /* of defined tables */
	uint32_t ref_count;
	struct shim_snapshot_ref refs[];
};

/*
 * Takes a snapshot of an instance as it is; free() gives it back. NULL with a message:
 * no memory.
 */
struct shim_snapshot *shim_snapshot_take(struct shim_instance *instance);

/*
 * Sets the sizes and references of a new instance. Its areas have the content of the
 * image, and its state was attached.
 */
void shim_snapshot_apply(struct shim_instance *instance, const struct shim_snapshot *snapshot);

#endif /* SHIM_SNAPSHOT_H */
