/* SPDX-License-Identifier: MIT */
/*
 * What the parts of the mmap backend share: the pool, its images, its slots.
 *
 * Lock order: a slot's lock, then the image table's.
 */
#ifndef SHIM_BACKEND_MMAP_H
#define SHIM_BACKEND_MMAP_H

#include <pthread.h>
#include <stdatomic.h>

#include "backend/backend.h"
#include "mmap/image_file.h"
#include "mmap/pagemap.h"

/* Constant once it is in the table, but for what is atomic. */
struct shim_mmap_image {
	atomic_uint references; /* the table's, one a bound slot, callers at work */
	atomic_bool destroyed;
	uint32_t id;
	uint64_t tag;
	uint64_t limits[SHIM_MAX_AREAS];
	struct shim_image_file file;
};

/*
 * The published images in rising order of their ids, which are never given
 * twice: the id of a destroyed image names no other.
 */
struct shim_mmap_image_table {
	pthread_mutex_t lock; /* protects all below */
	struct shim_mmap_image **images;
	uint32_t count;
	uint32_t room;
	uint32_t last_id;
};

/* Slots share no cache line, as threads work on different ones at a time. */
struct shim_mmap_slot {
	pthread_mutex_t lock; /* protects all below */
	/* -errno of the reset that left the slot unusable, 0: it is usable. */
	int broken;
	/* Bound to it, with a reference; NULL: to none. */
	struct shim_mmap_image *image;
	/*
	 * Accessible are the first limits[a] bytes of area a, never more; of a
	 * broken slot none. What is not accessible holds no private page.
	 */
	uint64_t limits[SHIM_MAX_AREAS];
	uint64_t resets;
	uint64_t purges;
} __attribute__((aligned(64)));

struct shim_mmap_pool {
	struct shim_pool pool;
	unsigned char *map;
	uint64_t keep_pages; /* over a reset; UINT64_MAX: all */
	struct shim_pagemap pagemap;
	struct shim_mmap_image_table images;
	struct shim_mmap_slot *slots;
};

static inline struct shim_mmap_pool *shim_mmap_pool(struct shim_pool *pool)
{
	return (struct shim_mmap_pool *)pool;
}

/* ---- mmap_image.c -------------------------------------------------------- */

int shim_mmap_image_create(struct shim_pool *pool, uint64_t tag,
			   const struct shim_image_area *areas, uint32_t *image);
int shim_mmap_image_snapshot(struct shim_pool *pool, uint64_t tag, uint32_t slot, uint32_t *image);
int shim_mmap_image_destroy(struct shim_pool *pool, uint32_t image);

/* A reference to a published image; NULL, without a message, if there is none. */
struct shim_mmap_image *shim_mmap_image_find(struct shim_mmap_pool *mm, uint32_t id);
/* Both may be given NULL. */
void shim_mmap_image_get(struct shim_mmap_image *image);
void shim_mmap_image_put(struct shim_mmap_image *image);

void shim_mmap_image_table_init(struct shim_mmap_image_table *table);
void shim_mmap_image_table_uninit(struct shim_mmap_image_table *table);

/* ---- mmap_slot.c: with the slot's lock held ------------------------------- */

/* Brings the slot to its image, or to another one. */
int shim_mmap_slot_reset(struct shim_mmap_pool *mm, uint32_t slot);
int shim_mmap_slot_rebind(struct shim_mmap_pool *mm, uint32_t slot, struct shim_mmap_image *image);
/* The same without keeping a page; lets go of a destroyed image. */
int shim_mmap_slot_purge(struct shim_mmap_pool *mm, uint32_t slot);
int shim_mmap_slot_resize(struct shim_mmap_pool *mm, uint32_t slot, uint32_t area, uint64_t limit);
/* Makes the pages of a range private; adds to *pages those that were not. */
int shim_mmap_slot_prefault(struct shim_mmap_pool *mm, uint32_t slot,
			    const struct shim_range *range, uint64_t *pages);
/* -errno with a message when a reset left the slot unusable. */
int shim_mmap_slot_usable(const struct shim_mmap_pool *mm, uint32_t slot);
uint64_t shim_mmap_slot_resident(struct shim_mmap_pool *mm, uint32_t slot);

/* What the library sets on all it maps for slots. */
int shim_mmap_advise(void *address, uint64_t length);

#endif /* SHIM_BACKEND_MMAP_H */
