/* SPDX-License-Identifier: MIT */
/*
 * Guard-region memory slots with bulk reset.
 *
 * A pool holds a fixed number of slots, all with the same areas; an image is an
 * initial content; reset brings a slot back to its image. Two backends keep one
 * contract: /dev/guardslot, and plain system calls on a host without the module.
 *
 * Any function may be called from any thread at any time, but for
 * shim_pool_destroy(), which must be the last on its pool.
 *
 * The semantics are those of the kernel's ABI, guardslot.h; what an errno means
 * is said there once for all calls.
 */
#ifndef LIBSHIM_SLOTS_H
#define LIBSHIM_SLOTS_H

#include <stdint.h>

#include <libshim/error.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SHIM_MAX_AREAS 8
/* The image of a slot that is bound to none: all zero. */
#define SHIM_IMAGE_NONE 0u

/* ---- pools ------------------------------------------------------------- */

enum shim_backend {
	SHIM_BACKEND_BEST = 0, /* the device where it can be opened, else mmap */
	SHIM_BACKEND_DEVICE = 1,
	SHIM_BACKEND_MMAP = 2,
};

/* One region inside every slot; all four are multiples of the page size. */
struct shim_area_config {
	uint64_t reserve; /* address space, not 0 */
	uint64_t guard;	  /* address space after it that never holds data */
	uint64_t max;	  /* highest limit, at most reserve */
	uint64_t initial; /* limit in a slot bound to no image, at most max */
};

struct shim_pool_config {
	uint32_t size;	  /* sizeof(struct shim_pool_config) */
	uint32_t backend; /* enum shim_backend */
	uint32_t slots;
	uint32_t area_count;
	uint64_t pre_guard; /* address space before the first slot */
	/*
	 * Cap on the private pages of all slots together; 0: none. The mmap
	 * backend cannot keep one and refuses it with -EOPNOTSUPP.
	 */
	uint64_t max_resident;
	/* Most bytes of private pages a slot keeps over a reset; 0: all. */
	uint64_t keep_resident;
	struct shim_area_config areas[SHIM_MAX_AREAS];
	uint32_t flags;	   /* enum shim_pool_flags; a shorter struct has none */
	uint32_t reserved; /* 0 */
};

enum shim_pool_flags {
	/* Learn no write sets; the mmap backend never does. */
	SHIM_POOL_NO_WRITE_SETS = 1,
	/*
	 * The first touch of a slot without a private page brings in the whole
	 * write set of its image. The mmap backend sees no touch: -EOPNOTSUPP.
	 */
	SHIM_POOL_PREFAULT = 2,
};

struct shim_pool;

/*
 * Makes a pool of slots bound to no image. On success *out is the caller's, to
 * be given back with shim_pool_destroy(). A fork()ed child does not have the
 * slots: on the device their memory is gone there, and with either backend the
 * child must not use the pool.
 *
 * -EINVAL, -EOVERFLOW: the config, as in CREATE of guardslot.h
 * -ENOENT, -EACCES: BACKEND_DEVICE, and the device is not there or not allowed
 * -EOPNOTSUPP: the backend cannot do what the config asks, flags are unknown, or
 *	the module's ABI is older than the one that the library needs
 * -ENOMEM: no memory or no address space
 * -ENOSPC: over the cap that the module has for a user
 */
SHIM_API SHIM_CHECKED int shim_pool_create(const struct shim_pool_config *config,
					   struct shim_pool **out);

/* Unmaps all slots and frees the pool with its images. NULL is allowed. */
SHIM_API void shim_pool_destroy(struct shim_pool *pool);

/* Which backend the pool got: SHIM_BACKEND_DEVICE or SHIM_BACKEND_MMAP. */
SHIM_API enum shim_backend shim_pool_backend(const struct shim_pool *pool);

/* ---- images ------------------------------------------------------------ */

/* Initial content of one area: length bytes at source, put at offset. */
struct shim_image_area {
	const void *source; /* not looked at when length is 0; copied */
	uint64_t length;
	uint64_t offset; /* any byte; offset + length <= limit */
	uint64_t limit;	 /* initial limit, page multiple, at most the area's max */
};

/*
 * Makes an image of area_count areas (the pool's number of areas: -EINVAL
 * otherwise) that carries the caller's tag. *image is never SHIM_IMAGE_NONE.
 * All zero pages cost no memory.
 *
 * -EINVAL, -EOVERFLOW, -ENOSPC: as in IMAGE_CREATE of guardslot.h
 * -ENOMEM: no memory; the mmap backend also has the errors of memfd_create()
 */
SHIM_API SHIM_CHECKED int shim_image_create(struct shim_pool *pool, uint64_t tag,
					    const struct shim_image_area *areas,
					    uint32_t area_count, uint32_t *image);

/*
 * Makes an image of the present content and limits of a slot: what is there
 * after start-up becomes the initial state of every slot bound to it. The slot
 * itself stays bound to what it was. No thread should write the slot meanwhile.
 */
SHIM_API SHIM_CHECKED int shim_image_snapshot(struct shim_pool *pool, uint64_t tag, uint32_t slot,
					      uint32_t *image);

/*
 * Drops the id. Slots bound to the image keep its content until they are
 * rebound or purged.
 */
SHIM_API SHIM_CHECKED int shim_image_destroy(struct shim_pool *pool, uint32_t image);

/* ---- slots ------------------------------------------------------------- */

/*
 * The address of an area of a slot. It never changes over the pool's life.
 * NULL when slot or area is out of range.
 */
SHIM_API void *shim_slot_address(const struct shim_pool *pool, uint32_t slot, uint32_t area);

/* Most slots in one vector, on either backend; more: -EINVAL. */
#define SHIM_MAX_VECTOR 65536u

/*
 * Resets a vector of slots: every byte reads as the slot's image again, the
 * limits are the image's. One system call on the device, and none of page
 * fault, page-table change, TLB flush and allocation once the slots are warm.
 * *done, if not NULL, is the number of slots that were reset.
 *
 * -EINTR: the device, and a fatal signal came
 * -ENOMEM: the mmap backend, and the kernel is out of memory or memory maps. The
 *	slot at *done shows nothing and cannot be used until a reset of it works;
 *	those after it were not tried
 */
SHIM_API SHIM_CHECKED int shim_slot_reset(struct shim_pool *pool, const uint32_t *slots,
					  uint32_t count, uint32_t *done);

/* The same, after binding the slots to image, or to SHIM_IMAGE_NONE. */
SHIM_API SHIM_CHECKED int shim_slot_rebind(struct shim_pool *pool, const uint32_t *slots,
					   uint32_t count, uint32_t image, uint32_t *done);

/*
 * Sets the limit of one area: a page multiple, at most the area's max.
 * *old_limit, if not NULL, is the limit before. Growing touches no page.
 *
 * -ENOENT, -EINVAL: as in RESIZE of guardslot.h
 * -ENOMEM: the mmap backend has no memory map left
 */
SHIM_API SHIM_CHECKED int shim_slot_resize(struct shim_pool *pool, uint32_t slot, uint32_t area,
					   uint64_t limit, uint64_t *old_limit);

/*
 * Makes the pages of each slot private that the instances of its image were seen
 * to write (its write set), all in one call, as far as they lie within the
 * limits: instances then run without page faults. *pages and *done, if not NULL,
 * are the pages that became private and the slots that are done.
 *
 * The mmap backend learns no write sets: it has nothing to do, and says 0 pages.
 *
 * -ENOSPC, -ENOMEM: a cap, or no memory; the pages made until then stay
 */
SHIM_API SHIM_CHECKED int shim_slot_prefault(struct shim_pool *pool, const uint32_t *slots,
					     uint32_t count, uint64_t *pages, uint32_t *done);

/*
 * The same for length bytes at offset of one area, both page multiples, within
 * the limit of each slot. Content does not change. The mmap backend has the
 * kernel do it (MADV_POPULATE_WRITE, Linux 5.14), else touches page by page; where
 * it cannot see which pages are private (no /proc) *pages counts all of them.
 *
 * -EINVAL: a range that is wrong, or past the limit of the slot at *done
 */
SHIM_API SHIM_CHECKED int shim_slot_prefault_range(struct shim_pool *pool, const uint32_t *slots,
						   uint32_t count, uint32_t area, uint64_t offset,
						   uint64_t length, uint64_t *pages,
						   uint32_t *done);

/*
 * Gives back the private pages of a vector of slots. Their content is the
 * image again and their limits the image's; a slot whose image was destroyed
 * is bound to none afterwards.
 */
SHIM_API SHIM_CHECKED int shim_slot_purge(struct shim_pool *pool, const uint32_t *slots,
					  uint32_t count, uint32_t *done);

/* The same for all slots bound to an image, ... */
SHIM_API SHIM_CHECKED int shim_pool_purge_image(struct shim_pool *pool, uint32_t image,
						uint32_t *done);
/* ... to any image with this tag, destroyed ones included (a whole module), ... */
SHIM_API SHIM_CHECKED int shim_pool_purge_tag(struct shim_pool *pool, uint64_t tag, uint32_t *done);
/* ... or for all slots that are released (shim_slot_release()). */
SHIM_API SHIM_CHECKED int shim_pool_purge_idle(struct shim_pool *pool, uint32_t *done);

enum shim_slot_state {
	SHIM_SLOT_ACTIVE = 0,
	SHIM_SLOT_IDLE = 1,
	SHIM_SLOT_RECLAIM = 2,
};

/* What is known of a slot; counters start at 0 with the pool. */
struct shim_slot_info {
	uint32_t image; /* SHIM_IMAGE_NONE when bound to none */
	uint32_t state; /* enum shim_slot_state */
	uint64_t tag;	/* of the image */
	uint64_t limit[SHIM_MAX_AREAS];
	uint64_t resident_pages; /* private pages */
	uint64_t resets;
	uint64_t purges;
	/* From here on the mmap backend knows nothing and says 0. */
	uint64_t faults;	  /* page faults served */
	uint64_t guard_hits;	  /* touches at or past a limit */
	uint64_t reclaims;	  /* times its pages were taken, memory being short */
	uint64_t shared_pages;	  /* pages of its image that are mapped in it */
	uint64_t write_set_pages; /* size of its image's write set */
};

SHIM_API SHIM_CHECKED int shim_slot_query(struct shim_pool *pool, uint32_t slot,
					  struct shim_slot_info *info);

/*
 * The claim word: a slot that nobody uses can be released, and then its private
 * pages may be taken when memory is short; it must be reset before. Claiming it
 * again makes no system call: 0, or -EBUSY when it is not idle. A pool's slots
 * start out claimed. Neither changes content, limits or binding. Releasing a slot
 * that is not claimed is -EBUSY, too.
 */
SHIM_API SHIM_CHECKED int shim_slot_claim(struct shim_pool *pool, uint32_t slot);
SHIM_API SHIM_CHECKED int shim_slot_release(struct shim_pool *pool, uint32_t slot);

#ifdef __cplusplus
}
#endif

#endif /* LIBSHIM_SLOTS_H */
