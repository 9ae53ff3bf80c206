/* SPDX-License-Identifier: MIT */
/*
 * Arenas, for memory that is allocated piece by piece and freed at once.
 */
#ifndef SHIM_ARENA_H
#define SHIM_ARENA_H

#include <stddef.h>

/*
 * Memory of many small pieces that are freed together. A struct of zeroes is an empty
 * arena. One arena is used by one thread at a time.
 */
struct shim_arena {
	struct shim_arena_chunk *chunks;
	unsigned char *next; /* free memory of the chunk in use */
	size_t left;
	size_t chunk_size;
};

/*
 * Returns an array of count elements of size bytes each, zeroed and aligned to 8
 * bytes unless size is 1; not NULL even when count is 0. NULL with the message set when
 * there is no memory.
 */
void *shim_arena_alloc(struct shim_arena *arena, size_t count, size_t size);

/* Returns a copy of the array at source, which may be NULL if count is 0. */
void *shim_arena_copy(struct shim_arena *arena, const void *source, size_t count, size_t size);

/* Frees all pieces; the arena is empty again. */
void shim_arena_uninit(struct shim_arena *arena);

#endif /* SHIM_ARENA_H */
