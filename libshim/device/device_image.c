// SPDX-License-Identifier: MIT
/*
 * The images of the device backend.
 */
#include <guardslot.h>

#include "device/calls.h"
#include "device/device_pool.h"

int shim_device_image_create(struct shim_pool *pool, uint64_t tag,
			     const struct shim_image_area *areas, uint32_t *image)
{
	struct guardslot_image_create args = { .tag = tag };
	int error;

	for (uint32_t i = 0; i < pool->area_count; i++) {
		args.areas[i].source = (uintptr_t)areas[i].source;
		args.areas[i].length = areas[i].length;
		args.areas[i].offset = areas[i].offset;
		args.areas[i].limit = areas[i].limit;
	}
	error = shim_device_call(pool, GUARDSLOT_IOC_IMAGE_CREATE, &args);
	if (error)
		return error;
	*image = args.out_image;
	return 0;
}

int shim_device_image_snapshot(struct shim_pool *pool, uint64_t tag, uint32_t slot, uint32_t *image)
{
	struct guardslot_image_snapshot args = {
		.tag = tag,
		.slot = slot,
	};
	int error = shim_device_call(pool, GUARDSLOT_IOC_IMAGE_SNAPSHOT, &args);

	if (error)
		return error;
	*image = args.out_image;
	return 0;
}

int shim_device_image_destroy(struct shim_pool *pool, uint32_t image)
{
	struct guardslot_image_destroy args = { .image = image };

	return shim_device_call_image(pool, GUARDSLOT_IOC_IMAGE_DESTROY, image, &args);
}
