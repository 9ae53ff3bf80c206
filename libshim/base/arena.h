/* SPDX-License-Identifier: MIT */
/*
 * Arenas, for memory that is allocated piece by piece and freed at once.
 */
#ifndef SHIM_ARENA_H
#define SHIM_ARENA_H

#include <stddef.h>
#include <stdint.h>

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

/* shim_arena_alloc() of what is not in the chunk in use, or is nothing. */
void *shim_arena_alloc_more(struct shim_arena *arena, size_t count, size_t size);

/*
 * Returns an array of count elements of size bytes each, zeroed and aligned to 8
 * bytes unless size is 1; not NULL even when count is 0. NULL with the message set when
 * there is no memory.
 */
static inline void *shim_arena_alloc(struct shim_arena *arena, size_t count, size_t size)
{
	size_t gap = size > 1 ? -(uintptr_t)arena->next & 7 : 0, length;
	unsigned char *piece;

	if (__builtin_mul_overflow(count, size, &length) || !length || length > arena->left ||
	    gap > arena->left - length)
		return shim_arena_alloc_more(arena, count, size);
	piece = arena->next + gap;
	arena->next = piece + length;
	arena->left -= gap + length;
	return piece;
}

/* Returns a copy of the array at source, which may be NULL if count is 0. */
void *shim_arena_copy(struct shim_arena *arena, const void *source, size_t count, size_t size);

/* Frees all pieces; the arena is empty again. */
void shim_arena_uninit(struct shim_arena *arena);

#endif /* SHIM_ARENA_H */
