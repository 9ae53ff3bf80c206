// SPDX-License-Identifier: MIT
/* Calls of one slot that must succeed. */
#include "slots.h"

#include "backend.h"
#include "bytes.h"
#include "must.h"

volatile unsigned char *area_at(struct shim_pool *pool, uint32_t slot, uint32_t area)
{
	volatile unsigned char *at = shim_slot_address(pool, slot, area);

	test_ok(at);
	return at;
}

struct shim_slot_info query(struct shim_pool *pool, uint32_t slot)
{
	struct shim_slot_info info = { .size = sizeof(info) };

	must(shim_slot_query(pool, slot, &info));
	return info;
}

void resident_is(struct shim_pool *pool, uint32_t slot, uint64_t pages)
{
	test_eq(query(pool, slot).resident_pages, backend_is("mmap-noproc") ? 0 : pages);
}

void reset(struct shim_pool *pool, uint32_t slot)
{
	must(shim_slot_reset(pool, &slot, 1, NULL));
}

void rebind(struct shim_pool *pool, uint32_t slot, uint32_t image)
{
	must(shim_slot_rebind(pool, &slot, 1, image, NULL));
}

void purge(struct shim_pool *pool, uint32_t slot)
{
	must(shim_slot_purge(pool, &slot, 1, NULL));
}

int release_kept(struct shim_pool *pool, uint32_t slot)
{
	return shim_slot_release(pool, &slot, 1, SHIM_RELEASE_KEEP, NULL);
}

void resize(struct shim_pool *pool, uint32_t slot, uint32_t area, uint64_t limit)
{
	must(shim_slot_resize(pool, slot, area, limit, NULL));
}

void dirty_all(struct shim_pool *pool, uint32_t slot, unsigned int seed)
{
	struct shim_slot_info info = query(pool, slot);

	for (uint32_t i = 0; i < SHIM_MAX_AREAS; i++)
		if (info.limit[i])
			fill(area_at(pool, slot, i), info.limit[i], seed + i);
}
