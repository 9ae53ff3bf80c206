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
	uint64_t count = (uint64_t)config->max_memories + (config->max_tables > 0) + 1 +
			 (config->stack_size > 0);

	if (count <= SHIM_MAX_AREAS)
		return 0;
	return shim_error_set(-EINVAL,
			      "max_memories %" PRIu32 ": with%s the state%s %" PRIu64
			      " areas, over %d",
			      config->max_memories, config->max_tables ? " the tables," : "",
			      config->stack_size ? " and the stack" : "", count, SHIM_MAX_AREAS);
}

static bool tables_add(struct shim_area_layout *layout, const struct shim_allocator_config *config,
		       uint64_t page_size)
{
	uint64_t max;

	layout->table_size =
		shim_page_round_up((uint64_t)config->max_table_elements * ELEMENT_SIZE, page_size);
	if (__builtin_mul_overflow(layout->table_size, config->max_tables, &max))
		return false;
	return area_add(layout, max, 0, page_size, page_size);
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
	layout->tables = pool->area_count;
	if (config->max_tables)
		fits = fits && tables_add(layout, config, page_size);
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

static uint64_t room_of(const struct shim_area_layout *layout, const struct shim_table_plan *plan)
{
	if (plan->maximum >= layout->table_size / ELEMENT_SIZE)
		return layout->table_size;
	return shim_page_round_up(plan->maximum * ELEMENT_SIZE, layout->page_size);
}

void shim_area_layout_place(const struct shim_area_layout *layout,
			    const struct shim_module_desc *desc, uint64_t *offsets)
{
	uint64_t at = 0;

	for (int is_open = 0; is_open <= 1; is_open++)
		for (uint32_t i = 0; i < desc->defined_table_count; i++) {
			uint64_t room = room_of(layout, &desc->defined_tables[i]);

			if ((room == layout->table_size) != is_open)
				continue;
			offsets[i] = at;
			at += room;
		}
}

uint64_t shim_area_layout_table_end(const struct shim_area_layout *layout, uint64_t offset,
				    uint64_t elements)
{
	if (!elements)
		return 0;
	return offset + shim_page_round_up(elements * ELEMENT_SIZE, layout->page_size);
}
