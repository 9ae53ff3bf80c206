// SPDX-License-Identifier: MIT
/*
 * Slots: the checks before a backend works on one, and addresses.
 *
 * Nothing here takes a lock or allocates.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "backend/backend.h"
#include "base/error.h"
#include "base/pages.h"
#include "base/struct_copy.h"
#include "slots/slot.h"
#include "slots/words.h"

int shim_slot_error(const struct shim_pool *pool, uint32_t slot)
{
	return shim_error_set(-ENOENT, "slot %" PRIu32 " is not under the pool's %" PRIu32, slot,
			      pool->slots);
}

int shim_slot_vector_check(const struct shim_pool *pool, const uint32_t *slots, uint32_t count)
{
	int error = shim_pool_check(pool);

	if (error)
		return error;
	if (count > pool->limits.max_vector)
		return shim_error_set(-EINVAL, "count %" PRIu32 " is over %" PRIu32, count,
				      pool->limits.max_vector);
	if (count && !slots)
		return shim_error_set(-EFAULT, "slots is NULL, count is %" PRIu32, count);
	for (uint32_t i = 0; i < count; i++)
		if (slots[i] >= pool->slots)
			return shim_error_set(-ENOENT,
					      "slots[%" PRIu32 "]: slot %" PRIu32
					      " is not under the pool's %" PRIu32,
					      i, slots[i], pool->slots);
	return 0;
}

static int area_check(const struct shim_pool *pool, uint32_t area)
{
	if (area < pool->area_count)
		return 0;
	return shim_error_set(-EINVAL, "area %" PRIu32 " is not under the pool's %" PRIu32, area,
			      pool->area_count);
}

/* Without a message, for those that a handler of signals may call. */
static bool has_slot(const struct shim_pool *pool, uint32_t slot)
{
	return shim_pool_is_usable(pool) && slot < pool->slots;
}

void *shim_slot_address(const struct shim_pool *pool, uint32_t slot, uint32_t area)
{
	if (!has_slot(pool, slot) || area >= pool->area_count)
		return NULL;
	return shim_area_address(pool, slot, area);
}

int shim_slot_set_user(struct shim_pool *pool, uint32_t slot, void *user)
{
	int error = shim_slot_check(pool, slot);

	if (error)
		return error;
	pool->users[slot] = user;
	return 0;
}

void *shim_slot_user(const struct shim_pool *pool, uint32_t slot)
{
	return has_slot(pool, slot) ? pool->users[slot] : NULL;
}

static int slot_reset(struct shim_pool *pool, const uint32_t *slots, uint32_t count, bool rebind,
		      uint32_t image, uint32_t *done)
{
	uint32_t reset = 0;
	int error = shim_slot_vector_check(pool, slots, count);

	if (error)
		goto set_done;
	error = pool->ops->slot_reset(pool, slots, count, rebind, image, &reset);
set_done:
	if (done)
		*done = reset;
	return error;
}

int shim_slot_reset(struct shim_pool *pool, const uint32_t *slots, uint32_t count, uint32_t *done)
{
	return slot_reset(pool, slots, count, false, SHIM_IMAGE_NONE, done);
}

int shim_slot_rebind(struct shim_pool *pool, const uint32_t *slots, uint32_t count, uint32_t image,
		     uint32_t *done)
{
	return slot_reset(pool, slots, count, true, image, done);
}

int shim_slot_resize(struct shim_pool *pool, uint32_t slot, uint32_t area, uint64_t limit,
		     uint64_t *old_limit)
{
	uint64_t old;
	int error = shim_slot_check(pool, slot);

	if (error)
		return error;
	error = area_check(pool, area);
	if (error)
		return error;
	if (!shim_page_is_multiple(limit, pool->page_size))
		return shim_error_set(-EINVAL,
				      "limit %" PRIu64
				      " is not a multiple of the page size %" PRIu64,
				      limit, pool->page_size);
	if (limit > pool->areas[area].max)
		return shim_error_set(-EINVAL,
				      "limit %" PRIu64 " is over max %" PRIu64 " of area %" PRIu32,
				      limit, pool->areas[area].max, area);
	error = pool->ops->slot_resize(pool, slot, area, limit, &old);
	if (error)
		return error;
	if (old_limit)
		*old_limit = old;
	return 0;
}

int shim_range_check(const struct shim_pool *pool, const struct shim_range *range)
{
	int error = area_check(pool, range->area);

	if (error)
		return error;
	if (!shim_page_is_multiple(range->offset | range->length, pool->page_size))
		return shim_error_set(-EINVAL,
				      "offset %" PRIu64 ", length %" PRIu64
				      ": not multiples of the page size %" PRIu64,
				      range->offset, range->length, pool->page_size);
	if (range->offset > pool->areas[range->area].max ||
	    range->length > pool->areas[range->area].max - range->offset)
		return shim_error_set(-EINVAL,
				      "offset %" PRIu64 ", length %" PRIu64 ": past max %" PRIu64
				      " of area %" PRIu32,
				      range->offset, range->length, pool->areas[range->area].max,
				      range->area);
	return 0;
}

static int slot_prefault(struct shim_pool *pool, const uint32_t *slots, uint32_t count,
			 const struct shim_range *range, uint64_t *pages, uint32_t *done)
{
	uint64_t made = 0;
	uint32_t prefaulted = 0;
	int error = shim_slot_vector_check(pool, slots, count);

	if (error)
		goto set_done;
	if (range) {
		error = shim_range_check(pool, range);
		if (error)
			goto set_done;
	}
	error = pool->ops->slot_prefault(pool, slots, count, range, &made, &prefaulted);
set_done:
	if (pages)
		*pages = made;
	if (done)
		*done = prefaulted;
	return error;
}

int shim_slot_prefault(struct shim_pool *pool, const uint32_t *slots, uint32_t count,
		       uint64_t *pages, uint32_t *done)
{
	return slot_prefault(pool, slots, count, NULL, pages, done);
}

int shim_slot_prefault_range(struct shim_pool *pool, const uint32_t *slots, uint32_t count,
			     uint32_t area, uint64_t offset, uint64_t length, uint64_t *pages,
			     uint32_t *done)
{
	struct shim_range range = { .area = area, .offset = offset, .length = length };

	return slot_prefault(pool, slots, count, &range, pages, done);
}

int shim_slot_query(struct shim_pool *pool, uint32_t slot, struct shim_slot_info *info)
{
	struct shim_slot_info known = { .size = sizeof(known) };
	int error = shim_slot_check(pool, slot);

	if (error)
		return error;
	if (!info)
		return shim_error_set(-EFAULT, "info is NULL");
	error = pool->ops->slot_query(pool, slot, &known);
	if (error)
		return error;
	known.state = shim_word_state(known.state);
	return shim_struct_fill(info, sizeof(known), sizeof(known), &known);
}
