/* SPDX-License-Identifier: MIT */
#ifndef SHIM_PADDED_ALLOC_H
#define SHIM_PADDED_ALLOC_H

#include <stdlib.h>
#include <string.h>

/* Processors fetch cache lines in pairs, so data of two threads is two lines apart. */
#define SHIM_PADDING 128

/*
 * A zeroed array that shares no cache line with other data; free() gives it back.
 * NULL, without a message: there is no memory.
 */
static inline void *shim_padded_alloc(size_t count, size_t size)
{
	size_t length = (count * size + SHIM_PADDING - 1) / SHIM_PADDING * SHIM_PADDING;
	void *memory = aligned_alloc(SHIM_PADDING, length);

	if (memory)
		memset(memory, 0, length);
	return memory;
}

#endif /* SHIM_PADDED_ALLOC_H */
