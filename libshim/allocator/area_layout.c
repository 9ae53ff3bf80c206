// SPDX-License-Identifier: MIT
/*
 * The geometry of a pool whose slots are instances: pure and checked arithmetic from
 * the limits of an allocator to areas.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "allocator/area_layout.h"
#include "base/error.h"
#include "base/pages.h"

#define ELEMENT_SIZE 8

/*
 * Adds an area of at most max bytes, which reserves at least reserve of them. It is
 * closed at first; the image says how far it is open.
 */
static bool area_add(struct shim_area_layout *layout, uint64_t max, uint64_t reserve,
		     uint64_t guard, uint64_t page_size)
{
	struct shim_area_config *area = &layout->pool.areas[layout->pool.area_count++];

	if (shim_page_round_overflow(max, page_size, &max) ||
	    shim_page_round_overflow(reserve, page_size, &reserve) ||
	    shim_page_round_overflow(guard, page_size, &guard))
		return false;
	if (reserve < max)
		reserve = max;
	if (!reserve)
		reserve = page_size;
	*area = (struct shim_area_config){ .reserve = reserve, .guard = guard, .max = max };
	return true;
}

static int count_check(const struct shim_allocator_config *config)
{
	uint64_t count =
		(uint64_t)config->max_memories + config->max_tables + 1 + (config->stack_size > 0);

	if (count <= SHIM_MAX_AREAS)
		return 0;
	return shim_error_set(-EINVAL,
			      "max_memories %" PRIu32 ", max_tables %" PRIu32
			      ": with the state%s %" PRIu64 " areas, over %d",
			      config->max_memories, config->max_tables,
			      config->stack_size ? " and the stack" : "", count, SHIM_MAX_AREAS);
}

static bool areas_add(struct shim_area_layout *layout, const struct shim_allocator_config *config,
		      uint64_t page_size)
{
	struct shim_pool_config *pool = &layout->pool;
	struct shim_area_config *last;
	bool fits = true;

	layout->memory = pool->area_count;
	for (uint32_t i = 0; fits && i < config->max_memories; i++)
		fits = area_add(layout, config->max_memory_size, config->memory_reserve,
				config->memory_guard, page_size);
	layout->table = pool->area_count;
	for (uint32_t i = 0; fits && i < config->max_tables; i++)
		fits = area_add(layout, (uint64_t)config->max_table_elements * ELEMENT_SIZE, 0,
				page_size, page_size);
	layout->state = pool->area_count;
	fits = fits && area_add(layout, config->max_instance_size, 0, page_size, page_size);
	layout->stack = SHIM_INDEX_NONE;
	if (fits && config->stack_size) {
		layout->stack = pool->area_count;
		fits = area_add(layout, config->stack_size, 0, page_size, page_size);
	}
	if (!fits || shim_page_round_overflow(pool->pre_guard, page_size, &pool->pre_guard))
		return false;
	last = &pool->areas[pool->area_count - 1];
	if (last->guard < pool->pre_guard)
		last->guard = pool->pre_guard;
	return true;
}

int shim_area_layout_init(struct shim_area_layout *layout,
			  const struct shim_allocator_config *config, uint64_t page_size)
{
	struct shim_pool_config *pool = &layout->pool;
	int error = count_check(config);

	if (error)
		return error;
	memset(layout, 0, sizeof(*layout));
	layout->page_size = page_size;
	pool->size = sizeof(*pool);
	pool->slots = config->instances;
	pool->pre_guard = config->memory_pre_guard;
	pool->max_resident = config->max_resident;
	pool->keep_resident = config->keep_resident;
	if (!areas_add(layout, config, page_size) ||
	    shim_page_round_overflow(pool->max_resident, page_size, &pool->max_resident) ||
	    shim_page_round_overflow(pool->keep_resident, page_size, &pool->keep_resident))
		return shim_error_set(-EOVERFLOW, "the sizes of an instance are over 64 bits");
	return 0;
}
