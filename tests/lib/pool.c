// SPDX-License-Identifier: MIT
/* Makes pools of two geometries, works out where their parts are, and checks QUERY. */
#include "pool.h"

#include <sys/mman.h>

#include "memory.h"

struct guardslot_create small_geometry(uint32_t slots)
{
	return (struct guardslot_create){
		.slots = slots,
		.area_count = 2,
		.pre_guard = 2 * PAGE,
		.areas = {
			{ 20 * PAGE, 3 * PAGE, 16 * PAGE, 4 * PAGE },
			{ 6 * PAGE, 0, 6 * PAGE, 2 * PAGE },
		},
	};
}

struct guardslot_create plain_geometry(uint32_t slots, size_t pages)
{
	return (struct guardslot_create){
		.slots = slots,
		.area_count = 1,
		.areas[0] = { pages * PAGE, 16 * PAGE, pages * PAGE, pages * PAGE },
	};
}

struct pool pool_create(const struct guardslot_create *geometry)
{
	struct pool pool = { .fd = device_open(), .geometry = *geometry };
	struct guardslot_info info = { 0 };

	test_success(pool.fd);
	test_create(pool.fd, &pool.geometry);
	test_info(pool.fd, &info);
	pool.claim_stride = info.out_claim_stride;
	return pool;
}

struct pool pool_map(const struct guardslot_create *geometry)
{
	struct pool pool = pool_create(geometry);

	pool.base = map_shared(pool.fd, pool.geometry.out_map_size, 0);
	pool.claim =
		map_shared(pool.fd, pool.geometry.out_claim_size, pool.geometry.out_claim_offset);
	return pool;
}

struct pool pool_small(uint32_t slots)
{
	struct guardslot_create geometry = small_geometry(slots);

	return pool_map(&geometry);
}

struct pool pool_plain(uint32_t slots, size_t pages, uint32_t flags)
{
	struct guardslot_create geometry = plain_geometry(slots, pages);

	geometry.flags = flags;
	return pool_map(&geometry);
}

void pool_close(struct pool *pool)
{
	if (pool->base) {
		test_sys(munmap(pool->base, pool->geometry.out_map_size));
		test_sys(munmap(pool->claim, pool->geometry.out_claim_size));
	}
	test_sys(close(pool->fd));
}

uint64_t slab_offset(const struct pool *pool, uint32_t slot, uint32_t area)
{
	return pool->geometry.pre_guard + slot * pool->geometry.out_stride +
	       pool->geometry.out_area_offset[area];
}

uint8_t *area_at(const struct pool *pool, uint32_t slot, uint32_t area)
{
	return pool->base + slab_offset(pool, slot, area);
}

_Atomic uint32_t *claim_word(const struct pool *pool, uint32_t slot)
{
	return (_Atomic uint32_t *)(pool->claim + (size_t)slot * pool->claim_stride);
}

static struct guardslot_query query_slot(struct pool *pool, uint32_t slot)
{
	struct guardslot_query query;

	test_query(pool, slot, &query);
	return query;
}

uint64_t limit_of(struct pool *pool, uint32_t slot, uint32_t area)
{
	return query_slot(pool, slot).out_limit[area];
}

uint32_t resident_of(struct pool *pool, uint32_t slot)
{
	return query_slot(pool, slot).out_resident_pages;
}

uint32_t shared_of(struct pool *pool, uint32_t slot)
{
	return query_slot(pool, slot).out_shared_pages;
}

uint32_t write_set_of(struct pool *pool, uint32_t slot)
{
	return query_slot(pool, slot).out_write_set_pages;
}

uint64_t reclaims_of(struct pool *pool, uint32_t slot)
{
	return query_slot(pool, slot).out_reclaims;
}

uint64_t prefault_slot(struct pool *pool, uint32_t slot)
{
	struct guardslot_prefault cmd = { .slots = (uintptr_t)&slot, .count = 1 };

	test_err(0, do_prefault_cmd(pool, &cmd));
	test_eq(cmd.out_done, 1);
	return cmd.out_pages;
}

uint64_t prefault_range(struct pool *pool, uint32_t slot, uint32_t area, uint64_t offset,
			uint64_t length)
{
	struct guardslot_prefault cmd = {
		.flags = GUARDSLOT_PREFAULT_RANGE,
		.slots = (uintptr_t)&slot,
		.count = 1,
		.area = area,
		.offset = offset,
		.length = length,
	};

	test_err(0, do_prefault_cmd(pool, &cmd));
	test_eq(cmd.out_done, 1);
	return cmd.out_pages;
}
