// SPDX-License-Identifier: MIT
/*
 * What the backends have in common: the end of a pool, and messages.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "backend/backend.h"
#include "base/error.h"
#include "base/map_error.h"

#ifdef SHIM_DEBUG
static const uint8_t destroyed;

static void struct_free(struct shim_pool *pool)
{
	pool->mark = &destroyed;
	pool->owner = 0;
}
#else
static void struct_free(struct shim_pool *pool)
{
	free(pool);
}
#endif

void shim_pool_free(struct shim_pool *pool)
{
	free(pool->users);
	free(pool->reason);
	struct_free(pool);
}

int shim_pool_error(const struct shim_pool *pool)
{
	if (!pool)
		return shim_error_set(-EFAULT, "pool is NULL");
	if (!pool->owner)
		return shim_error_set(-EINVAL, "the pool was destroyed");
	return shim_process_error("pool", pool->owner);
}

int shim_image_error(uint32_t image)
{
	return shim_error_set(-ENOENT, "image %" PRIu32 " is not in the pool", image);
}

int shim_slab_error(const struct shim_pool *pool, int error)
{
	shim_map_error(error, pool->map_size, 0);
	return shim_error_prefix(error,
				 "slots %" PRIu32 ": %s a slab of %" PRIu64 " bytes: ", pool->slots,
				 error == -ENOMEM ? "no address space for" : "cannot map",
				 pool->map_size);
}

int shim_range_error(uint32_t slot, const struct shim_range *range)
{
	return shim_error_set(-EINVAL,
			      "offset %" PRIu64 ", length %" PRIu64
			      ": past the limit of slot %" PRIu32 ", area %" PRIu32,
			      range->offset, range->length, slot, range->area);
}
