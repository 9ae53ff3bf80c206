/* SPDX-License-Identifier: MIT */
/*
 * What a test does to one slot of a pool; each call must succeed.
 */
#ifndef SLOTS_SLOTS_H
#define SLOTS_SLOTS_H

#include <libshim.h>

volatile unsigned char *area_at(struct shim_pool *pool, uint32_t slot, uint32_t area);
struct shim_slot_info query(struct shim_pool *pool, uint32_t slot);

/* So many private pages; 0 where the backend cannot know. */
void resident_is(struct shim_pool *pool, uint32_t slot, uint64_t pages);

void reset(struct shim_pool *pool, uint32_t slot);
void rebind(struct shim_pool *pool, uint32_t slot, uint32_t image);
void purge(struct shim_pool *pool, uint32_t slot);
/* One slot, which is not reset. */
int release_kept(struct shim_pool *pool, uint32_t slot);
void resize(struct shim_pool *pool, uint32_t slot, uint32_t area, uint64_t limit);

/* Writes every accessible byte of the slot. */
void dirty_all(struct shim_pool *pool, uint32_t slot, unsigned int seed);

#endif /* SLOTS_SLOTS_H */
