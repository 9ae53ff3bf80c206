// SPDX-License-Identifier: MIT
/*
 * Where in a pool an address is.
 *
 * A handler of SIGSEGV asks, so nothing here takes a lock, allocates, or writes what a
 * thread has of its own, such as the message of an error.
 */
#include <errno.h>
#include <stddef.h>

#include "backend/backend.h"

/* The last area that begins at or before the offset in a slot; the first begins at 0. */
static uint32_t area_at(const struct shim_pool *pool, uint64_t offset)
{
	uint32_t area = pool->area_count - 1;

	while (offset < pool->area_offset[area])
		area--;
	return area;
}

int shim_pool_find(const struct shim_pool *pool, const void *address, struct shim_place *place)
{
	uint64_t at, in_slot;
	uint32_t area;

	if (!pool || !place)
		return -EFAULT;
	if (!*pool->mark)
		return pool->owner ? -EPERM : -EINVAL;
	at = (uintptr_t)address - ((uintptr_t)pool->first_slot - pool->pre_guard);
	if (at >= pool->pre_guard + pool->slots * pool->stride)
		return -ENOENT;
	if (at < pool->pre_guard) {
		*place = (struct shim_place){ .kind = SHIM_PLACE_PRE_GUARD, .offset = at };
		return 0;
	}
	in_slot = (at - pool->pre_guard) % pool->stride;
	area = area_at(pool, in_slot);
	*place = (struct shim_place){
		.slot = (uint32_t)((at - pool->pre_guard) / pool->stride),
		.area = area,
		.offset = in_slot - pool->area_offset[area],
	};
	if (place->offset >= pool->areas[area].reserve)
		place->kind = SHIM_PLACE_GUARD;
	return 0;
}
