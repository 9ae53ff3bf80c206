/* SPDX-License-Identifier: MIT */
/*
 * Pools that are open, created and mapped in one line, where their parts are, and
 * what QUERY says of a slot.
 */
#ifndef TESTS_POOL_H
#define TESTS_POOL_H

#include "abi.h"

#include <stdatomic.h>

/*
 * A small geometry with something of everything: a pre-guard, an area with room
 * between max and reserve and a guard, and one with no guard and no such room.
 */
struct guardslot_create small_geometry(uint32_t slots);

/* One area of @pages pages, all of them accessible, and a guard. */
struct guardslot_create plain_geometry(uint32_t slots, size_t pages);

/* Opens and creates, but maps nothing. */
struct pool pool_create(const struct guardslot_create *geometry);

struct pool pool_map(const struct guardslot_create *geometry);

struct pool pool_small(uint32_t slots);

struct pool pool_plain(uint32_t slots, size_t pages, uint32_t flags);

void pool_close(struct pool *pool);

/* From the start of the slab. */
uint64_t slab_offset(const struct pool *pool, uint32_t slot, uint32_t area);

uint8_t *area_at(const struct pool *pool, uint32_t slot, uint32_t area);
_Atomic uint32_t *claim_word(const struct pool *pool, uint32_t slot);
uint64_t limit_of(struct pool *pool, uint32_t slot, uint32_t area);
uint32_t resident_of(struct pool *pool, uint32_t slot);
uint32_t shared_of(struct pool *pool, uint32_t slot);
uint32_t write_set_of(struct pool *pool, uint32_t slot);
uint64_t reclaims_of(struct pool *pool, uint32_t slot);

/* The write set of one slot. Returns the pages that became private. */
uint64_t prefault_slot(struct pool *pool, uint32_t slot);

/* A range of one slot. Returns the pages that became private. */
uint64_t prefault_range(struct pool *pool, uint32_t slot, uint32_t area, uint64_t offset,
			uint64_t length);

#endif /* TESTS_POOL_H */
