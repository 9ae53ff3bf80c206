/* SPDX-License-Identifier: MIT */
/*
 * libguardslot-wasmtime: linear memories of an unmodified Wasmtime on slots, in two ways.
 *
 * The seam works behind the C library's symbols, for the pooling allocator; of it this header
 * says whether it does. The creator is for a Wasmtime that cannot be linked so, such as the
 * prebuilt library with the C API: the memory creator of its engines' config.
 */
#ifndef GUARDSLOT_WASMTIME_H
#define GUARDSLOT_WASMTIME_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum guardslot_wasmtime_backend {
	GUARDSLOT_WASMTIME_PLAIN = 0,  /* plain memory */
	GUARDSLOT_WASMTIME_DEVICE = 1, /* a slot of /dev/guardslot */
	GUARDSLOT_WASMTIME_MMAP = 2,   /* a slot of libshim's mmap backend */
};

/* ---- the seam ------------------------------------------------------------------ */

/* A pool, and the slot in it that an address is in. The counters start at 0 with the pool. */
struct guardslot_wasmtime_info {
	uint32_t size;	  /* sizeof(struct guardslot_wasmtime_info), set by the caller */
	uint32_t backend; /* enum guardslot_wasmtime_backend, of the slot */
	uint32_t slot;
	uint32_t slots;	      /* of the pool */
	uint32_t plain_slots; /* that became plain memory */
	uint32_t images;      /* that the pool has */
	uint64_t stride;      /* bytes from a slot to the next one */
	uint64_t reset_calls;
	uint64_t resets;  /* slots that these reset */
	uint64_t rebinds; /* of a slot to another image */
	uint64_t resizes; /* of a slot's accessible part */
};

/*
 * Whether an address, such as that of a linear memory, is in a slot. A program that
 * may run without the library looks the symbol up with dlsym().
 *
 * Returns 0, or a negative errno. -ENOENT: it is in no pool that the library has seen, so it
 * is plain memory. -EINVAL: size is less than the struct. -EFAULT: info is NULL.
 * MT-Safe, AS-Unsafe.
 */
__attribute__((visibility("default"))) int
guardslot_wasmtime_query(const void *address, struct guardslot_wasmtime_info *info);

/* ---- the creator ------------------------------------------------------------- */

/* Of wasmtime.h, which is not needed here. */
struct wasmtime_error;
struct wasmtime_memory_creator;

/* A pool of slots for the memories of any number of engines. */
struct shim_wasmtime;
/* A module whose memory starts as an image. */
struct shim_wasmtime_module;

struct shim_wasmtime_config {
	uint32_t size;	  /* sizeof(struct shim_wasmtime_config) */
	uint32_t backend; /* as enum shim_backend of libshim: 0: the best one */
	uint32_t slots;
	uint32_t reset_batch;	/* dropped memories that are reset together; 0: 64 */
	uint64_t reservation;	/* at least that of the engines; 0: 4 GiB */
	uint64_t guard;		/* the same; 0: 32 MiB */
	uint64_t keep_resident; /* most bytes that a slot keeps over a reset; 0: no limit */
	/* wasmtime_error_new() */
	struct wasmtime_error *(*error_new)(const char *message);
};

/* Sets the size, and all else to 0. MT-Safe, AS-Safe. */
static inline void shim_wasmtime_config_init(struct shim_wasmtime_config *config)
{
	__builtin_memset(config, 0, sizeof(*config));
	config->size = sizeof(*config);
}

/*
 * Makes a pool, and fills a creator for wasmtime_config_host_memory_creator_set(), which may
 * be given to one config. The engine needs the on-demand strategy, memory_init_cow off,
 * and a memory_reservation and a memory_guard_size that are not above the pool's.
 *
 * Returns 0 or a negative errno, as all below do; shim_wasmtime_error() has the message.
 * MT-Safe env, AS-Unsafe.
 *
 * -EFAULT: a pointer is NULL, error_new too
 * -EINVAL, -E2BIG: the config is wrong, or of a newer version
 * and the errors of shim_pool_create(3)
 */
__attribute__((visibility("default"))) int
shim_wasmtime_creator(const struct shim_wasmtime_config *config, struct shim_wasmtime **out,
		      struct wasmtime_memory_creator *creator);

/*
 * Gives the pool back. It stays until its modules, the engine of its creator and all of
 * their memories are gone. NULL is allowed. MT-Unsafe race:wasmtime, AS-Unsafe.
 */
__attribute__((visibility("default"))) void shim_wasmtime_destroy(struct shim_wasmtime *wasmtime);

/* The backend of its slots; GUARDSLOT_WASMTIME_PLAIN for NULL. MT-Safe, AS-Safe. */
__attribute__((visibility("default"))) enum guardslot_wasmtime_backend
shim_wasmtime_backend(const struct shim_wasmtime *wasmtime);

/*
 * Makes the image of a .wasm binary's first memory, as shim_module_strip(3) does. What is
 * to be compiled is shim_wasmtime_module_bytes(), and not that binary; with a Wasmtime
 * without a compiler, the bytes that shim_module_strip(3) gives for the same binary are.
 * MT-Safe, AS-Unsafe.
 *
 * -ENOSPC: the memory starts larger than the pool's reservation
 * and the errors of shim_module_strip(3) and shim_image_create(3)
 */
__attribute__((visibility("default"))) int shim_wasmtime_module(struct shim_wasmtime *wasmtime,
								const void *bytes, size_t length,
								struct shim_wasmtime_module **out);

/* Valid as long as the module; NULL and 0 for NULL. MT-Safe, AS-Safe. */
__attribute__((visibility("default"))) const void *
shim_wasmtime_module_bytes(const struct shim_wasmtime_module *module, size_t *length);

/*
 * The module's image goes when the last of its memories is dropped. NULL is allowed.
 * MT-Unsafe race:module, AS-Unsafe.
 */
__attribute__((visibility("default"))) void
shim_wasmtime_module_destroy(struct shim_wasmtime_module *module);

/* An instantiation. The caller sets the module, and all else to 0. */
struct shim_wasmtime_scope {
	struct shim_wasmtime_module *module;
	struct shim_wasmtime_scope *outer; /* the library's, as is what follows */
	uint32_t has_memory;		   /* the image was given to a memory */
	uint32_t memories;		   /* of the module that were made, but for empty ones */
};

/*
 * Between the two, the calling thread instantiates the module, once: the memory that Wasmtime
 * then asks for starts as its image. Where an instantiation is a future, they are around each
 * poll. Scopes may be nested. Without one of its own a memory that could be that of a
 * module with an image is not made, and the instantiation fails.
 *
 * shim_wasmtime_leave() returns -EAGAIN as long as no memory has got the image. If there is
 * an instance, it has other content then, and must be dropped. A scope that is NULL, or has
 * no module, is not entered, and leaving it is -EFAULT.
 * MT-Safe, AS-Unsafe.
 */
__attribute__((visibility("default"))) void shim_wasmtime_enter(struct shim_wasmtime_scope *scope);
/* MT-Safe, AS-Unsafe. */
__attribute__((visibility("default"))) int shim_wasmtime_leave(struct shim_wasmtime_scope *scope);

/* The message of the calling thread's last failed call of these. MT-Safe, AS-Unsafe. */
__attribute__((visibility("default"))) const char *shim_wasmtime_error(void);

#ifdef __cplusplus
}
#endif

#endif /* GUARDSLOT_WASMTIME_H */
