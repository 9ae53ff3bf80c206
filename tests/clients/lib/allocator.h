/* SPDX-License-Identifier: MIT */
/*
 * The pooling allocator of Wasmtime as far as the kernel sees it: the calls that it makes
 * for its pool of linear memories, in its order (versions 43 to 50). They go either through
 * the C library's symbols, which are the seam's in these tests, or to the kernel.
 *
 * A pool of each kind that does the same steps must hold the same bytes.
 */
#ifndef CLIENTS_ALLOCATOR_H
#define CLIENTS_ALLOCATOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "guardslot-wasmtime.h"

#define MIB (1ull << 20)
#define GIB (1ull << 30)
#define WASM_PAGE 65536ull
#define RESERVE (4 * GIB)
#define GUARD (32 * MIB)

/* A memory of a module: its smallest size and its image, which is a file. */
struct memory {
	uint64_t min;
	int fd; /* -1: it has no image */
	uint64_t file_offset;
	uint64_t offset;
	uint64_t length;
	bool never_lowers; /* an engine without guards */
};

struct slot {
	unsigned char *base;
	uint64_t accessible;
	const struct memory *image; /* mapped */
	bool is_unknown;
};

struct pool {
	bool is_real; /* the calls go to the kernel */
	unsigned char *start;
	size_t length;
	uint64_t max;
	uint32_t count;
	struct slot *slots;
};

/* Over the backend that is the test's first argument. */
struct pool *pool_make(uint32_t slots, bool is_real);
struct pool *pool_make_as(uint32_t slots, bool is_real, uint64_t reserve, uint64_t guard);
void pool_drop(struct pool *pool);

void slot_instantiate(struct pool *pool, uint32_t slot, const struct memory *memory);
void slot_grow(struct pool *pool, uint32_t slot, uint64_t bytes);
void slot_drop(struct pool *pool, uint32_t slot);
/* As with decommit_batch_size: one vector, with the empty ranges that tables add. */
void slots_drop(struct pool *pool, const uint32_t *slots, uint32_t count);
/* A reset that failed: the slot's state is unknown from then on. */
void slot_lose(struct pool *pool, uint32_t slot);
void slot_purge(struct pool *pool, uint32_t slot);

/* A sealed file, as Wasmtime makes, with bytes that follow from the seed. */
int image_file(uint64_t length, uint64_t seed);
void image_fill(unsigned char *bytes, uint64_t length, uint64_t seed);

struct guardslot_wasmtime_info slot_info(const struct pool *pool, uint32_t slot);
bool slot_is_on_slots(const struct pool *pool, uint32_t slot);

/* Whether a byte can be read, without a signal. */
bool is_readable(const void *address);
/* Both have the same bytes, and the same is accessible. */
void slots_are_equal(struct pool *a, struct pool *b, uint32_t slot);

#endif /* CLIENTS_ALLOCATOR_H */
