/* SPDX-License-Identifier: MIT */
/*
 * What the files of the mmap backend share: the pool, its images, its slots.
 *
 * No call holds two locks at a time: not those of two slots, and not a slot's and the
 * image table's. An image stays while it is used as each user has a reference.
 */
#ifndef SHIM_MMAP_POOL_H
#define SHIM_MMAP_POOL_H

#include <pthread.h>
#include <stdatomic.h>

#include "backend/backend.h"
#include "mmap/history.h"
#include "mmap/image_file.h"
#include "mmap/pagemap.h"

/* Nothing in it changes once it is published, but for what is atomic. */
struct shim_mmap_image {
	atomic_uint references; /* of the table, of each bound slot, of calls at work */
	atomic_bool destroyed;
	uint32_t id;
	uint64_t tag;
	uint64_t limits[SHIM_MAX_AREAS];
	struct shim_image_file file;
};

/*
 * The published images in rising order of their ids. The id of a destroyed image is
 * not used again.
 */
struct shim_mmap_image_table {
	pthread_mutex_t lock; /* protects all below */
	struct shim_mmap_image **images;
	uint32_t count;
	uint32_t capacity;
	uint32_t last_id;
};

/*
 * A part of the slab that nothing of the pool is mapped in, for a call has failed after it
 * unmapped what was there. Another thread's map may be in it.
 */
struct shim_mmap_hole {
	unsigned char *start; /* NULL: there is none */
	uint64_t length;
};

/* Slots share no cache line, as threads work on different ones at the same time. */
struct shim_mmap_slot {
	pthread_mutex_t lock; /* protects all below */
	/* 0, or the -errno of the reset that left the slot unusable. */
	int broken;
	/* The image that the slot is bound to, with a reference; NULL: none. */
	struct shim_mmap_image *image;
	/* Of a slot that is broken; nothing is mapped over it but where it is free. */
	struct shim_mmap_hole hole;
	struct shim_history history;
	uint64_t resets;
	uint64_t purges;
	/*
	 * Of each area of the pool. The first limits[a] bytes of area a are accessible, and
	 * nothing else; of a broken slot none. What is not accessible holds no private page.
	 */
	uint64_t limits[];
} __attribute__((aligned(64)));

/* Nothing in it changes once the pool is made, but what has a lock of its own. */
struct shim_mmap_pool {
	struct shim_pool pool;
	unsigned char *map; /* the slab, of pool.map_size bytes */
	/* As the slab is where nothing is accessible; NULL: there is none. */
	unsigned char *blank;
	uint64_t blank_size;
	bool has_small_pages; /* the kernel takes MADV_NOHUGEPAGE */
	bool has_dump_marks;  /* and MADV_DONTDUMP and MADV_DODUMP */
	bool has_guards;      /* and MADV_GUARD_REMOVE */
	uint64_t keep_pages;  /* most private pages after a reset; UINT64_MAX: all */
	uint64_t fault_price; /* of a fault, in restored pages */
	struct shim_pagemap pagemap;
	struct shim_mmap_image_table images;
	unsigned char *slots; /* pool.slots of them */
	size_t slot_size;     /* the distance of two */
};

static inline struct shim_mmap_pool *shim_mmap_pool(struct shim_pool *pool)
{
	return (struct shim_mmap_pool *)pool;
}

static inline struct shim_mmap_slot *shim_mmap_slot_at(const struct shim_mmap_pool *mm,
						       uint32_t slot)
{
	return (struct shim_mmap_slot *)(void *)(mm->slots + slot * mm->slot_size);
}

/* A search of one area of a slot, from one offset to another. The slot's lock is held. */
static inline struct shim_pagemap_search shim_mmap_search(const struct shim_mmap_pool *mm,
							  uint32_t slot, uint32_t area,
							  uint64_t from, uint64_t to)
{
	const struct shim_mmap_image *image = shim_mmap_slot_at(mm, slot)->image;
	uint64_t base = (uintptr_t)shim_area_address(&mm->pool, slot, area);
	struct shim_pagemap_search search = { .at = base + from, .end = base + to };

	if (image) {
		search.file_start = base + image->file.parts[area].start;
		search.file_end = base + image->file.parts[area].end;
	}
	return search;
}

/* ---- mmap_image.c -------------------------------------------------------- */

int shim_mmap_image_create(struct shim_pool *pool, uint64_t tag,
			   const struct shim_image_area *areas, uint32_t *image);
int shim_mmap_image_destroy(struct shim_pool *pool, uint32_t image);

/* An image without content and id, with one reference; NULL with the message set. */
struct shim_mmap_image *shim_mmap_image_alloc(uint64_t tag);
/* Gives it an id. On success the table takes over the caller's reference. */
int shim_mmap_image_publish(struct shim_mmap_pool *mm, struct shim_mmap_image *image, uint32_t *id);
/* A reference to a published image; NULL, without a message, if there is none. */
struct shim_mmap_image *shim_mmap_image_find(struct shim_mmap_pool *mm, uint32_t id);
/* Both may be given NULL. */
void shim_mmap_image_get(struct shim_mmap_image *image);
void shim_mmap_image_put(struct shim_mmap_image *image);

/* The published images, and the bytes of their pages that are not all zero. */
void shim_mmap_image_count(struct shim_mmap_pool *mm, uint64_t *images, uint64_t *bytes);

void shim_mmap_image_table_init(struct shim_mmap_image_table *table);
void shim_mmap_image_table_uninit(struct shim_mmap_image_table *table);

/* ---- mmap_snapshot.c: this takes the slot's lock ------------------------- */

int shim_mmap_image_snapshot(struct shim_pool *pool, uint64_t tag, uint32_t slot, uint32_t *image);

/* ---- mmap_slot.c and mmap_purge.c: these take the slot's lock ------------ */

int shim_mmap_slot_reset(struct shim_pool *pool, const uint32_t *slots, uint32_t count, bool rebind,
			 uint32_t image, uint32_t *done);
int shim_mmap_slot_resize(struct shim_pool *pool, uint32_t slot, uint32_t area, uint64_t limit,
			  uint64_t *old_limit);
int shim_mmap_slot_prefault(struct shim_pool *pool, const uint32_t *slots, uint32_t count,
			    const struct shim_range *range, uint64_t *pages, uint32_t *done);
int shim_mmap_slot_query(struct shim_pool *pool, uint32_t slot, struct shim_slot_info *info);
int shim_mmap_slot_check(struct shim_pool *pool, uint32_t slot);
/* How many private pages it has; 0 where the kernel does not tell. */
uint64_t shim_mmap_slot_resident(struct shim_mmap_pool *mm, uint32_t slot);
int shim_mmap_purge(struct shim_pool *pool, const struct shim_purge *purge, uint32_t *done);

/* ---- mmap_reset.c: with the slot's lock held ----------------------------- */

/* How many pages each slot of one call of the library keeps; asked when the first needs it. */
struct shim_mmap_kept {
	bool is_known; /* false at first */
	uint64_t pages;
};

/* Brings the slot to an image, NULL for none, and binds it to that. */
int shim_mmap_slot_rebind(struct shim_mmap_pool *mm, uint32_t slot, struct shim_mmap_image *image,
			  struct shim_mmap_kept *kept);
/* Brings it to its image without keeping a page, to none if that was destroyed. */
int shim_mmap_slot_purge(struct shim_mmap_pool *mm, uint32_t slot);

/* ---- mmap_slab.c: with the slot's lock held, but for the first two -------- */

/* Makes the slab; after an error the caller calls destroy, too. */
int shim_mmap_slab_create(struct shim_mmap_pool *mm);
void shim_mmap_slab_destroy(struct shim_mmap_pool *mm);

/* These return -errno without a message. A length may be 0. */

/*
 * Replaces a part of the slab, no longer than the longest area, by what it was when it was
 * made: there is no access and nothing in it. After an error the part is as it was, or, with
 * *is_gone, without access and content: a map that a child may inherit, or the slot's hole.
 * is_limited is what shim_mmap_space_is_limited() says.
 */
int shim_mmap_slab_close(struct shim_mmap_pool *mm, uint32_t slot, void *start, uint64_t length,
			 bool is_limited, bool *is_gone);
/*
 * To be called after a call has failed that was to map a part of a slot without a hole. 0: it
 * has unmapped nothing; 1: the part is as after closing; -errno: it is the slot's hole, or a
 * map that a child may inherit.
 */
int shim_mmap_slab_mend(struct shim_mmap_pool *mm, uint32_t slot, void *start, uint64_t length);
/*
 * Closes the slot's hole, if it has one. -EEXIST: something else is mapped there; -ENOMEM. A
 * map that a child may inherit is an error, too, and no hole.
 */
int shim_mmap_slab_fill(struct shim_mmap_pool *mm, uint32_t slot);
/* Makes a part belong into core dumps, before it is opened. After an error it is as it was. */
int shim_mmap_slab_mark(const struct shim_mmap_pool *mm, void *start, uint64_t length);
/* Makes a part accessible. After an error deny() takes away what of it is. */
int shim_mmap_slab_open(void *start, uint64_t length);
/*
 * Takes the access away in place, for which no map is needed. Pages stay, and so does what
 * they cost.
 */
int shim_mmap_slab_deny(const struct shim_mmap_pool *mm, void *start, uint64_t length);
/*
 * Whether RLIMIT_AS is set. mremap() must then not replace a map, unless mmap() just has: where
 * it fails there is a hole in the slab.
 */
bool shim_mmap_space_is_limited(void);
/* Drops the private pages of a range, locked ones as well, and its guard markers. */
int shim_mmap_discard(const struct shim_mmap_pool *mm, unsigned char *start, uint64_t length);

/* ---- mmap_limit.c: with the slot's lock held ----------------------------- */

/* The area's limit after a reset to the image, NULL for none. */
uint64_t shim_mmap_limit_initial(const struct shim_mmap_pool *mm,
				 const struct shim_mmap_image *image, uint32_t area);
int shim_mmap_limit_set(struct shim_mmap_pool *mm, uint32_t slot, uint32_t area, uint64_t limit);
/*
 * Maps what of [from, to) of the area is content of the image, NULL for none, without access.
 * After an error the part is as it was, or, with *is_gone, without content, or the slot's
 * hole. Without a message.
 */
int shim_mmap_content_map(struct shim_mmap_pool *mm, uint32_t slot, uint32_t area,
			  const struct shim_mmap_image *image, uint64_t from, uint64_t to,
			  bool *is_gone);
/*
 * For an error that leaves a slot half changed. No byte of it is accessible any more, and
 * it cannot be used until its areas are mapped anew.
 */
void shim_mmap_slot_break(struct shim_mmap_pool *mm, uint32_t slot, int error);
/* -errno with a message when the slot is unusable. */
int shim_mmap_slot_usable(const struct shim_mmap_pool *mm, uint32_t slot);

/*
 * Sets the message of a system call that failed on an area, and returns error. opened is how
 * many bytes more it should have made accessible.
 */
int shim_mmap_map_error(int error, const char *what, uint32_t slot, uint32_t area, uint64_t opened);

#endif /* SHIM_MMAP_POOL_H */
