/* SPDX-License-Identifier: MIT */
/*
 * An instance allocator gives instances of modules their memories, tables,
 * state and stack, and takes them back. Its five calls are validate, allocate,
 * initialize, deallocate and purge_module; three allocators have them:
 *
 * Pooling, on either backend: an instance is one slot of a pool; everything it
 * has is an area of the slot and is brought back by one reset. A slot stays
 * bound to its module, so the next instance of the same module finds it ready:
 * allocating then makes no system call. Memories start with the module's static
 * image in place.
 *
 * On demand: malloc() and mmap() for each instance, no limits but the system's.
 *
 * All functions with an allocator may be called from any thread. An instance is
 * used by one thread at a time.
 */
#ifndef LIBSHIM_INSTANCES_H
#define LIBSHIM_INSTANCES_H

#include <stdint.h>

#include <libshim/error.h>
#include <libshim/modules.h>
#include <libshim/slots.h>

#ifdef __cplusplus
extern "C" {
#endif

enum shim_allocator_kind {
	SHIM_ALLOCATOR_POOLING = 0, /* on the best backend there is */
	SHIM_ALLOCATOR_POOLING_DEVICE = 1,
	SHIM_ALLOCATOR_POOLING_MMAP = 2,
	SHIM_ALLOCATOR_ON_DEMAND = 3,
};

#define SHIM_MAX_RESET_BATCH 1024

/* Start from shim_allocator_config_init(). An on-demand allocator looks at the
 * fields marked with a * only. */
struct shim_allocator_config {
	uint32_t size;	       /* * sizeof(struct shim_allocator_config) */
	uint32_t kind;	       /* * enum shim_allocator_kind */
	uint32_t instances;    /* slots: most instances at a time, not 0 */
	uint32_t max_memories; /* of one module, defined ones */
	uint32_t max_tables;   /* the same */
	/*
	 * With as many unused slots that are still bound to a module, a module
	 * that has none gets the one that was not used for longest, and below
	 * that a slot that was never used.
	 */
	uint32_t max_unused_warm;
	/*
	 * Deallocated slots wait until there are so many (for each shard of
	 * threads) and are then reset by one call; at most SHIM_MAX_RESET_BATCH.
	 * 0 or 1: none waits.
	 */
	uint32_t reset_batch;
	uint32_t max_table_elements;
	/* Bytes; what is no page multiple is rounded up. */
	uint64_t max_memory_size;   /* of each memory */
	uint64_t memory_reserve;    /* * address space of each memory at least */
	uint64_t memory_guard;	    /* * address space after each memory */
	uint64_t memory_pre_guard;  /* address space before the first memory */
	uint64_t max_instance_size; /* state, with what the allocator keeps in it */
	uint64_t stack_size;	    /* * 0: instances have no stack */
	uint64_t max_resident;	    /* as in struct shim_pool_config */
	uint64_t keep_resident;
};

/*
 * Sets the config's size and kind and for the rest: 1000 instances, 1 memory of
 * 4 GiB with guards of 32 MiB, 1 table of 20000 elements, 1 MiB for the state,
 * no stack, 100 unused warm slots, no batches.
 */
SHIM_API void shim_allocator_config_init(struct shim_allocator_config *config,
					 enum shim_allocator_kind kind);

struct shim_allocator;
struct shim_instance;

/*
 * Each memory, each table, the state and the stack is an area of a slot, so
 * max_memories + max_tables + 1, and 1 more with a stack, is at most
 * SHIM_MAX_AREAS.
 *
 * -EINVAL, -EOVERFLOW: the config
 * and, pooling, the errors of shim_pool_create()
 */
SHIM_API SHIM_CHECKED int shim_allocator_create(const struct shim_allocator_config *config,
						struct shim_allocator **out);

/* No instance may be left. NULL is allowed. */
SHIM_API void shim_allocator_destroy(struct shim_allocator *allocator);

/*
 * Whether instances of the module fit the allocator's limits. The message says
 * which one does not, what it needs and what the limit is; for the instance size
 * also what it is made of. Imported memories and tables do not count, and a
 * maximum over the limit is no error: instances do not grow so far.
 *
 * -ENOSPC: over a limit
 * -EOPNOTSUPP: the module defines a shared memory
 */
SHIM_API SHIM_CHECKED int shim_allocator_validate(struct shim_allocator *allocator,
						  const struct shim_module *module);

/*
 * Asked before a memory or table gets a size, the first one (from 0) included:
 * 1 to allow it, 0 to refuse, a negative errno to refuse with that error. Sizes
 * of memories are bytes, of tables elements; maximum is the module's, the highest
 * there can be if it has none. The _failed calls say that a growth (not a first
 * size) did not happen although it was not refused. Any member may be NULL.
 */
struct shim_limiter {
	int (*memory_growing)(void *context, uint64_t current, uint64_t desired, uint64_t maximum);
	int (*table_growing)(void *context, uint64_t current, uint64_t desired, uint64_t maximum);
	void (*memory_grow_failed)(void *context, int error);
	void (*table_grow_failed)(void *context, int error);
	void *context;
};

/*
 * What the instance imports, in the order of the module's imports of each kind.
 * The vmctx of a function is whatever its body wants; those of tables and
 * memories are shim_instance_state() of the instance that has them.
 */
struct shim_imports {
	const struct shim_vm_function_import *functions;
	const struct shim_vm_table_import *tables;
	const struct shim_vm_memory_import *memories;
	const struct shim_vm_global_import *globals;
	uint32_t function_count;
	uint32_t table_count;
	uint32_t memory_count;
	uint32_t global_count;
};

/* Pointers of the runtime that the instance state shows to compiled code. */
struct shim_runtime {
	void *limits;
	void *epoch;
	void *externref_activations;
	void *store[2];
	const void *builtin_functions;
};

/* All but what is said to be copied must outlive the instance. */
struct shim_instance_request {
	uint32_t size;	/* sizeof(struct shim_instance_request) */
	uint32_t flags; /* 0 */
	struct shim_module *module;
	struct shim_imports imports; /* copied */
	/*
	 * Code of the functions the module defines, in their order, for
	 * references to them. NULL: their body is NULL.
	 */
	const void *const *functions;
	/* Belongs to the instance from a successful allocate on, ... */
	void *host_state;
	/* ... and is then given to this at deallocate, if it is not NULL. */
	void (*host_state_drop)(void *host_state);
	const struct shim_limiter *limiter; /* NULL: all is allowed */
	const struct shim_runtime *runtime; /* copied; NULL: all NULL */
};

/*
 * Makes an instance: its memories and tables have their minimum, its state is
 * written and its globals have their values. On an error nothing is left of it
 * and host_state is still the caller's. The instance is the caller's, to be
 * given back with shim_allocator_deallocate().
 *
 * Types of imports are the caller's to check; only their number is looked at
 * here.
 *
 * -EINVAL: the request
 * -EBUSY: all instances of the pool are in use
 * -EDQUOT: the limiter said no (or the errno that it returned)
 * -ENOSPC, -EOPNOTSUPP: as shim_allocator_validate()
 * -ENOMEM: no memory or no memory map
 */
SHIM_API SHIM_CHECKED int shim_allocator_allocate(struct shim_allocator *allocator,
						  const struct shim_instance_request *request,
						  struct shim_instance **out);

/*
 * Runs the active segments of a new instance, once: elements, then data, in
 * order. The start function is left to the caller.
 *
 * Without bulk memory, nothing is written unless all segments fit. With it the
 * segments before the one that does not fit have been written, to imported
 * tables and memories too, and the others have not. In either case the instance
 * is still there, as some of its functions may be in an imported table.
 *
 * -ERANGE: an element segment does not fit its table
 * -EFAULT: a data segment does not fit its memory
 * -EINVAL: it was initialized before
 */
SHIM_API SHIM_CHECKED int shim_allocator_initialize(struct shim_allocator *allocator,
						    struct shim_instance *instance,
						    int is_bulk_memory);

/*
 * Ends the instance: drops its host state and gives back all it had. Its slot is
 * not used again before it was reset, and never if that fails. NULL is allowed.
 */
SHIM_API void shim_allocator_deallocate(struct shim_allocator *allocator,
					struct shim_instance *instance);

/*
 * Gives back what the allocator keeps of a module for further instances: slots
 * bound to it, those waiting to be reset included, and its image. Instances that
 * are in use stay, and what they have is given back with them. To be called
 * before shim_module_destroy(); the module may be used again all the same.
 *
 * -ENOMEM: a slot could not be given back; it will not be used again
 */
SHIM_API SHIM_CHECKED int shim_allocator_purge_module(struct shim_allocator *allocator,
						      uint64_t module);

/*
 * Makes what the instance is now the start of the instances of its module that
 * are allocated from now on, by its pooling allocator and until the module is
 * purged: memories, tables and their sizes, globals, dropped segments, stack. So
 * start-up runs once. They are allocated and initialized like others, but
 * initialize has nothing to do. Imports, host state and runtime are those of the
 * request; references to functions of the instance itself become the new one's,
 * other references and pointers in memory stay as they are.
 *
 * The instance goes on as it was. No other thread may write it meanwhile.
 *
 * -EINVAL: it was not initialized, or shim_allocator_initialize() failed
 * -EOPNOTSUPP: an on-demand allocator
 * -ENOSPC, -ENOMEM: as shim_image_snapshot(); nothing has changed
 */
SHIM_API SHIM_CHECKED int shim_instance_snapshot(struct shim_instance *instance);

/* Resets the slots that wait for their batch to be full. */
SHIM_API void shim_allocator_flush(struct shim_allocator *allocator);

/* An on-demand allocator has no slots: all but kind and instances is 0. */
struct shim_allocator_info {
	uint32_t kind;	      /* never SHIM_ALLOCATOR_POOLING */
	uint32_t instances;   /* in use */
	uint32_t waiting;     /* slots deallocated and not yet reset */
	uint32_t unused_warm; /* slots reset, still bound to a module */
	uint32_t unused_cold; /* slots with nothing resident */
	uint32_t poisoned;    /* slots that could not be reset */
	uint32_t modules;     /* of which there is an image */
};

SHIM_API void shim_allocator_query(struct shim_allocator *allocator,
				   struct shim_allocator_info *info);

/*
 * The pool of a pooling allocator, NULL of an on-demand one, and the slot of an
 * instance in it, else SHIM_NO_INDEX: for shim_slot_query() and prefaulting. All
 * else that changes a slot is the allocator's.
 */
SHIM_API struct shim_pool *shim_allocator_pool(struct shim_allocator *allocator);
SHIM_API uint32_t shim_instance_slot(const struct shim_instance *instance);

/* ---- what an instance has ------------------------------------------------- */
/*
 * Indices count as in the module: imported ones first. What is not there, or out
 * of range, is NULL.
 */

/* The instance state; where its fields are is shim_module_offsets(). */
SHIM_API void *shim_instance_state(const struct shim_instance *instance);
/* And back, from the state of an instance. */
SHIM_API struct shim_instance *shim_instance_from_state(const void *state);
SHIM_API struct shim_module *shim_instance_module(const struct shim_instance *instance);
SHIM_API void *shim_instance_host_state(const struct shim_instance *instance);

/* Where the memory, table or global is and what it has now. */
SHIM_API struct shim_vm_memory *shim_instance_memory(const struct shim_instance *instance,
						     uint32_t memory);
SHIM_API struct shim_vm_table *shim_instance_table(const struct shim_instance *instance,
						   uint32_t table);
SHIM_API struct shim_vm_global *shim_instance_global(const struct shim_instance *instance,
						     uint32_t global);

/* What another instance needs to import it: 0, or -EINVAL without such a one. */
SHIM_API SHIM_CHECKED int shim_instance_export_memory(const struct shim_instance *instance,
						      uint32_t memory,
						      struct shim_vm_memory_import *import);
SHIM_API SHIM_CHECKED int shim_instance_export_table(const struct shim_instance *instance,
						     uint32_t table,
						     struct shim_vm_table_import *import);
SHIM_API SHIM_CHECKED int shim_instance_export_global(const struct shim_instance *instance,
						      uint32_t global,
						      struct shim_vm_global_import *import);

/* The lowest byte of the stack and its length; NULL and 0 without one. */
SHIM_API void *shim_instance_stack(const struct shim_instance *instance, uint64_t *length);

/*
 * The reference to a function, imported or defined, if the module says that it
 * can be referred to: shim_module_func_ref().
 */
SHIM_API struct shim_vm_func_ref *shim_instance_func_ref(struct shim_instance *instance,
							 uint32_t function);

/* ---- instructions that a runtime leaves to the library --------------------- */
/*
 * They do what the WebAssembly instruction does, on imported memories and tables
 * too. Where it traps they fail and have changed nothing:
 *
 * -EFAULT: out of bounds of a memory or of a data segment
 * -ERANGE: out of bounds of a table or of an element segment
 * -EINVAL: no such memory, table or segment
 */

/*
 * Grows a memory by delta pages of SHIM_WASM_PAGE; *old_pages is its size
 * before. An error is a result of -1 for the program.
 *
 * -ENOSPC: over its maximum or the allocator's limit
 * -EDQUOT: the limiter said no (or the errno that it returned)
 * -ENOMEM: no memory or no memory map
 */
SHIM_API SHIM_CHECKED int shim_memory_grow(struct shim_instance *instance, uint32_t memory,
					   uint64_t delta, uint64_t *old_pages);
SHIM_API SHIM_CHECKED int shim_memory_init(struct shim_instance *instance, uint32_t memory,
					   uint32_t data, uint64_t to, uint64_t from,
					   uint64_t length);
SHIM_API SHIM_CHECKED int shim_memory_copy(struct shim_instance *instance, uint32_t to_memory,
					   uint64_t to, uint32_t from_memory, uint64_t from,
					   uint64_t length);
SHIM_API SHIM_CHECKED int shim_memory_fill(struct shim_instance *instance, uint32_t memory,
					   uint64_t to, uint8_t value, uint64_t length);
SHIM_API SHIM_CHECKED int shim_data_drop(struct shim_instance *instance, uint32_t data);

/* A table's element is a struct shim_vm_func_ref *, or what the host made it. */
SHIM_API SHIM_CHECKED int shim_table_get(struct shim_instance *instance, uint32_t table,
					 uint32_t index, void **value);
SHIM_API SHIM_CHECKED int shim_table_set(struct shim_instance *instance, uint32_t table,
					 uint32_t index, void *value);
/* By delta elements of value; the errors are those of shim_memory_grow(). */
SHIM_API SHIM_CHECKED int shim_table_grow(struct shim_instance *instance, uint32_t table,
					  uint32_t delta, void *value, uint32_t *old_elements);
SHIM_API SHIM_CHECKED int shim_table_init(struct shim_instance *instance, uint32_t table,
					  uint32_t elements, uint32_t to, uint32_t from,
					  uint32_t length);
SHIM_API SHIM_CHECKED int shim_table_copy(struct shim_instance *instance, uint32_t to_table,
					  uint32_t to, uint32_t from_table, uint32_t from,
					  uint32_t length);
SHIM_API SHIM_CHECKED int shim_table_fill(struct shim_instance *instance, uint32_t table,
					  uint32_t to, void *value, uint32_t length);
SHIM_API SHIM_CHECKED int shim_elem_drop(struct shim_instance *instance, uint32_t elements);

#ifdef __cplusplus
}
#endif

#endif /* LIBSHIM_INSTANCES_H */
