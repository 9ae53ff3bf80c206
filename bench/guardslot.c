// SPDX-License-Identifier: MIT
/*
 * Slots of the module: one slot a call, and as many as a cycle has in one call.
 */
#include <stdlib.h>

#include "pool.h"

struct device {
	struct pool pool;
	uint32_t slots[MOST_SLOTS];
};

static const char *guardslot_init(struct workload *work)
{
	struct pool_config config = {
		.slots = work->slots,
		.reserve = RESERVE,
		.guard = GUARD,
		.max = work->memory,
		.initial = work->memory,
	};
	struct device *device = calloc(1, sizeof(*device));

	if (!device)
		die("no memory");
	pool_open(&device->pool, &config);
	for (uint32_t i = 0; i < work->slots; i++) {
		device->slots[i] = i;
		work->base[i] = pool_slot(&device->pool, i);
	}
	if (work->image)
		pool_rebind(&device->pool, device->slots, work->slots,
			    pool_image(&device->pool, 1, work->content, work->image, work->memory));
	work->own = device;
	return NULL;
}

static void guardslot_uninit(struct workload *work)
{
	struct device *device = work->own;

	pool_close(&device->pool);
	free(device);
}

static void guardslot_reset(struct workload *work)
{
	struct device *device = work->own;

	pool_reset(&device->pool, device->slots + work->first, work->slots);
}

const struct contender contender_guardslot = {
	.name = "guardslot",
	.slots = 1,
	.init = guardslot_init,
	.reset = guardslot_reset,
	.uninit = guardslot_uninit,
};

const struct contender contender_guardslot_bulk = {
	.name = "guardslot_bulk",
	.slots = BULK,
	.init = guardslot_init,
	.reset = guardslot_reset,
	.uninit = guardslot_uninit,
};
