/* SPDX-License-Identifier: MIT */
/*
 * Arrays that share no cache line with other data, for what each thread has its own of.
 */
#ifndef SHIM_PADDED_ALLOC_H
#define SHIM_PADDED_ALLOC_H

#include <stdlib.h>
#include <string.h>

/* Processors fetch cache lines in pairs, so data of two threads is two lines apart. */
#define SHIM_PADDING 128

/* The length of such an array; a multiple of the alignment, as aligned_alloc() asks. */
static inline size_t shim_padded_length(size_t count, size_t size)
{
	return (count * size + SHIM_PADDING - 1) / SHIM_PADDING * SHIM_PADDING;
}

/*
 * An array that the caller initializes; free() gives it back. NULL, without a message:
 * there is no memory.
 */
static inline void *shim_padded_alloc(size_t count, size_t size)
{
	return aligned_alloc(SHIM_PADDING, shim_padded_length(count, size));
}

/* The same, zeroed. */
static inline void *shim_padded_zalloc(size_t count, size_t size)
{
	void *memory = shim_padded_alloc(count, size);

	if (memory)
		memset(memory, 0, shim_padded_length(count, size));
	return memory;
}

#endif /* SHIM_PADDED_ALLOC_H */
