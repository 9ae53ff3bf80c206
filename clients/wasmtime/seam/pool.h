/* SPDX-License-Identifier: MIT */
/*
 * Pools of linear memories that are on slots, and the state of each slot, which is what the
 * pooling allocator has told the kernel so far. docs/wasmtime.md says what the members mean
 * and which call changes them how.
 */
#ifndef SEAM_POOL_H
#define SEAM_POOL_H

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <libshim.h>

#include "seam/image.h"

/* The slot's members are under its lock. One cache line, so that no two slots share one. */
struct seam_slot {
	_Alignas(64) atomic_bool lock;
	bool lowers;
	uint8_t exposed;	  /* no more than 2 */
	struct seam_image *image; /* NULL: none */
	uint64_t want;
	uint64_t real;
	uint64_t end; /* 0: the slot is plain memory */
	/* Of a child's memory, while it is made; see fork.c. */
	unsigned char *copy;
};

struct seam_pool {
	/* Whether a pool is there. A thread that looks another one up may read the rest. */
	_Atomic(uintptr_t) start; /* 0: there is none */
	_Atomic(size_t) length;
	unsigned char *first; /* slot 0 */
	uint64_t stride;
	uint64_t reserve;
	uint32_t slot_count;
	struct shim_pool *shim;
	enum shim_backend backend;
	struct seam_slot *slots;
	pthread_mutex_t lock;  /* taken before a slot's, by who looks at all slots */
	atomic_bool is_carved; /* the layout was wrong */
	atomic_bool has_warned;
	struct seam_images images;
	_Atomic(uint64_t) reset_calls, resets, rebinds, resizes;
	struct seam_pool *next; /* set once; pools stay on the list and are used again */
};

/* No pool is below or at and above these, and they never come closer to each other. */
extern _Atomic(uintptr_t) seam_low, seam_high;

/* This thread is in libshim, whose calls for the memory of slots are for the kernel. */
extern __attribute__((tls_model("initial-exec"))) _Thread_local int seam_inside;

struct seam_pool *seam_pool_lookup(uintptr_t address);

/* The pool that has the address, or NULL: the comparison that all other calls cost. */
static inline struct seam_pool *seam_pool_find(const void *address)
{
	uintptr_t at = (uintptr_t)address;

	if (at < atomic_load_explicit(&seam_low, memory_order_relaxed) ||
	    at >= atomic_load_explicit(&seam_high, memory_order_relaxed))
		return NULL;
	return seam_pool_lookup(at);
}

/*
 * Makes a pool where its layout can be guessed, and gives back what the mapping would have
 * been; NULL: it is for the kernel.
 */
void *seam_pool_create(size_t length);
/* Unmaps all of it. */
void seam_pool_destroy(struct seam_pool *pool);

/* For fork(): all pools, with those that are not used. No pool is made or destroyed meanwhile. */
struct seam_pool *seam_pool_lock_all(void);
void seam_pool_unlock_all(void);

static inline unsigned char *seam_slot_base(const struct seam_pool *pool, uint32_t slot)
{
	return pool->first + slot * pool->stride;
}

static inline void seam_slot_lock(struct seam_slot *slot)
{
	while (atomic_exchange_explicit(&slot->lock, true, memory_order_acquire))
		sched_yield();
}

static inline void seam_slot_unlock(struct seam_slot *slot)
{
	atomic_store_explicit(&slot->lock, false, memory_order_release);
}

#endif /* SEAM_POOL_H */
