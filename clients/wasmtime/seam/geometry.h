/* SPDX-License-Identifier: MIT */
/*
 * The layout of a pool of linear memories: a guard, then slots of equal size, each with a
 * guard of its own.
 */
#ifndef SEAM_GEOMETRY_H
#define SEAM_GEOMETRY_H

#include <stdbool.h>
#include <stdint.h>

struct seam_geometry {
	uint64_t pre_guard;
	uint64_t reserve; /* of a slot */
	uint64_t guard;
	uint32_t slots;
};

/*
 * Whether a mapping of this length can be a pool, and of which layout. text is RESERVE,GUARD
 * in bytes, and then the only layout; NULL: those that Wasmtime has by default, and their like.
 */
bool seam_geometry_find(uint64_t length, const char *text, struct seam_geometry *out);

#endif /* SEAM_GEOMETRY_H */
