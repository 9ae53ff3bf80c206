/* SPDX-License-Identifier: MIT */
/*
 * What has to be known of a snapshot beside its image: an instance made from it
 * has other addresses than the one that was taken.
 */
#ifndef SHIM_SNAPSHOT_H
#define SHIM_SNAPSHOT_H

#include "instance/instance.h"

/* A reference to a function of the instance itself. */
struct shim_snapshot_ref {
	uint32_t table; /* defined one; SHIM_NO_INDEX: index is a defined global */
	uint32_t index;
	uint32_t function;
};

/* Constant. Sizes are those of defined memories and tables. */
struct shim_snapshot {
	uint64_t memory_length[SHIM_MAX_AREAS];
	uint32_t table_elements[SHIM_MAX_AREAS];
	uint32_t ref_count;
	struct shim_snapshot_ref refs[];
};

/* Of an instance as it is; free() gives it back. NULL, with a message: no memory. */
struct shim_snapshot *shim_snapshot_take(struct shim_instance *instance);

/*
 * Sets the sizes and references of a new instance, whose areas have the content
 * of the image and whose state was attached.
 */
void shim_snapshot_apply(struct shim_instance *instance, const struct shim_snapshot *snapshot);

#endif /* SHIM_SNAPSHOT_H */
