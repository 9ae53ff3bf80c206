/* SPDX-License-Identifier: MIT */
/*
 * The contract between the calls for slots and the backends that carry them out.
 *
 * The layer of slots checks every argument that can be checked without the backend,
 * so that all backends refuse the same arguments with the same messages; a backend may
 * rely on that. The comment of an operation names the checks that are left to it.
 * Every operation returns 0 or a negative errno with its message set.
 */
#ifndef SHIM_BACKEND_H
#define SHIM_BACKEND_H

#include <stdbool.h>

#include <libshim/slots.h>

#include "base/process.h"

/* The limits of a backend, set by its open. */
struct shim_limits {
	uint32_t max_slots;
	uint32_t max_vector;
	uint64_t max_map_size;
};

/*
 * The struct of a backend's own pool starts with this. Nothing in it changes once the
 * pool is made, except the claim words, which are atomic, and users.
 */
struct shim_pool {
	const struct shim_backend_ops *ops;
	const uint8_t *mark; /* of the process that made the pool, see base/process.h */
	pid_t owner;	     /* that process */
	enum shim_backend backend;
	struct shim_limits limits;
	uint64_t page_size;

	/* Set from the config; the backend's create sets first_slot and the claims. */
	uint32_t slots;
	uint32_t area_count;
	unsigned char *first_slot;
	uint64_t map_size;
	uint64_t pre_guard;
	uint64_t stride;
	uint64_t area_offset[SHIM_MAX_AREAS];
	struct shim_area_config areas[SHIM_MAX_AREAS];
	unsigned char *claims; /* the word of slot s is at s * claim_stride */
	uint64_t claim_stride;
	struct shim_checked *checked; /* a tool watches the slots: slots/checked.h; else NULL */
	struct shim_waiting *waiting; /* slots/waiting.h; NULL: none waits for its reset */
	void **users;		      /* of each slot, written by who has claimed it */
	char *reason; /* why there is another backend than the best one; may be NULL */
};

enum shim_purge_mode {
	SHIM_PURGE_SLOTS,
	SHIM_PURGE_IMAGE,
	SHIM_PURGE_TAG,
	SHIM_PURGE_IDLE,
};

/* The slots of a purge. Only the fields that belong to the mode are set. */
struct shim_purge {
	enum shim_purge_mode mode;
	const uint32_t *slots;
	uint32_t count;
	uint32_t image;
	uint64_t tag;
};

/* A range of one area, in bytes. */
struct shim_range {
	uint32_t area;
	uint64_t offset;
	uint64_t length;
};

struct shim_backend_ops {
	/*
	 * Makes a pool without slots, with its limits and page size set. file is the file to
	 * make it on, or -1.
	 */
	int (*open)(int file, struct shim_pool **pool);
	/* Makes the slots. After an error the caller calls close. */
	int (*create)(struct shim_pool *pool, const struct shim_pool_config *config);
	/*
	 * Frees the pool with shim_pool_free(). In a child of the process that made it, where
	 * its memory is not mapped, something else may be at its addresses.
	 */
	void (*close)(struct shim_pool *pool);

	/* -EFAULT where a source cannot be read. */
	int (*image_create)(struct shim_pool *pool, uint64_t tag,
			    const struct shim_image_area *areas, uint32_t *image);
	int (*image_snapshot)(struct shim_pool *pool, uint64_t tag, uint32_t slot, uint32_t *image);
	/* -ENOENT: there is no such image; the same holds for all calls with an image. */
	int (*image_destroy)(struct shim_pool *pool, uint32_t image);

	/* image is used with rebind only. *done starts as 0, and is set on an error too. */
	int (*slot_reset)(struct shim_pool *pool, const uint32_t *slots, uint32_t count,
			  bool rebind, uint32_t image, uint32_t *done);
	int (*slot_resize)(struct shim_pool *pool, uint32_t slot, uint32_t area, uint64_t limit,
			   uint64_t *old_limit);
	/*
	 * Prefaults the range, which is page multiples within the area's max, or with
	 * NULL the write set. -EINVAL where the range is past a slot's limit. *pages
	 * and *done start as 0, and are set on an error too.
	 */
	int (*slot_prefault)(struct shim_pool *pool, const uint32_t *slots, uint32_t count,
			     const struct shim_range *range, uint64_t *pages, uint32_t *done);
	int (*slot_query)(struct shim_pool *pool, uint32_t slot, struct shim_slot_info *info);
	/* The error of a reset that left the slot unusable; NULL where none can. */
	int (*slot_check)(struct shim_pool *pool, uint32_t slot);
	int (*purge)(struct shim_pool *pool, const struct shim_purge *purge, uint32_t *done);
	/*
	 * Makes the call's struct in command->kernel, and fills the SQE. NULL: there are no such
	 * commands. The second gives the result of a command that has ended with res, sets the
	 * message, and *pages and *done from the struct.
	 */
	int (*command_prepare)(struct shim_pool *pool, struct shim_command *command,
			       struct io_uring_sqe *sqe);
	int (*command_finish)(struct shim_pool *pool, const struct shim_command *command, int error,
			      uint64_t *pages, uint32_t *done);
	/* Sets descriptor, id and what the pool has at present; all else is set. */
	void (*query)(struct shim_pool *pool, struct shim_pool_info *info);
};

extern const struct shim_backend_ops shim_backend_device;
extern const struct shim_backend_ops shim_backend_mmap;

/*
 * Whether there is a pool, and it is this process's. What a handler of signals may call asks
 * this, as a message is memory of the thread's.
 */
static inline bool shim_pool_is_usable(const struct shim_pool *pool)
{
	return pool && *pool->mark;
}

/* The error of shim_pool_check(), with a message. */
int shim_pool_error(const struct shim_pool *pool);

/*
 * -EFAULT for NULL, -EPERM in a child of the process that made the pool: what each call
 * checks first.
 */
static inline int shim_pool_check(const struct shim_pool *pool)
{
	return shim_pool_is_usable(pool) ? 0 : shim_certain_error(shim_pool_error(pool));
}

/*
 * The end of a pool's struct. With SHIM_DEBUG it stays, so that calls on a destroyed pool
 * are errors.
 */
void shim_pool_free(struct shim_pool *pool);

/* -ENOENT, with a message: the pool has no such image. */
int shim_image_error(uint32_t image);

/* The slab cannot be mapped: sets the message, and returns the error. */
int shim_slab_error(const struct shim_pool *pool, int error);

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
