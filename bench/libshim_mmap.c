// SPDX-License-Identifier: MIT
/*
 * The library's mmap backend. It copies with memcpy(), whose wide registers take fewer
 * instructions for a byte than what the other contenders copy with.
 */
#include <libshim.h>
#include <stdlib.h>

#include "workload.h"

struct slots {
	struct shim_pool *pool;
	uint32_t numbers[MOST_SLOTS];
};

static void must(int error)
{
	if (error)
		die("libshim: %s", shim_error());
}

static void pool_create(struct slots *slots, const struct workload *work)
{
	const struct shim_pool_config config = {
		.size = sizeof(config),
		.backend = SHIM_BACKEND_MMAP,
		.slots = work->slots,
		.area_count = 1,
		.areas = { { .reserve = RESERVE,
			     .guard = GUARD,
			     .max = work->memory,
			     .initial = work->memory } },
	};

	must(shim_pool_create(&config, &slots->pool));
}

static const char *libshim_mmap_init(struct workload *work)
{
	struct slots *slots = allocate(1, sizeof(*slots));
	const struct shim_image_area area = {
		.source = work->content,
		.length = work->image,
		.limit = work->memory,
	};
	uint32_t image, done;

	pool_create(slots, work);
	for (uint32_t slot = 0; slot < work->slots; slot++) {
		slots->numbers[slot] = slot;
		work->base[slot] = shim_slot_address(slots->pool, slot, 0);
	}
	must(shim_image_create(slots->pool, 1, &area, 1, &image));
	must(shim_slot_rebind(slots->pool, slots->numbers, work->slots, image, &done));
	work->own = slots;
	return NULL;
}

static void libshim_mmap_reset(struct workload *work)
{
	struct slots *slots = work->own;
	uint32_t done;

	must(shim_slot_reset(slots->pool, slots->numbers + work->first, work->slots, &done));
}

static uint32_t libshim_mmap_resident(struct workload *work)
{
	struct slots *slots = work->own;
	struct shim_slot_info info = { .resident_pages = 0 };

	must(shim_slot_query(slots->pool, work->first, &info));
	return (uint32_t)info.resident_pages;
}

static void libshim_mmap_uninit(struct workload *work)
{
	struct slots *slots = work->own;

	shim_pool_destroy(slots->pool);
	free(slots);
}

const struct contender contender_libshim_mmap = {
	.name = "libshim_mmap",
	.slots = 1,
	.init = libshim_mmap_init,
	.reset = libshim_mmap_reset,
	.resident = libshim_mmap_resident,
	.uninit = libshim_mmap_uninit,
};
