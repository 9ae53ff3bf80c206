// SPDX-License-Identifier: MIT
/*
 * Memories that are on no slot: all of a module but its first, heaps of the garbage
 * collector, and those for which the pool's reservation or guard is too small.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "creator/creator.h"
#include "seam/real.h"

/* What a memory may grow to where Wasmtime reserves less: it never moves. */
#define MOST (UINT64_C(4) << 30)

struct plain {
	struct shim_wasmtime *wasmtime;
	uint8_t *base;
	size_t size;
	size_t capacity;
	size_t length; /* of the mapping */
};

static size_t pages(const struct shim_wasmtime *wasmtime, size_t bytes)
{
	return (bytes + wasmtime->page_size - 1) & ~(size_t)(wasmtime->page_size - 1);
}

static uint8_t *plain_get(void *env, size_t *size, size_t *capacity)
{
	struct plain *plain = env;

	*size = plain->size;
	*capacity = plain->capacity;
	return plain->base;
}

static struct wasmtime_error *plain_grow(void *env, size_t size)
{
	struct plain *plain = env;

	if (size > plain->capacity ||
	    real_mprotect(plain->base, pages(plain->wasmtime, size), PROT_READ | PROT_WRITE))
		return plain->wasmtime->config.error_new("the memory cannot grow");
	plain->size = size;
	return NULL;
}

static void plain_end(void *env)
{
	struct plain *plain = env;
	struct shim_wasmtime *wasmtime = plain->wasmtime;

	real_munmap(plain->base, plain->length);
	free(plain);
	creator_put(wasmtime);
}

static int fill(struct plain *plain, const struct shim_static_image *image, size_t minimum)
{
	int error = minimum ? real_mprotect(plain->base, pages(plain->wasmtime, minimum),
					    PROT_READ | PROT_WRITE) :
			      0;

	if (!error && image && image->length)
		memcpy(plain->base + image->offset, image->bytes, image->length);
	return error;
}

int creator_plain_new(struct shim_wasmtime *wasmtime, const struct shim_static_image *image,
		      size_t minimum, size_t maximum, size_t reserved, size_t guard,
		      struct wasmtime_linear_memory *memory)
{
	struct plain *plain = calloc(1, sizeof(*plain));
	size_t most = maximum < MOST ? maximum : MOST;

	if (!plain)
		return -ENOMEM;
	if (most < reserved)
		most = reserved;
	if (most < minimum)
		most = minimum;
	plain->wasmtime = wasmtime;
	plain->size = minimum;
	plain->capacity = pages(wasmtime, most);
	if (plain->capacity < most ||
	    __builtin_add_overflow(plain->capacity, pages(wasmtime, guard), &plain->length))
		goto free_plain;
	if (!plain->length)
		plain->length = wasmtime->page_size;
	/* Not by the C library's symbol: the seam would take it for a pool. */
	plain->base = real_mmap(NULL, plain->length, PROT_NONE,
				MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (real_is_error(plain->base))
		goto free_plain;
	if (fill(plain, image, minimum))
		goto unmap;
	creator_get(wasmtime);
	*memory = (struct wasmtime_linear_memory){ plain, plain_get, plain_grow, plain_end };
	return 0;
unmap:
	real_munmap(plain->base, plain->length);
free_plain:
	free(plain);
	return -ENOMEM;
}
