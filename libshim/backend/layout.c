// SPDX-License-Identifier: MIT
/*
 * The layout of a pool: all of its arithmetic, pure and checked for overflow.
 */
#include <errno.h>
#include <string.h>

#include "backend/layout.h"

int shim_layout_init(struct shim_layout *layout, const struct shim_pool_config *config,
		     uint64_t max_map_size)
{
	memset(layout, 0, sizeof(*layout));
	for (uint32_t i = 0; i < config->area_count; i++) {
		const struct shim_area_config *area = &config->areas[i];

		layout->area_offset[i] = layout->stride;
		if (__builtin_add_overflow(layout->stride, area->reserve, &layout->stride) ||
		    __builtin_add_overflow(layout->stride, area->guard, &layout->stride))
			return -EOVERFLOW;
	}
	if (__builtin_mul_overflow(layout->stride, (uint64_t)config->slots, &layout->map_size) ||
	    __builtin_add_overflow(layout->map_size, config->pre_guard, &layout->map_size) ||
	    layout->map_size > max_map_size)
		return -EOVERFLOW;
	return 0;
}
