/* SPDX-License-Identifier: MIT */
/* The slots of a workload on the device. */
#ifndef BENCH_DEVICE_H
#define BENCH_DEVICE_H

#include "pool.h"

/* The slots of a workload on the device, and their numbers for calls about all. */
struct device {
	struct pool pool;
	uint32_t slots[MOST_SLOTS];
};

/*
 * Makes work->slots slots that grow to @max, with the limit @initial while they are
 * bound to no image, and sets work->base and work->own.
 */
struct device *device_create(struct workload *work, uint64_t max, uint64_t initial);
void device_destroy(struct workload *work);

#endif /* BENCH_DEVICE_H */
