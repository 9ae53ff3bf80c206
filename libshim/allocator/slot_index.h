/* SPDX-License-Identifier: MIT */
/*
 * The slot index: which slot the next instance gets. Numbers only, no I/O.
 *
 * A slot is used, or unused and then cold (nothing of it is resident) or warm.
 * A warm slot remembers the module it is affine to: the one that it is still
 * bound to, so that an instance of the same module finds it ready.
 *
 * The slots are cut into shards of consecutive ones, each with its own lock, and
 * every thread has a home shard: threads with different homes do not meet. The
 * choice in a shard is
 *
 *   1. the affine slot that was used last;
 *   2. with fewer unused warm slots than the bound, a cold one, so that what
 *      other modules may come back to is left alone; else the warm one that was
 *      not used for longest;
 *   3. what there is.
 *
 * Other shards are asked only when the home shard has no unused slot, so a slot
 * of the home shard goes before an affine one elsewhere. Every step is O(1) in
 * its shard, and nothing is allocated after shim_slot_index_create().
 */
#ifndef SHIM_SLOT_INDEX_H
#define SHIM_SLOT_INDEX_H

#include <stdint.h>

#define SHIM_SLOT_INDEX_NONE UINT32_MAX

/* Affine to no module; a module's id is any other number. */
#define SHIM_MODULE_NONE UINT64_C(0)

struct shim_slot_index_config {
	uint32_t slots;
	uint32_t max_unused_warm; /* the bound of step 2, shared out to the shards */
	uint32_t shards;	  /* at most slots; 0: what suits slots and processors */
};

/* The sum is the number of slots, when no call is under way. */
struct shim_slot_index_counts {
	uint32_t used;
	uint32_t unused_warm;
	uint32_t unused_cold;
	uint32_t poisoned;
};

struct shim_slot_index;

/* How many shards suit; 1 below a capacity where it pays. */
uint32_t shim_slot_index_shard_count(uint32_t slots, uint32_t processors);

/* -ENOMEM. All slots are cold. */
int shim_slot_index_create(const struct shim_slot_index_config *config,
			   struct shim_slot_index **out);
void shim_slot_index_destroy(struct shim_slot_index *index);

/* A slot for an instance of module; NONE when all are used. */
uint32_t shim_slot_index_alloc(struct shim_slot_index *index, uint64_t module);

/* An unused slot that is affine to module, wherever it is; NONE without one. */
uint32_t shim_slot_index_alloc_affine(struct shim_slot_index *index, uint64_t module);

/* The slot is unused again, warm, and affine to module or to none. */
void shim_slot_index_free(struct shim_slot_index *index, uint32_t slot, uint64_t module);

/* The same, but nothing of it is resident any more. */
void shim_slot_index_free_cold(struct shim_slot_index *index, uint32_t slot);

/* A used slot that shall never be used again. */
void shim_slot_index_poison(struct shim_slot_index *index, uint32_t slot);

void shim_slot_index_count(struct shim_slot_index *index, struct shim_slot_index_counts *counts);

/*
 * How many slots were ever freed. Where this changed since before an alloc that
 * found none, a slot may have moved from a shard not yet asked to one that was:
 * it is only when it did not that all were used at one time.
 */
uint64_t shim_slot_index_frees(struct shim_slot_index *index);

uint32_t shim_slot_index_shards(const struct shim_slot_index *index);
/* The calling thread's home shard. */
uint32_t shim_slot_index_home(const struct shim_slot_index *index);
/* The shard of a slot: what is kept for each shard elsewhere goes by it. */
uint32_t shim_slot_index_shard(const struct shim_slot_index *index, uint32_t slot);

#endif /* SHIM_SLOT_INDEX_H */
