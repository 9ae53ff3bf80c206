/* SPDX-License-Identifier: MIT */
/*
 * The creator's pool: which slots hold which image, and which are clean.
 */
#ifndef CREATOR_H
#define CREATOR_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <libshim.h>

#include "guardslot-wasmtime.h"

#define SLOT_NONE UINT32_MAX

/* As in Wasmtime's C API; the sizes of a memory are in bytes. */
struct wasmtime_linear_memory {
	void *env;
	uint8_t *(*get_memory)(void *env, size_t *size, size_t *capacity);
	struct wasmtime_error *(*grow_memory)(void *env, size_t size);
	void (*finalizer)(void *env);
};

struct wasmtime_memory_creator {
	void *env;
	struct wasmtime_error *(*new_memory)(void *env, const void *type, size_t minimum,
					     size_t maximum, size_t reserved, size_t guard,
					     struct wasmtime_linear_memory *memory);
	void (*finalizer)(void *env);
};

/* A slot, and the memory in it. What an instance uses is of the thread that has it. */
struct creator_slot {
	struct shim_wasmtime *wasmtime; /* set once, as is base */
	uint8_t *base;
	size_t size;
	struct shim_wasmtime_module *module; /* that it is bound to; under the lock if idle */
	uint32_t next;			     /* on the list that it is on; under the lock */
};

struct shim_wasmtime_module {
	struct shim_wasmtime *wasmtime;
	struct shim_stripped *stripped; /* set once, as is all up to minimums */
	uint32_t image;
	uint32_t memory_count;
	uint64_t *minimums; /* of the memories that it defines, but for empty ones */
	/* Under the lock. */
	uint32_t clean;	    /* a list of slots that hold the image */
	uint32_t users;	    /* memories that are in use or wait for a reset, and the caller */
	bool is_given_back; /* by the caller */
	struct shim_wasmtime_module *next;
};

struct shim_wasmtime {
	struct shim_wasmtime_config config;
	struct shim_pool *pool;
	struct creator_slot *slots;
	uint64_t page_size;
	atomic_uint users; /* the caller, the engine, each module and each memory */
	pthread_mutex_t lock;
	pthread_cond_t settled; /* resetting has become less */
	uint32_t resetting;	/* threads that have taken slots off waiting */
	uint32_t unbound;	/* a list of slots to be bound before use */
	struct shim_wasmtime_module *modules;
	uint32_t waiting_count;
	uint32_t waiting[]; /* dropped, and not yet reset; config.reset_batch of them */
};

/* ---- message.c ------------------------------------------------------------------------- */

/* Sets the message of shim_wasmtime_error(); returns error. */
int creator_error(int error, const char *format, ...) __attribute__((cold, format(printf, 2, 3)));
/* The same with libshim's message, if there is an error. */
int creator_shim_error(int error);

/* ---- creator.c -------------------------------------------------------------------------- */

void creator_get(struct shim_wasmtime *wasmtime);
void creator_put(struct shim_wasmtime *wasmtime);
/* Frees a module that is on no list. */
void creator_module_free(struct shim_wasmtime_module *module);

/* ---- slots.c: each needs that the caller does not hold the lock --------------------- */

/* A slot that holds the module's image, which then has a user more; -ENOSPC: all are in use. */
int creator_slot_take(struct shim_wasmtime_module *module, uint32_t *slot);
/* The memory in it is dropped. */
void creator_slot_drop(struct creator_slot *slot);
/*
 * By the caller. With the last user go the image, and all pages of the slots that held it; no
 * slot of the module waits for a batch from then on.
 */
void creator_module_give_back(struct shim_wasmtime_module *module);

/* ---- memory.c ------------------------------------------------------------------------ */

struct wasmtime_error *creator_memory_new(void *env, const void *type, size_t minimum,
					  size_t maximum, size_t reserved, size_t guard,
					  struct wasmtime_linear_memory *memory);

/* ---- plain_memory.c -------------------------------------------------------------------- */

/* Memory that is on no slot, with the image, if there is one. 0 or -ENOMEM. */
int creator_plain_new(struct shim_wasmtime *wasmtime, const struct shim_static_image *image,
		      size_t minimum, size_t maximum, size_t reserved, size_t guard,
		      struct wasmtime_linear_memory *memory);

#endif /* CREATOR_H */
