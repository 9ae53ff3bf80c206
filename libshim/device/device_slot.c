// SPDX-License-Identifier: MIT
/*
 * The slots of the device backend. Each operation is one call, for any number of slots.
 *
 * Nothing here takes a lock or allocates: the kernel does the work and has the state.
 */
#include <errno.h>

#include <guardslot.h>

#include "device/calls.h"
#include "device/device_pool.h"

int shim_device_slot_reset(struct shim_pool *pool, const uint32_t *slots, uint32_t count,
			   bool rebind, uint32_t image, uint32_t *done)
{
	struct guardslot_reset args = {
		.flags = rebind ? GUARDSLOT_RESET_REBIND : 0,
		.slots = (uintptr_t)slots,
		.count = count,
		.image = image,
	};
	int error = shim_device_call_image(pool, GUARDSLOT_IOC_RESET, image, &args);

	*done = args.out_done;
	return error;
}

int shim_device_slot_resize(struct shim_pool *pool, uint32_t slot, uint32_t area, uint64_t limit,
			    uint64_t *old_limit)
{
	struct guardslot_resize args = {
		.slot = slot,
		.area = area,
		.limit = limit,
	};
	int error = shim_device_call(pool, GUARDSLOT_IOC_RESIZE, &args);

	*old_limit = args.out_old_limit;
	return error;
}

int shim_device_slot_query(struct shim_pool *pool, uint32_t slot, struct shim_slot_info *info)
{
	struct guardslot_query args = { .slot = slot };
	int error = shim_device_call(pool, GUARDSLOT_IOC_QUERY, &args);

	if (error)
		return error;
	info->image = args.out_image;
	info->state = args.out_state;
	info->tag = args.out_tag;
	for (uint32_t i = 0; i < SHIM_MAX_AREAS; i++)
		info->limit[i] = args.out_limit[i];
	info->resident_pages = args.out_resident_pages;
	info->resets = args.out_resets;
	info->purges = args.out_purges;
	info->faults = args.out_faults;
	info->guard_hits = args.out_guard_hits;
	info->reclaims = args.out_reclaims;
	info->shared_pages = args.out_shared_pages;
	info->write_set_pages = args.out_write_set_pages;
	return 0;
}

/* All else was checked, so -EINVAL means that the range is past a slot's limit. */
int shim_device_slot_prefault(struct shim_pool *pool, const uint32_t *slots, uint32_t count,
			      const struct shim_range *range, uint64_t *pages, uint32_t *done)
{
	struct guardslot_prefault args = {
		.slots = (uintptr_t)slots,
		.count = count,
	};
	int error;

	if (range) {
		args.flags = GUARDSLOT_PREFAULT_RANGE;
		args.area = range->area;
		args.offset = range->offset;
		args.length = range->length;
	}
	error = shim_device_call(pool, GUARDSLOT_IOC_PREFAULT, &args);
	*pages = args.out_pages;
	*done = args.out_done;
	if (error == -EINVAL && range && args.out_done < count)
		return shim_range_error(slots[args.out_done], range);
	return error;
}

int shim_device_purge(struct shim_pool *pool, const struct shim_purge *purge, uint32_t *done)
{
	struct guardslot_purge args = {
		.mode = (uint32_t)purge->mode,
		.count = purge->count,
		.slots = (uintptr_t)purge->slots,
		.tag = purge->tag,
		.image = purge->image,
	};
	int error = shim_device_call_image(pool, GUARDSLOT_IOC_PURGE, purge->image, &args);

	*done = args.out_done;
	return error;
}
