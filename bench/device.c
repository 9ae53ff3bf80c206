// SPDX-License-Identifier: MIT
/* A pool of the device for the slots of a workload. */
#include <stdlib.h>

#include "device.h"

struct device *device_create(struct workload *work, uint64_t max, uint64_t initial)
{
	struct pool_config config = {
		.slots = work->slots,
		.reserve = RESERVE,
		.guard = GUARD,
		.max = max,
		.initial = initial,
	};
	struct device *device = allocate(1, sizeof(*device));

	pool_open(&device->pool, &config);
	for (uint32_t i = 0; i < work->slots; i++) {
		device->slots[i] = i;
		work->base[i] = pool_slot(&device->pool, i);
	}
	work->own = device;
	return device;
}

void device_destroy(struct workload *work)
{
	struct device *device = work->own;

	pool_close(&device->pool);
	free(device);
}
