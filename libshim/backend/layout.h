/* SPDX-License-Identifier: MIT */
/*
 * The layout of a pool: the rules are those of CREATE in guardslot.h.
 */
#ifndef SHIM_LAYOUT_H
#define SHIM_LAYOUT_H

#include <libshim/slots.h>

/*
 * The offsets of slots and areas, in bytes:
 *
 *   | pre-guard | area 0 reserve | guard | area 1 reserve | guard | area 0 ...
 *               |<----------------- stride ---------------------->|
 */
struct shim_layout {
	uint64_t map_size;
	uint64_t stride;
	uint64_t area_offset[SHIM_MAX_AREAS]; /* from the slot's start */
};

/*
 * Computes the layout of a config whose fields were checked. -EOVERFLOW, without
 * a message, when it is longer than max_map_size; *layout must not be used then.
 */
int shim_layout_init(struct shim_layout *layout, const struct shim_pool_config *config,
		     uint64_t max_map_size);

#endif /* SHIM_LAYOUT_H */
