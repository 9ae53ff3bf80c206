/* SPDX-License-Identifier: MIT */
/*
 * Guard-region memory slots with bulk reset.
 *
 * A pool holds a fixed number of slots, all with the same areas. An image is an
 * initial content, and a reset brings a slot back to its image. Two backends keep one
 * contract: /dev/guardslot, and plain system calls on a host without the module.
 *
 * Any function may be called from any thread at any time, except shim_pool_destroy(),
 * which must be the last call on its pool.
 *
 * A pool belongs to the process that made it. In a child each call but shim_pool_destroy()
 * is -EPERM, or NULL where it returns an address, however the child was made.
 *
 * The semantics are those of the kernel's ABI: guardslot.h defines once for all calls
 * what an errno means.
 */
#ifndef LIBSHIM_SLOTS_H
#define LIBSHIM_SLOTS_H

#include <stdint.h>

#include <libshim/error.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SHIM_MAX_AREAS 16
/* Stands for the image of a slot that is bound to none; such a slot starts as zeroes. */
#define SHIM_IMAGE_NONE 0u

/* ---- pools ------------------------------------------------------------- */

enum shim_backend {
	/*
	 * The device where it can be opened, else mmap. GUARDSLOT_BACKEND in the environment
	 * of a program that is not set-user-ID, "device" or "mmap", says which instead.
	 */
	SHIM_BACKEND_BEST = 0,
	SHIM_BACKEND_DEVICE = 1,
	SHIM_BACKEND_MMAP = 2,
};

/* One region inside every slot. All four values are multiples of the page size. */
struct shim_area_config {
	uint64_t reserve; /* address space, not 0 */
	uint64_t guard;	  /* address space after the reserve that never holds data */
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
	 * Cap on the bytes of private pages of all slots together; 0: no cap. The
	 * mmap backend cannot keep one and refuses it with -EOPNOTSUPP.
	 */
	uint64_t max_resident;
	/* Most bytes of private pages that a slot keeps over a reset; 0: no limit. */
	uint64_t keep_resident;
	struct shim_area_config areas[SHIM_MAX_AREAS];
	uint32_t flags; /* enum shim_pool_flags; a shorter struct has none */
	/* With SHIM_POOL_DESCRIPTOR: the device, opened for reading and writing; else 0. */
	int32_t descriptor;
	/* Who resets slots that are released, and when: enum shim_reset_mode. */
	uint32_t reset_mode;
	/*
	 * Released slots wait until this many do, for each shard of threads; at most
	 * SHIM_MAX_RESET_BATCH. 0, 1: none is waited for.
	 */
	uint32_t reset_batch;
	uint32_t reset_threads; /* of SHIM_RESET_THREADS, at most SHIM_MAX_RESET_THREADS; 0: 1 */
	/*
	 * Most slots that wait, for each shard of threads, reset_batch at least. Who releases
	 * one more resets it. 0: all may wait. With SHIM_RESET_CALLER 0.
	 */
	uint32_t reset_waiting;
	/* The processors of these threads, as for sched_setaffinity(2). 0, NULL: the caller's. */
	const void *reset_cpus;
	uint32_t reset_cpus_size;
	uint32_t reserved; /* 0 */
};

/* Who resets slots that wait for it. None of them is handed out before. */
enum shim_reset_mode {
	/* Who has made a batch full, or without batches each thread its slots, at once. */
	SHIM_RESET_CALLER = 0,
	/* Threads of the library, which block all signals and end with the pool. */
	SHIM_RESET_THREADS = 1,
	/*
	 * The program: a descriptor is readable when a batch waits, and it then calls
	 * shim_pool_flush() or shim_allocator_flush() in a thread of its own.
	 */
	SHIM_RESET_EVENT = 2,
};

#define SHIM_MAX_RESET_BATCH 1024
#define SHIM_MAX_RESET_THREADS 64

enum shim_pool_flags {
	/* The pool learns no write sets. The mmap backend never learns any. */
	SHIM_POOL_NO_WRITE_SETS = 1,
	/*
	 * The first touch of a slot without a private page brings in the whole
	 * write set of its image. The mmap backend sees no touch: -EOPNOTSUPP.
	 */
	SHIM_POOL_PREFAULT = 2,
	/* The slots of the new pool are idle. Without it they are claimed. */
	SHIM_POOL_IDLE = 4,
	/*
	 * The pool is made on the file of descriptor, which another process may have opened
	 * that may do so. The library takes a copy; the caller closes its own. -EBADF: it is
	 * not open; -EBUSY: a pool was made on it; -EINVAL: with SHIM_BACKEND_MMAP.
	 */
	SHIM_POOL_DESCRIPTOR = 8,
};

struct shim_pool;

/* Sets the size, and all else to 0. MT-Safe, AS-Safe. */
SHIM_INLINE void shim_pool_config_init(struct shim_pool_config *config)
{
	__builtin_memset(config, 0, sizeof(*config));
	config->size = sizeof(*config);
}

/*
 * Makes a pool whose slots are bound to no image. On success the caller owns *out,
 * until shim_pool_destroy(). A child of fork() does not get the slots: their memory is not
 * mapped there.
 * MT-Safe env, AS-Unsafe.
 *
 * -EINVAL, -EOVERFLOW: the config is wrong, as in CREATE of guardslot.h
 * -ENOENT, -EACCES: with BACKEND_DEVICE, there is no device or the caller may not open it
 * -EOPNOTSUPP: the backend cannot do what the config asks for, flags are unknown, or
 *	the module's ABI is older than the one that the library needs
 * -ENOMEM: there is no memory or no address space
 * -EMFILE, -ENFILE: with SHIM_RESET_EVENT, there is no descriptor
 * -EPERM: READ_IMPLIES_EXEC of personality(2) is set, so that slots would be executable
 * -EAGAIN: after mlockall(MCL_FUTURE), RLIMIT_MEMLOCK forbids to map the device; or, with
 *	SHIM_RESET_THREADS, there is no thread
 * -ENOSPC: the pool exceeds the module's cap on a user
 */
SHIM_API SHIM_CHECKED int shim_pool_create(const struct shim_pool_config *config,
					   struct shim_pool **out);

/*
 * Ends the pool's threads, unmaps all slots and frees the pool with its images, whether
 * slots wait for a reset or not. NULL is allowed. In a child it frees what the child has of
 * the pool, and leaves the slots alone. Images stay as long as the child: another thread
 * may have been changing them when the process forked.
 * MT-Unsafe race:pool, AS-Unsafe.
 */
SHIM_API void shim_pool_destroy(struct shim_pool *pool);

/*
 * The backend of the pool: SHIM_BACKEND_DEVICE or SHIM_BACKEND_MMAP. SHIM_BACKEND_BEST: there
 * is no pool in this process.
 * MT-Safe, AS-Safe.
 */
SHIM_API enum shim_backend shim_pool_backend(const struct shim_pool *pool);

/* What a pool is, and what it has at present. */
struct shim_pool_info {
	uint32_t size;	  /* sizeof(struct shim_pool_info), set by the caller */
	uint32_t backend; /* SHIM_BACKEND_DEVICE or SHIM_BACKEND_MMAP */
	uint32_t slots;
	uint32_t area_count;
	uint64_t page_size;
	uint64_t map_size; /* address space of all slots with their guards */
	uint64_t stride;   /* from a slot to the next one */
	void *start;	   /* of the address space; the pre-guard comes first */
	uint32_t max_vector;
	/*
	 * Of the device; with the mmap backend, and after the program closed it, -1. It stays
	 * the pool's, and is not to be closed.
	 */
	int32_t descriptor;
	/* As guardslotctl shows it; 0: the mmap backend has none, or /proc is not there. */
	uint64_t id;
	uint64_t images;
	uint64_t resident; /* bytes of the private pages of all slots */
	uint64_t image_bytes;
	/*
	 * Why SHIM_BACKEND_BEST did not take the device, "" where it did or was not asked;
	 * valid as long as the pool.
	 */
	const char *reason;
	uint32_t waiting; /* slots that are released and not yet reset */
	uint32_t failed;  /* slots whose reset failed while they waited */
};

/* Sets the size, for shim_pool_query(). MT-Safe, AS-Safe. */
SHIM_INLINE void shim_pool_info_init(struct shim_pool_info *info)
{
	__builtin_memset(info, 0, sizeof(*info));
	info->size = sizeof(*info);
}

/*
 * MT-Safe, AS-Unsafe.
 *
 * -EINVAL: size is less than the struct of the first version
 */
SHIM_API SHIM_CHECKED int shim_pool_query(struct shim_pool *pool, struct shim_pool_info *info);

enum shim_place_kind {
	SHIM_PLACE_AREA = 0,	  /* in the reserve of an area, below its limit or not */
	SHIM_PLACE_GUARD = 1,	  /* in the guard after it */
	SHIM_PLACE_PRE_GUARD = 2, /* before the first slot */
};

/* Where in a pool an address is. */
struct shim_place {
	uint32_t kind; /* enum shim_place_kind */
	uint32_t slot;
	uint32_t area;
	uint32_t reserved; /* 0 */
	/* From the area's start, in its guard too; of the pre-guard from that one's start. */
	uint64_t offset;
};

/*
 * Finds an address, such as that of a SIGSEGV or SIGBUS. The call is async-signal-safe, and
 * sets no message.
 * MT-Safe, AS-Safe.
 *
 * -ENOENT: the address is not in the pool
 */
SHIM_API int shim_pool_find(const struct shim_pool *pool, const void *address,
			    struct shim_place *place);

/* ---- images ------------------------------------------------------------ */

/* Initial content of one area: length bytes from source, at offset. */
struct shim_image_area {
	const void *source; /* copied; ignored when length is 0 */
	uint64_t length;
	uint64_t offset; /* any byte; offset + length <= limit */
	uint64_t limit;	 /* initial limit: a page multiple, at most the area's max */
};

/*
 * Makes an image that carries the caller's tag. area_count must be the pool's number
 * of areas, otherwise the call is -EINVAL. *image is never SHIM_IMAGE_NONE. Pages
 * that are all zero cost no memory.
 * MT-Safe, AS-Unsafe.
 *
 * -EINVAL, -EOVERFLOW, -ENOSPC: as in IMAGE_CREATE of guardslot.h
 * -ENOMEM: there is no memory
 */
SHIM_API SHIM_CHECKED int shim_image_create(struct shim_pool *pool, uint64_t tag,
					    const struct shim_image_area *areas,
					    uint32_t area_count, uint32_t *image);

/*
 * Makes an image of the present content and limits of a slot: its state after
 * start-up becomes the initial state of every slot bound to the image. The binding of
 * the slot itself does not change. No thread should write the slot meanwhile.
 * MT-Safe, AS-Unsafe.
 */
SHIM_API SHIM_CHECKED int shim_image_snapshot(struct shim_pool *pool, uint64_t tag, uint32_t slot,
					      uint32_t *image);

/*
 * Drops the id of the image. Slots bound to it keep its content until they are
 * rebound or purged.
 * MT-Safe, AS-Unsafe.
 */
SHIM_API SHIM_CHECKED int shim_image_destroy(struct shim_pool *pool, uint32_t image);

/* ---- slots ------------------------------------------------------------- */

/*
 * The address of an area of a slot, which never changes over the pool's life. NULL
 * when slot or area is out of range.
 * MT-Safe, AS-Safe.
 */
SHIM_API void *shim_slot_address(const struct shim_pool *pool, uint32_t slot, uint32_t area);

/* Most slots in one vector, on either backend. A longer vector is -EINVAL. */
#define SHIM_MAX_VECTOR 65536u

/*
 * Resets a vector of slots: every byte reads as the slot's image again, and the
 * limits are the image's. On the device that is one system call, and once the slots
 * are warm it needs no page fault, page-table change, TLB flush or allocation. *done,
 * if not NULL, is the number of slots that were reset.
 *
 * What the kernel does later at an address that it was given before, such as a receive
 * that io_uring has armed, reaches the next tenant: end it before, and wait for that. On
 * the device no page can be pinned. On the mmap backend what has pinned one (registered
 * buffers, O_DIRECT, vmsplice, MSG_ZEROCOPY) may still have the slot's page, until a purge.
 * MT-Safe, AS-Unsafe.
 *
 * -EINTR: on the device, a fatal signal came
 * -ENOMEM: on the mmap backend, the kernel is out of memory or memory maps. No byte of
 *	the slot at *done is accessible, and it cannot be used until a reset of it
 *	succeeds; those after it were not tried
 * -EEXIST: on the mmap backend, the same, and another map of the process has come to lie
 *	where one of the slot's could not be replaced. It stays, and as long as it does, no
 *	reset of the slot succeeds
 */
SHIM_API SHIM_CHECKED int shim_slot_reset(struct shim_pool *pool, const uint32_t *slots,
					  uint32_t count, uint32_t *done);

/*
 * The same after binding the slots to image, or to none with SHIM_IMAGE_NONE: no other reset
 * is needed.
 * MT-Safe, AS-Unsafe.
 */
SHIM_API SHIM_CHECKED int shim_slot_rebind(struct shim_pool *pool, const uint32_t *slots,
					   uint32_t count, uint32_t image, uint32_t *done);

/*
 * Sets the limit of one area: a page multiple, at most the area's max. *old_limit, if
 * not NULL, is the previous limit. Growing touches no page.
 * MT-Safe, AS-Unsafe.
 *
 * -ENOENT, -EINVAL: as in RESIZE of guardslot.h
 * -ENOMEM: the mmap backend has no memory map left
 * -EEXIST: on the mmap backend, the slot is unusable as after shim_slot_reset()
 */
SHIM_API SHIM_CHECKED int shim_slot_resize(struct shim_pool *pool, uint32_t slot, uint32_t area,
					   uint64_t limit, uint64_t *old_limit);

/*
 * Makes the write set of each slot's image private in the slot, in one call: the pages
 * that instances of the image were seen to write, as far as they lie within the
 * limits. Instances then run without page faults. *pages and *done, if not NULL, are
 * the number of pages that became private and of slots that are done.
 *
 * The mmap backend learns no write sets: the call does nothing, and *pages is 0.
 * MT-Safe, AS-Unsafe.
 *
 * -ENOSPC, -ENOMEM: a cap was reached, or there is no memory; the pages that were made
 *	until then stay
 */
SHIM_API SHIM_CHECKED int shim_slot_prefault(struct shim_pool *pool, const uint32_t *slots,
					     uint32_t count, uint64_t *pages, uint32_t *done);

/*
 * The same for length bytes at offset of one area, both page multiples, within the
 * limit of each slot. Content does not change. The mmap backend lets the kernel do it
 * (MADV_POPULATE_WRITE, Linux 5.14), and on an older one writes to each page; where it
 * cannot see which pages are private (no /proc) *pages counts all of the range.
 * MT-Safe, AS-Unsafe.
 *
 * -EINVAL: the range is wrong, or past the limit of the slot at *done
 */
SHIM_API SHIM_CHECKED int shim_slot_prefault_range(struct shim_pool *pool, const uint32_t *slots,
						   uint32_t count, uint32_t area, uint64_t offset,
						   uint64_t length, uint64_t *pages,
						   uint32_t *done);

/*
 * Gives back the private pages of a vector of slots. Their content and their limits
 * are the image's again; a slot whose image was destroyed is bound to none afterwards.
 * What has pinned a page has no page of the slot any more.
 * MT-Safe, AS-Unsafe.
 */
SHIM_API SHIM_CHECKED int shim_slot_purge(struct shim_pool *pool, const uint32_t *slots,
					  uint32_t count, uint32_t *done);

/* The same for all slots bound to an image. MT-Safe, AS-Unsafe. */
SHIM_API SHIM_CHECKED int shim_pool_purge_image(struct shim_pool *pool, uint32_t image,
						uint32_t *done);
/*
 * The same for all slots bound to an image with this tag, a destroyed one included.
 * MT-Safe, AS-Unsafe.
 */
SHIM_API SHIM_CHECKED int shim_pool_purge_tag(struct shim_pool *pool, uint64_t tag, uint32_t *done);
/*
 * The same for all slots that are released: shim_slot_release(). Those that wait for a reset
 * are reset first. MT-Safe, AS-Unsafe.
 */
SHIM_API SHIM_CHECKED int shim_pool_purge_idle(struct shim_pool *pool, uint32_t *done);

/* ---- calls that io_uring makes ------------------------------------------ */

enum shim_command_kind {
	SHIM_COMMAND_RESET = 0,		 /* shim_slot_reset() */
	SHIM_COMMAND_REBIND = 1,	 /* shim_slot_rebind() */
	SHIM_COMMAND_PURGE = 2,		 /* shim_slot_purge() */
	SHIM_COMMAND_PREFAULT = 3,	 /* shim_slot_prefault() */
	SHIM_COMMAND_PREFAULT_RANGE = 4, /* shim_slot_prefault_range() */
};

/* A call that io_uring is to make. What the kind has no use for must be 0. */
struct shim_command {
	uint32_t size; /* sizeof(struct shim_command) */
	uint32_t kind; /* enum shim_command_kind */
	const uint32_t *slots;
	uint32_t count;
	uint32_t image; /* REBIND */
	uint32_t area;	/* PREFAULT_RANGE, as offset and length */
	uint32_t reserved;
	uint64_t offset;
	uint64_t length;
	uint64_t kernel[8]; /* the library's and the kernel's, until the command has completed */
};

/* Sets the size, and all else to 0. MT-Safe, AS-Safe. */
SHIM_INLINE void shim_command_init(struct shim_command *command)
{
	__builtin_memset(command, 0, sizeof(*command));
	command->size = sizeof(*command);
}

struct io_uring_sqe;

/*
 * Fills an SQE, all of it but user_data, which stays: IORING_OP_URING_CMD on the pool's
 * device. A thread of the kernel makes the call after the program has submitted the SQE.
 * *command and its slots must stay as they are until the CQE is there, whose res is for
 * shim_command_finish(), and the pool until then. Nobody may use the slots meanwhile.
 * MT-Safe, AS-Unsafe.
 *
 * -EOPNOTSUPP: the pool has the mmap backend, the kernel no io_uring, or the module is
 *	older; a tool watches the slots; or the kind is unknown
 * -EINVAL, -ENOENT, -EFAULT: as the call of the kind
 */
SHIM_API SHIM_CHECKED int shim_command_prepare(struct shim_pool *pool, struct shim_command *command,
					       struct io_uring_sqe *sqe);

/*
 * The result of the call, from res of the CQE. *pages and *done, if not NULL, are what the call
 * would have set; pages is that of a prefault, and 0 with other kinds.
 * MT-Safe, AS-Unsafe.
 *
 * -ECANCELED: cancelled before it began, or a command before it in a chain failed
 * -EINTR: cancelled while it ran; the slots from *done on are as they were
 * -EINVAL, -ENOENT, -ENOSPC, -ENOMEM: as the call of the kind
 */
SHIM_API SHIM_CHECKED int shim_command_finish(struct shim_pool *pool,
					      const struct shim_command *command, int32_t res,
					      uint64_t *pages, uint32_t *done);

enum shim_slot_state {
	SHIM_SLOT_ACTIVE = 0,
	SHIM_SLOT_IDLE = 1,
	SHIM_SLOT_RECLAIM = 2,
	SHIM_SLOT_WAITING = 3, /* released, and not yet reset */
	SHIM_SLOT_FAILED = 4,  /* its reset failed: shim_slot_claim_failed() */
};

/* The state of a slot, and counters that start at 0 with the pool. */
struct shim_slot_info {
	uint32_t size;	   /* sizeof(struct shim_slot_info), set by the caller */
	uint32_t image;	   /* SHIM_IMAGE_NONE: bound to none */
	uint32_t state;	   /* enum shim_slot_state */
	uint32_t reserved; /* 0 */
	uint64_t tag;	   /* of the image */
	uint64_t limit[SHIM_MAX_AREAS];
	uint64_t resident_pages; /* private pages */
	uint64_t resets;
	uint64_t purges;
	/* The mmap backend does not know the following: they are 0. */
	uint64_t faults;	  /* page faults served */
	uint64_t guard_hits;	  /* touches at or past a limit */
	uint64_t reclaims;	  /* times its pages were taken because memory was short */
	uint64_t shared_pages;	  /* pages of its image that are mapped */
	uint64_t write_set_pages; /* size of its image's write set */
};

/* Sets the size, for shim_slot_query(). MT-Safe, AS-Safe. */
SHIM_INLINE void shim_slot_info_init(struct shim_slot_info *info)
{
	__builtin_memset(info, 0, sizeof(*info));
	info->size = sizeof(*info);
}

/*
 * MT-Safe, AS-Unsafe.
 *
 * -EINVAL: size is less than the struct of the library's version
 */
SHIM_API SHIM_CHECKED int shim_slot_query(struct shim_pool *pool, uint32_t slot,
					  struct shim_slot_info *info);

/*
 * A slot that is not in use can be released, and then its private pages may be taken when
 * memory is short. The slots of a new pool are claimed, unless SHIM_POOL_IDLE says
 * otherwise. Claiming makes no system call, and changes neither content, limits nor binding.
 * MT-Safe, AS-Unsafe.
 *
 * -EBUSY: the slot is claimed, or its reset failed
 * -EAGAIN: its pages are being taken, or it waits for a reset, so that it can be claimed soon
 */
SHIM_API SHIM_CHECKED int shim_slot_claim(struct shim_pool *pool, uint32_t slot);

/*
 * Claims some idle slot, the one that this thread claimed last where that is idle. Where
 * none is, the calling thread resets some of those that wait.
 * MT-Safe, AS-Unsafe.
 *
 * -EBUSY: each was claimed when it was looked at
 * -EAGAIN: none was idle, but pages of one are being taken, or one is being reset
 */
SHIM_API SHIM_CHECKED int shim_slot_claim_any(struct shim_pool *pool, uint32_t *slot);

enum shim_release_flags {
	/*
	 * The slots are not reset: the caller did that, and nobody has written them since, or
	 * what they hold may be seen by who claims them next.
	 */
	SHIM_RELEASE_KEEP = 1,
};

/*
 * Resets claimed slots, so that who claims them next sees nothing of the last tenant, and
 * releases them. *done, if not NULL, is the number of slots that were released.
 *
 * With a reset_mode or a reset_batch the slots wait for the reset, and nobody can claim them
 * before; what shim_slot_reset() says of the kernel's later writes holds from the call on.
 * A reset that fails then is no error of this call: shim_slot_claim_failed().
 * MT-Safe, AS-Unsafe.
 *
 * -EBUSY: a slot is not claimed
 * -EOPNOTSUPP: flags are unknown
 * -EINTR, -ENOMEM: as shim_slot_reset(); the slots before *done are released
 */
SHIM_API SHIM_CHECKED int shim_slot_release(struct shim_pool *pool, const uint32_t *slots,
					    uint32_t count, uint32_t flags, uint32_t *done);

/*
 * Resets the slots that wait, and waits for those that the pool's threads are resetting.
 * MT-Safe, AS-Unsafe.
 */
SHIM_API void shim_pool_flush(struct shim_pool *pool);

/*
 * The descriptor of SHIM_RESET_EVENT, for poll(): it is readable when a batch waits, until
 * the next shim_pool_flush(), which reads it. It stays the pool's.
 * MT-Safe, AS-Unsafe.
 *
 * -EOPNOTSUPP: the pool has another reset_mode
 */
SHIM_API int shim_pool_event(struct shim_pool *pool);

/*
 * Claims a slot whose reset failed while it waited, with the error of that in *reason. Its
 * content is that of the last tenant, or not accessible. The caller may reset and release
 * it, or leave it claimed.
 * MT-Safe, AS-Unsafe.
 *
 * -ENOENT: there is none
 */
SHIM_API SHIM_CHECKED int shim_slot_claim_failed(struct shim_pool *pool, uint32_t *slot,
						 int *reason);

/*
 * A pointer of the caller's for each slot, NULL at first. Who has claimed the slot may set it.
 * MT-Safe race:slot, AS-Unsafe.
 *
 * -ENOENT: there is no such slot
 */
SHIM_API SHIM_CHECKED int shim_slot_set_user(struct shim_pool *pool, uint32_t slot, void *user);
/* NULL where there is no such slot. MT-Safe race:slot, AS-Safe. */
SHIM_API void *shim_slot_user(const struct shim_pool *pool, uint32_t slot);

#ifdef __cplusplus
}
#endif

#endif /* LIBSHIM_SLOTS_H */
