/* SPDX-License-Identifier: MIT */
/*
 * The slot index decides which slot the next instance gets. It works on numbers only,
 * makes no system call, and may be used by any number of threads.
 *
 * A slot is used or unused, and an unused slot is cold (nothing of it is resident) or
 * warm. A warm slot is affine to the module that it is bound to, so that an instance of
 * the same module finds it ready.
 *
 * Slots are divided into shards of consecutive ones. Each shard has its own lock and
 * each thread a home shard, so threads with different home shards do not contend. A
 * shard chooses
 *
 *   1. the affine slot that was used most recently;
 *   2. while it has fewer unused warm slots than the bound, a cold slot, which leaves
 *      the slots of other modules alone; else the least recently used warm slot;
 *   3. any unused slot.
 *
 * Other shards are searched only when the home shard has no unused slot, so a slot of
 * the home shard comes before an affine slot of another. Every step takes constant time
 * in its shard, and nothing is allocated after shim_slot_index_create().
 */
#ifndef SHIM_SLOT_INDEX_H
#define SHIM_SLOT_INDEX_H

#include <stdint.h>

#define SHIM_SLOT_INDEX_NONE UINT32_MAX

/* Affine to no module; a module's id is any other number. */
#define SHIM_MODULE_NONE UINT64_C(0)

struct shim_slot_index_config {
	uint32_t slots;
	uint32_t max_unused_warm; /* the bound of step 2, divided among the shards */
	uint32_t shards;	  /* at most slots; 0: what suits slots and processors */
};

/* The sum is the number of slots while no call is at work. */
struct shim_slot_index_counts {
	uint32_t used;
	uint32_t unused_warm;
	uint32_t unused_cold;
	uint32_t poisoned;
};

struct shim_slot_index;

/* Makes an index whose slots are all cold. -ENOMEM. */
int shim_slot_index_create(const struct shim_slot_index_config *config,
			   struct shim_slot_index **out);
void shim_slot_index_destroy(struct shim_slot_index *index);

/* Takes a slot for an instance of the module; NONE: all are used. */
uint32_t shim_slot_index_alloc(struct shim_slot_index *index, uint64_t module);

/* Takes an unused slot that is affine to the module, from any shard; NONE: there is none. */
uint32_t shim_slot_index_alloc_affine(struct shim_slot_index *index, uint64_t module);

/* Makes a used slot unused and warm, affine to the module or to none. */
void shim_slot_index_free(struct shim_slot_index *index, uint32_t slot, uint64_t module);

/* Makes a used slot unused and cold: nothing of it is resident. */
void shim_slot_index_free_cold(struct shim_slot_index *index, uint32_t slot);

/* Takes a used slot out of use for good. */
void shim_slot_index_poison(struct shim_slot_index *index, uint32_t slot);

void shim_slot_index_count(struct shim_slot_index *index, struct shim_slot_index_counts *counts);

/*
 * The number of frees since the creation. When it changes during an alloc that finds no
 * slot, one may have been freed in a shard that the search had passed already. Only
 * when it stays the same were all slots used at one time.
 */
uint64_t shim_slot_index_frees(struct shim_slot_index *index);

/* The number of shards of an index. */
uint32_t shim_slot_index_shard_count(const struct shim_slot_index *index);
/* The calling thread's home shard. */
uint32_t shim_slot_index_home(const struct shim_slot_index *index);
/* The shard of a slot. */
uint32_t shim_slot_index_shard_of(const struct shim_slot_index *index, uint32_t slot);

#endif /* SHIM_SLOT_INDEX_H */
