/* SPDX-License-Identifier: MIT */
/* Pools of the device, driven without the library. */
#ifndef BENCH_POOL_H
#define BENCH_POOL_H

#include <guardslot.h>

#include "bench.h"

/* A pool of the device with one area a slot, driven without the library. */
struct pool {
	int fd;
	uint8_t *map;
	struct guardslot_create geometry;
};

struct pool_config {
	uint32_t slots;
	uint32_t flags;	  /* enum guardslot_create_flags */
	uint64_t reserve; /* and guard: address space of the area */
	uint64_t guard;
	uint64_t max;	  /* highest limit */
	uint64_t initial; /* limit without an image */
};

/* All end the program on an error. */
void pool_open(struct pool *pool, const struct pool_config *config);
void pool_close(struct pool *pool);
uint8_t *pool_slot(const struct pool *pool, uint32_t slot);
uint32_t pool_image(struct pool *pool, uint64_t tag, const uint8_t *content, uint64_t length,
		    uint64_t limit);

void pool_reset(struct pool *pool, const uint32_t *slots, uint32_t count);
void pool_rebind(struct pool *pool, const uint32_t *slots, uint32_t count, uint32_t image);
void pool_resize(struct pool *pool, uint32_t slot, uint64_t limit);
void pool_purge(struct pool *pool, const uint32_t *slots, uint32_t count);
void pool_purge_tag(struct pool *pool, uint64_t tag);
/* The slot's write set; returns the pages that became private. */
uint64_t pool_prefault(struct pool *pool, uint32_t slot);
/* Its private pages. */
uint32_t pool_resident(struct pool *pool, uint32_t slot);

#endif /* BENCH_POOL_H */
