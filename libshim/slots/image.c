// SPDX-License-Identifier: MIT
/*
 * Images: the checks before a backend makes one, or drops it.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdatomic.h>

#include "backend/backend.h"
#include "base/error.h"
#include "base/pages.h"
#include "slots/slot.h"
#include "slots/words.h"

static int area_check(const struct shim_pool *pool, uint32_t index,
		      const struct shim_image_area *area)
{
	uint64_t max = pool->areas[index].max, end;

	if (!shim_page_is_multiple(area->limit, pool->page_size))
		return shim_error_set(-EINVAL,
				      "area %" PRIu32 ": limit %" PRIu64
				      " is not a multiple of the page size %" PRIu64,
				      index, area->limit, pool->page_size);
	if (area->limit > max)
		return shim_error_set(-EINVAL,
				      "area %" PRIu32 ": limit %" PRIu64 " is over max %" PRIu64,
				      index, area->limit, max);
	if (__builtin_add_overflow(area->offset, area->length, &end))
		return shim_error_set(-EOVERFLOW,
				      "area %" PRIu32 ": length %" PRIu64 " at offset %" PRIu64
				      " is over 64 bits",
				      index, area->length, area->offset);
	if (end > area->limit)
		return shim_error_set(-EINVAL,
				      "area %" PRIu32 ": length %" PRIu64 " at offset %" PRIu64
				      " is over limit %" PRIu64,
				      index, area->length, area->offset, area->limit);
	return 0;
}

int shim_image_create(struct shim_pool *pool, uint64_t tag, const struct shim_image_area *areas,
		      uint32_t area_count, uint32_t *image)
{
	int error = shim_pool_check(pool);

	if (error)
		return error;
	if (!areas || !image)
		return shim_error_set(-EFAULT, "%s is NULL", areas ? "image" : "areas");
	if (area_count != pool->area_count)
		return shim_error_set(-EINVAL, "area_count %" PRIu32 " is not the pool's %" PRIu32,
				      area_count, pool->area_count);
	for (uint32_t i = 0; i < area_count; i++) {
		error = area_check(pool, i, &areas[i]);
		if (error)
			return error;
	}
	return pool->ops->image_create(pool, tag, areas, image);
}

/* What a slot has that is not reset yet was its last tenant's alone. */
static int tenant_check(const struct shim_pool *pool, uint32_t slot)
{
	uint32_t word = atomic_load_explicit(shim_claim_word(pool, slot), memory_order_relaxed);

	switch (shim_word_state(word)) {
	case SHIM_SLOT_WAITING:
	case SHIM_SLOT_FAILED:
		return shim_error_set(-EBUSY, "slot %" PRIu32 " was released and is not reset",
				      slot);
	default:
		return 0;
	}
}

int shim_image_snapshot(struct shim_pool *pool, uint64_t tag, uint32_t slot, uint32_t *image)
{
	int error = shim_slot_check(pool, slot);

	if (error)
		return error;
	if (!image)
		return shim_error_set(-EFAULT, "image is NULL");
	error = tenant_check(pool, slot);
	if (error)
		return error;
	return pool->ops->image_snapshot(pool, tag, slot, image);
}

int shim_image_destroy(struct shim_pool *pool, uint32_t image)
{
	int error = shim_pool_check(pool);

	return error ? error : pool->ops->image_destroy(pool, image);
}
