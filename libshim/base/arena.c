// SPDX-License-Identifier: MIT
/*
 * Arenas: chunks of growing size, which are handed out piece by piece.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/error.h"

#define CHUNK_FIRST ((size_t)4096)
#define CHUNK_MAX ((size_t)256 << 10)
#define ALIGN ((size_t)8)

struct shim_arena_chunk {
	struct shim_arena_chunk *next;
	unsigned char bytes[] __attribute__((aligned(16)));
};

/* With a chunk for each piece the address sanitizer sees an overrun of a piece. */
#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define CHUNK_EACH
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#define CHUNK_EACH
#endif

static unsigned char *chunk_add(struct shim_arena *arena, size_t length)
{
	struct shim_arena_chunk *chunk = NULL;

	/* calloc() does not touch the pages of a long chunk. */
	if (length <= SIZE_MAX / 2)
		chunk = calloc(1, sizeof(*chunk) + length);
	if (!chunk)
		return NULL;
	chunk->next = arena->chunks;
	arena->chunks = chunk;
	return chunk->bytes;
}

static unsigned char *piece_cut(struct shim_arena *arena, size_t length)
{
	unsigned char *piece = arena->next;

	arena->next += length;
	arena->left -= length;
	return piece;
}

static unsigned char *piece_get(struct shim_arena *arena, size_t length)
{
	size_t chunk_size = arena->chunk_size ? arena->chunk_size : CHUNK_FIRST;
	unsigned char *bytes;

#ifdef CHUNK_EACH
	return chunk_add(arena, length);
#endif
	if (length <= arena->left)
		return piece_cut(arena, length);
	/* A long piece has a chunk of its own, so that the rest of this one stays in use. */
	if (length > chunk_size / 4)
		return chunk_add(arena, length);
	bytes = chunk_add(arena, chunk_size);
	if (!bytes)
		return NULL;
	arena->next = bytes;
	arena->left = chunk_size;
	arena->chunk_size = chunk_size < CHUNK_MAX ? 2 * chunk_size : CHUNK_MAX;
	return piece_cut(arena, length);
}

void *shim_arena_alloc_more(struct shim_arena *arena, size_t count, size_t size)
{
	size_t length, gap = 0;
	unsigned char *piece;

	/* The end of a chunk is aligned, so the gap always fits. */
	if (size > 1)
		gap = -(uintptr_t)arena->next & (ALIGN - 1);
	if (__builtin_mul_overflow(count, size, &length)) {
		shim_error_set(-ENOMEM, "no memory for %zu of %zu bytes", count, size);
		return NULL;
	}
	if (gap)
		piece_cut(arena, gap);
	piece = piece_get(arena, length ? length : 1);
	if (!piece)
		shim_error_set(-ENOMEM, "no memory for %zu bytes", length);
	return piece;
}

void *shim_arena_copy(struct shim_arena *arena, const void *source, size_t count, size_t size)
{
	void *copy = shim_arena_alloc(arena, count, size);

	if (copy && count)
		memcpy(copy, source, count * size);
	return copy;
}

void shim_arena_uninit(struct shim_arena *arena)
{
	while (arena->chunks) {
		struct shim_arena_chunk *chunk = arena->chunks;

		arena->chunks = chunk->next;
		free(chunk);
	}
	memset(arena, 0, sizeof(*arena));
}
