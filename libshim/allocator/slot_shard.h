/* SPDX-License-Identifier: MIT */
/*
 * A shard of the slot index: a run of slots with a lock of its own.
 *
 * Inside a shard slots are counted from its first one. Lists are made of indices
 * into the shard's arrays, so a shard is three arrays and a head; every operation is
 * O(1), takes the lock, and allocates nothing.
 */
#ifndef SHIM_SLOT_SHARD_H
#define SHIM_SLOT_SHARD_H

#include <pthread.h>

#include "base/padded_alloc.h"
#include "allocator/slot_index.h"

struct shim_slot_list {
	uint32_t head;
	uint32_t tail;
};

struct shim_slot_shard {
	pthread_mutex_t lock; /* protects everything but the next four members */
	uint32_t first;	      /* immutable, like the next three */
	uint32_t slots;
	uint32_t max_warm;
	uint32_t bucket_shift;
	struct shim_slot_list cold;
	struct shim_slot_list warm; /* least recently used first */
	uint32_t free_module;	    /* head of the list of unused places in modules */
	uint64_t frees;		    /* since the creation */
	struct shim_slot_index_counts counts;
	struct shim_slot_entry *entries;  /* by slot */
	struct shim_slot_module *modules; /* as many as slots: a warm slot has one module */
	uint32_t *buckets;		  /* hash table of modules in use */
} __attribute__((aligned(SHIM_PADDING)));

/* -ENOMEM without a message; then there is nothing to uninit. */
int shim_slot_shard_init(struct shim_slot_shard *shard, uint32_t first, uint32_t slots,
			 uint32_t max_warm);
void shim_slot_shard_uninit(struct shim_slot_shard *shard);

/* Makes an unused slot a used one: the shard's choice for the module, or NONE. */
uint32_t shim_slot_shard_take(struct shim_slot_shard *shard, uint64_t module);
/* The same, but only a slot that is affine to the module. */
uint32_t shim_slot_shard_take_affine(struct shim_slot_shard *shard, uint64_t module);

/* The slot is used; see the operations of the index. */
void shim_slot_shard_free(struct shim_slot_shard *shard, uint32_t slot, uint64_t module);
void shim_slot_shard_free_cold(struct shim_slot_shard *shard, uint32_t slot);
void shim_slot_shard_poison(struct shim_slot_shard *shard, uint32_t slot);

/* Adds the shard's counts to those given. */
void shim_slot_shard_count(struct shim_slot_shard *shard, struct shim_slot_index_counts *counts);
uint64_t shim_slot_shard_frees(struct shim_slot_shard *shard);

#endif /* SHIM_SLOT_SHARD_H */
