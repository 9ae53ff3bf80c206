/* SPDX-License-Identifier: MIT */
/*
 * What the tests of the slot index share; they are of numbers only.
 */
#ifndef ALLOCATOR_SLOT_INDEX_H
#define ALLOCATOR_SLOT_INDEX_H

#include "allocator/slot_index.h"
#include "random.h"
#include "test.h"

#define NONE SHIM_SLOT_INDEX_NONE

struct shim_slot_index *index_create(uint32_t slots, uint32_t max_warm, uint32_t shards);
struct shim_slot_index_counts counts_of(struct shim_slot_index *index);

#endif /* ALLOCATOR_SLOT_INDEX_H */
