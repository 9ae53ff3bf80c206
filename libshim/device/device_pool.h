/* SPDX-License-Identifier: MIT */
/*
 * What the files of the device backend share.
 */
#ifndef SHIM_DEVICE_POOL_H
#define SHIM_DEVICE_POOL_H

#include <stdatomic.h>

#include "backend/backend.h"
#include "base/descriptor.h"

/* Nothing in it changes once the pool is made, but for what says otherwise. */
struct shim_device_pool {
	struct shim_pool pool;
	struct shim_descriptor file;
	/* Another pool has the number by now. Set under the lock of the process. */
	atomic_bool is_lost;
	bool has_commands;	       /* the module has those of io_uring */
	struct shim_device_pool *next; /* in the list of pools, under that lock */
	unsigned char *map;	       /* of pool.map_size bytes */
	uint64_t claim_size;
};

static inline struct shim_device_pool *shim_device_pool(struct shim_pool *pool)
{
	return (struct shim_device_pool *)pool;
}

/* ---- device_image.c ------------------------------------------------------ */

int shim_device_image_create(struct shim_pool *pool, uint64_t tag,
			     const struct shim_image_area *areas, uint32_t *image);
int shim_device_image_snapshot(struct shim_pool *pool, uint64_t tag, uint32_t slot,
			       uint32_t *image);
int shim_device_image_destroy(struct shim_pool *pool, uint32_t image);

/* ---- device_slot.c ------------------------------------------------------- */

int shim_device_slot_reset(struct shim_pool *pool, const uint32_t *slots, uint32_t count,
			   bool rebind, uint32_t image, uint32_t *done);
int shim_device_slot_resize(struct shim_pool *pool, uint32_t slot, uint32_t area, uint64_t limit,
			    uint64_t *old_limit);
int shim_device_slot_prefault(struct shim_pool *pool, const uint32_t *slots, uint32_t count,
			      const struct shim_range *range, uint64_t *pages, uint32_t *done);
int shim_device_slot_query(struct shim_pool *pool, uint32_t slot, struct shim_slot_info *info);
int shim_device_purge(struct shim_pool *pool, const struct shim_purge *purge, uint32_t *done);

/* ---- device_command.c ---------------------------------------------------- */

int shim_device_command_prepare(struct shim_pool *pool, struct shim_command *command,
				struct io_uring_sqe *sqe);
int shim_device_command_finish(struct shim_pool *pool, const struct shim_command *command,
			       int error, uint64_t *pages, uint32_t *done);

#endif /* SHIM_DEVICE_POOL_H */
