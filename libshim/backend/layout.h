/* SPDX-License-Identifier: MIT */
#ifndef SHIM_LAYOUT_H
#define SHIM_LAYOUT_H

#include <libshim/slots.h>

/*
 * Where slots and areas lie, in bytes; the rules are those of CREATE in
 * guardslot.h:
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
 * Works out the layout of a config that shim_pool_create() found right so far.
 * -EOVERFLOW when it is longer than max_map_size; *layout is then not to be
 * used.
 */
int shim_layout_init(struct shim_layout *layout, const struct shim_pool_config *config,
		     uint64_t max_map_size);

#endif /* SHIM_LAYOUT_H */
