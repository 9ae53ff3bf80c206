// SPDX-License-Identifier: MIT
/*
 * The messages that the backends have in common.
 */
#include <errno.h>
#include <inttypes.h>

#include "backend/backend.h"
#include "base/error.h"
#include "base/map_error.h"

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
