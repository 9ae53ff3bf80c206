// SPDX-License-Identifier: MIT
/*
 * The messages that the backends have in common.
 */
#include <errno.h>
#include <inttypes.h>

#include "backend/backend.h"
#include "base/error.h"

int shim_image_error(uint32_t image)
{
	return shim_error_set(-ENOENT, "image %" PRIu32 " is not in the pool", image);
}

int shim_range_error(uint32_t slot, const struct shim_range *range)
{
	return shim_error_set(-EINVAL,
			      "offset %" PRIu64 ", length %" PRIu64
			      ": past the limit of slot %" PRIu32 ", area %" PRIu32,
			      range->offset, range->length, slot, range->area);
}
