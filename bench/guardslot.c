// SPDX-License-Identifier: MIT
/*
 * Slots of the module: one slot a call, and as many as a cycle has in one call.
 */
#include "device.h"

static const char *guardslot_init(struct workload *work)
{
	struct device *device = device_create(work, work->memory, work->memory);

	if (work->image)
		pool_rebind(&device->pool, device->slots, work->slots,
			    pool_image(&device->pool, 1, work->content, work->image, work->memory));
	return NULL;
}

static void guardslot_reset(struct workload *work)
{
	struct device *device = work->own;

	pool_reset(&device->pool, device->slots + work->first, work->slots);
}

static uint32_t guardslot_resident(struct workload *work)
{
	struct device *device = work->own;

	return pool_resident(&device->pool, work->first);
}

const struct contender contender_guardslot = {
	.name = "guardslot",
	.slots = 1,
	.init = guardslot_init,
	.reset = guardslot_reset,
	.resident = guardslot_resident,
	.uninit = device_destroy,
};

const struct contender contender_guardslot_bulk = {
	.name = "guardslot_bulk",
	.slots = BULK,
	.init = guardslot_init,
	.reset = guardslot_reset,
	.resident = guardslot_resident,
	.uninit = device_destroy,
};
