/* SPDX-License-Identifier: MIT */
#ifndef SHIM_AREA_LAYOUT_H
#define SHIM_AREA_LAYOUT_H

#include <libshim/instances.h>

/*
 * The areas of a slot that is an instance:
 *
 *   | pre-guard | memory 0 | guard | memory 1 | guard | table 0 | page |
 *               | table 1 | page | state | page | stack | pre-guard |
 *               | memory 0 of the next slot ...
 *
 * The stack grows towards the state, so the guard of the state is the stack's too. The
 * guard after the last area lies before the memories of the next slot. Immutable once
 * it is worked out.
 */
struct shim_area_layout {
	struct shim_pool_config pool; /* the config of the pool */
	uint64_t page_size;
	uint32_t memory; /* the area of memory 0; the other memories follow, ... */
	uint32_t table;	 /* ... and so do tables; without tables this is no area of them */
	uint32_t state;
	uint32_t stack; /* SHIM_INDEX_NONE without one */
};

/*
 * Works out the areas of a pool for a config. The caller sets pool.backend. -EINVAL:
 * there are too many areas; -EOVERFLOW: sizes do not fit 64 bits.
 */
int shim_area_layout_init(struct shim_area_layout *layout,
			  const struct shim_allocator_config *config, uint64_t page_size);

#endif /* SHIM_AREA_LAYOUT_H */
