/* SPDX-License-Identifier: MIT */
#ifndef SHIM_AREA_LAYOUT_H
#define SHIM_AREA_LAYOUT_H

#include <libshim/instances.h>

/*
 * What an instance has, as areas of a slot:
 *
 *   | pre-guard | memory 0 | guard | memory 1 | guard | table 0 | page |
 *               | table 1 | page | state | page | stack | pre-guard |
 *               | memory 0 of the next slot ...
 *
 * The stack grows towards the state, whose guard is thus the stack's; and the
 * guard after the last area is what lies before the next slot's memories.
 */
struct shim_area_layout {
	struct shim_pool_config pool; /* what to make the pool of */
	uint64_t page_size;
	uint32_t memory; /* the area of the first memory, the others follow, */
	uint32_t table;	 /* as do tables; without any it is no area */
	uint32_t state;
	uint32_t stack; /* SHIM_NO_INDEX without one */
};

/*
 * Works out the areas of a pool for this config. pool.backend is left to the
 * caller. -EINVAL: too many areas; -EOVERFLOW: sizes do not fit 64 bits.
 */
int shim_area_layout_init(struct shim_area_layout *layout,
			  const struct shim_allocator_config *config, uint64_t page_size);

#endif /* SHIM_AREA_LAYOUT_H */
