/* SPDX-License-Identifier: MIT */
/*
 * The contract between the library's calls and the two ways to carry them out.
 *
 * pool.c, image.c and slot.c check every argument that can be checked without
 * asking the backend, so that both refuse the same things in the same words;
 * a backend may rely on that. What is left to it is said at each operation.
 * Every operation returns 0 or a negative errno with its message set.
 */
#ifndef SHIM_BACKEND_H
#define SHIM_BACKEND_H

#include <stdbool.h>

#include <libshim/slots.h>

/* What a backend can do at most; known once it is open. */
struct shim_limits {
	uint32_t max_slots;
	uint32_t max_vector;
	uint64_t max_map_size;
};

/* A backend's own pool starts with this. Only the claim words ever change. */
struct shim_pool {
	const struct shim_backend_ops *ops;
	enum shim_backend backend;
	struct shim_limits limits;
	uint64_t page_size;

	/* From the config; the backend's create sets first_slot and the claims. */
	uint32_t slots;
	uint32_t area_count;
	unsigned char *first_slot;
	uint64_t map_size;
	uint64_t stride;
	uint64_t area_offset[SHIM_MAX_AREAS];
	struct shim_area_config areas[SHIM_MAX_AREAS];
	unsigned char *claims; /* the word of slot s is at s * claim_stride */
	uint64_t claim_stride;
};

enum shim_purge_mode {
	SHIM_PURGE_SLOTS,
	SHIM_PURGE_IMAGE,
	SHIM_PURGE_TAG,
	SHIM_PURGE_IDLE,
};

/* Which slots a purge takes; only the fields of its mode are set. */
struct shim_purge {
	enum shim_purge_mode mode;
	const uint32_t *slots;
	uint32_t count;
	uint32_t image;
	uint64_t tag;
};

/* A part of an area. */
struct shim_range {
	uint32_t area;
	uint64_t offset;
	uint64_t length;
};

struct shim_backend_ops {
	/* Makes an empty pool that knows its limits and page size. */
	int (*open)(struct shim_pool **pool);
	/* Gives it its geometry; close follows, whether it fails or not. */
	int (*create)(struct shim_pool *pool, const struct shim_pool_config *config);
	void (*close)(struct shim_pool *pool);

	/* -EFAULT where a source cannot be read. */
	int (*image_create)(struct shim_pool *pool, uint64_t tag,
			    const struct shim_image_area *areas, uint32_t *image);
	int (*image_snapshot)(struct shim_pool *pool, uint64_t tag, uint32_t slot, uint32_t *image);
	/* -ENOENT: no such image; so do all that follow with an image. */
	int (*image_destroy)(struct shim_pool *pool, uint32_t image);

	/* image counts only with rebind. *done is right on an error too. */
	int (*slot_reset)(struct shim_pool *pool, const uint32_t *slots, uint32_t count,
			  bool rebind, uint32_t image, uint32_t *done);
	int (*slot_resize)(struct shim_pool *pool, uint32_t slot, uint32_t area, uint64_t limit,
			   uint64_t *old_limit);
	/*
	 * The write set, or with range, which is page multiples in an area's max,
	 * that. -EINVAL where it is past a slot's limit. *pages and *done are right
	 * on an error too.
	 */
	int (*slot_prefault)(struct shim_pool *pool, const uint32_t *slots, uint32_t count,
			     const struct shim_range *range, uint64_t *pages, uint32_t *done);
	int (*slot_query)(struct shim_pool *pool, uint32_t slot, struct shim_slot_info *info);
	/* Whether a reset left the slot unusable; NULL where none can. */
	int (*slot_check)(struct shim_pool *pool, uint32_t slot);
	int (*purge)(struct shim_pool *pool, const struct shim_purge *purge, uint32_t *done);
};

extern const struct shim_backend_ops shim_backend_device;
extern const struct shim_backend_ops shim_backend_mmap;

/* -ENOENT, with a message: the pool has no such image. */
int shim_image_error(uint32_t image);

/* -EINVAL, with a message: the range is past the slot's limit. */
int shim_range_error(uint32_t slot, const struct shim_range *range);

static inline unsigned char *shim_area_address(const struct shim_pool *pool, uint32_t slot,
					       uint32_t area)
{
	return pool->first_slot + slot * pool->stride + pool->area_offset[area];
}

static inline _Atomic uint32_t *shim_claim_word(const struct shim_pool *pool, uint32_t slot)
{
	return (_Atomic uint32_t *)(pool->claims + slot * pool->claim_stride);
}

#endif /* SHIM_BACKEND_H */
