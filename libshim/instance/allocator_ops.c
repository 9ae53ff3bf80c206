// SPDX-License-Identifier: MIT
/*
 * What the allocators have in common: the end of one, and the error of a handle.
 */
#include <errno.h>
#include <stdlib.h>

#include "base/error.h"
#include "instance/allocator_ops.h"

#ifdef SHIM_DEBUG
static const uint8_t destroyed;

/* What the handles of the caller point to stays, and tells what became of it. */
void shim_allocator_free(struct shim_allocator *allocator, void *instances)
{
	(void)instances;
	allocator->mark = &destroyed;
	allocator->owner = 0;
}
#else
void shim_allocator_free(struct shim_allocator *allocator, void *instances)
{
	free(instances);
	free(allocator);
}
#endif

int shim_allocator_error(const struct shim_allocator *allocator)
{
	if (!allocator)
		return shim_error_set(-EFAULT, "allocator is NULL");
	if (!allocator->owner)
		return shim_error_set(-EINVAL, "the allocator was destroyed");
	return shim_process_error("allocator", allocator->owner);
}
