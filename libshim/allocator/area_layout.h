/* SPDX-License-Identifier: MIT */
#ifndef SHIM_AREA_LAYOUT_H
#define SHIM_AREA_LAYOUT_H

#include <libshim/instances.h>

/*
 * The areas of a slot that is an instance:
 *
 *   | pre-guard | memory 0 | guard | memory 1 | guard | tables | page |
 *               | state | page | stack | pre-guard |
 *               | memory 0 of the next slot ...
 *
 * All tables are in one area, as modules have up to some dozens of them: where each begins
 * depends on the module. Accesses to them are checked, and need no guard between.
 * The stack grows towards the state, so the guard of the state is the stack's too. The
 * guard after the last area lies before the memories of the next slot. Immutable once
 * it is worked out.
 */
struct shim_area_layout {
	struct shim_pool_config pool; /* the config of the pool */
	uint64_t page_size;
	uint64_t table_size; /* most bytes of a table, whole pages */
	uint32_t memory;     /* the area of memory 0; the other memories follow, ... */
	uint32_t tables;     /* ... and the tables; without tables this is no area of them */
	uint32_t state;
	uint32_t stack; /* SHIM_INDEX_NONE without one */
};

/*
 * Works out the areas of a pool for a config. The caller sets pool.backend. -EINVAL:
 * there are too many areas; -EOVERFLOW: sizes do not fit 64 bits.
 */
int shim_area_layout_init(struct shim_area_layout *layout,
			  const struct shim_allocator_config *config, uint64_t page_size);

/*
 * Where in their area the tables of a module begin that fits the allocator. Those that can
 * have no more elements than some maximum come first and have room for these only, so that
 * the area is open no further than it must.
 */
void shim_area_layout_place(const struct shim_area_layout *layout,
			    const struct shim_module_desc *desc, uint64_t *offsets);

/* How far the area has to be open for a table that begins there; 0: it has no elements. */
uint64_t shim_area_layout_table_end(const struct shim_area_layout *layout, uint64_t offset,
				    uint64_t elements);

#endif /* SHIM_AREA_LAYOUT_H */
