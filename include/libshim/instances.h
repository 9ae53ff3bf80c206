/* SPDX-License-Identifier: MIT */
/*
 * Instances of WebAssembly modules, and the allocators that make them.
 *
 * An instance allocator provides instances with their memories, tables, state and
 * stack. Its five calls are validate, allocate, initialize, deallocate and
 * purge_module. There are three allocators:
 *
 * Pooling, on either backend: an instance is one slot of a pool. Its memories, tables,
 * state and stack are areas of the slot, and one reset restores all of them. A slot
 * stays bound to its module, so that the next instance of the same module finds it
 * ready; allocating it then makes no system call. Memories start with the module's
 * static image in place.
 *
 * On demand: malloc() and mmap() for each instance, without limits but the system's.
 *
 * All functions of an allocator may be called from any thread. An instance is used by
 * one thread at a time.
 *
 * A pooling allocator belongs to the process that made it, as its pool does. In a child
 * each call on it and its instances but shim_allocator_destroy() is -EPERM, does nothing,
 * or returns NULL. An allocator on demand is copied with all memory of the process.
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
	SHIM_ALLOCATOR_POOLING = 0, /* on the best backend available */
	SHIM_ALLOCATOR_POOLING_DEVICE = 1,
	SHIM_ALLOCATOR_POOLING_MMAP = 2,
	SHIM_ALLOCATOR_ON_DEMAND = 3,
};

/*
 * Start from shim_allocator_config_init(). An on-demand allocator uses only the fields
 * that are marked with a *.
 */
struct shim_allocator_config {
	uint32_t size;	       /* * sizeof(struct shim_allocator_config) */
	uint32_t kind;	       /* * enum shim_allocator_kind */
	uint32_t instances;    /* slots: most instances at a time, not 0 */
	uint32_t max_memories; /* that one module may define */
	uint32_t max_tables;   /* that one module may define */
	/*
	 * Most unused slots that stay bound to a module. At that number a module
	 * without a slot gets the bound one that was unused for longest, and below
	 * it a slot that was never used.
	 */
	uint32_t max_unused_warm;
	/*
	 * Deallocated slots wait until this many do, for each shard of threads, and
	 * are then reset by one call, or by whom reset_mode says; at most
	 * SHIM_MAX_RESET_BATCH. 0, 1: none is waited for.
	 */
	uint32_t reset_batch;
	uint32_t max_table_elements;
	/* In bytes, rounded up to pages. */
	uint64_t max_memory_size;   /* of each memory */
	uint64_t memory_reserve;    /* * address space of each memory at least */
	uint64_t memory_guard;	    /* * address space after each memory */
	uint64_t memory_pre_guard;  /* address space before the first memory */
	uint64_t max_instance_size; /* of the state and the allocator's part of it */
	uint64_t stack_size;	    /* * 0: instances have no stack */
	uint64_t max_resident;	    /* as in struct shim_pool_config */
	uint64_t keep_resident;
	/* The same as there, for slots that are deallocated; a shorter struct has 0. */
	uint32_t reset_mode;
	uint32_t reset_threads;
	uint32_t reset_waiting;
	uint32_t reset_cpus_size;
	const void *reset_cpus;
	uint32_t flags;	   /* * SHIM_ALLOCATOR_*, or 0 */
	uint32_t reserved; /* 0 */
};

/*
 * Tables of references to functions are filled when they are read, as compiled code of
 * Wasmtime 4 and 5 expects it. Their elements are tagged: 0 is an element that was not set yet,
 * 1 is null, and a reference has bit 0 set, SHIM_VM_TABLE_TAGGED. So compiled code that loads
 * an element clears the bit, and for 0 calls shim_table_get(), which sets the element and
 * returns the reference; what compiled code stores has the bit set. Values of the library's
 * calls have no tag.
 *
 * Initialize writes nothing for active segments of which all elements are functions or null, if
 * they have a constant offset and fit a table that the module defines, which has no first
 * value: for 64 segments at most, and none after the first that is not so.
 *
 * It is the same in all instances that share a table: an import has to have the flags. A table
 * of the host's has SHIM_VM_TABLE_TAGGED in its flags, and its elements that are 0 are null.
 * shim_table_get() and shim_table_copy() write the table and the state of the instance that
 * defines it, so for them all that share a table are one instance, which one thread uses at a
 * time. Until an instance is initialized its tables are written by the library's calls only.
 */
#define SHIM_ALLOCATOR_LAZY_TABLES 1u

/*
 * Sets the config's kind, and defaults for the rest: 1000 instances, 1 memory of 4 GiB
 * with guards of 32 MiB, 32 tables of 1000000 elements, 4 MiB for the state, no stack, 100
 * unused warm slots, no batches. It sets as many bytes as the struct's size says; 0: none.
 * MT-Safe, AS-Safe.
 */
SHIM_API void shim_allocator_config_defaults(struct shim_allocator_config *config,
					     enum shim_allocator_kind kind);

/* Sets the size, and all else to the defaults. MT-Safe, AS-Safe. */
SHIM_INLINE void shim_allocator_config_init(struct shim_allocator_config *config,
					    enum shim_allocator_kind kind)
{
	config->size = sizeof(*config);
	shim_allocator_config_defaults(config, kind);
}

struct shim_allocator;
struct shim_instance;

/*
 * Each memory, all tables together, the state and the stack is an area of a slot, so
 * max_memories + 2, and 1 more with a stack, is at most SHIM_MAX_AREAS.
 * MT-Safe env, AS-Unsafe.
 *
 * -EINVAL, -EOVERFLOW: the config is wrong
 * -EOPNOTSUPP: a flag is unknown
 * -EPERM: READ_IMPLIES_EXEC of personality(2) is set, so that memories would be executable
 * and, of a pooling allocator, the errors of shim_pool_create()
 */
SHIM_API SHIM_CHECKED int shim_allocator_create(const struct shim_allocator_config *config,
						struct shim_allocator **out);

/*
 * Ends the allocator's threads, and frees it with its pool, whether slots wait for a reset or
 * not. NULL is allowed. In a child it frees what the child has of the allocator, but for
 * images, as shim_pool_destroy() does.
 * MT-Unsafe race:allocator, AS-Unsafe.
 *
 * -EBUSY: instances are in use, and the allocator stays
 */
SHIM_API int shim_allocator_destroy(struct shim_allocator *allocator);

/*
 * Checks whether instances of the module fit the allocator's limits. The message names
 * the limit, its value and what the module needs; for the instance size also the parts
 * of it. Imported memories and tables do not count, and a maximum over the limit is no
 * error: instances then grow up to the limit only.
 * MT-Safe, AS-Unsafe.
 *
 * -ENOSPC: the module exceeds a limit
 * -EOPNOTSUPP: the module defines a shared memory
 */
SHIM_API SHIM_CHECKED int shim_allocator_validate(struct shim_allocator *allocator,
						  const struct shim_module *module);

/*
 * Called before a memory or table gets a size, also its first one, which is a growth
 * from 0. The _growing calls return 1 to allow the size, 0 to refuse it, or a negative
 * errno to refuse it with that error. Sizes of memories are in bytes, of tables in
 * elements; maximum is the module's, or the highest possible one if it has none. The
 * _failed calls report that a growth (not a first size) failed although it was allowed.
 * Any member may be NULL.
 */
struct shim_limiter {
	int (*memory_growing)(void *context, uint64_t current, uint64_t desired, uint64_t maximum);
	int (*table_growing)(void *context, uint64_t current, uint64_t desired, uint64_t maximum);
	void (*memory_grow_failed)(void *context, int error);
	void (*table_grow_failed)(void *context, int error);
	void *context;
};

/*
 * The imports of an instance, in the order of the module's imports of each kind. The
 * vmctx of a function is what its body expects; the body may be NULL, as the library never
 * calls it. That of a table or memory is
 * shim_instance_state() of the instance that defines it.
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
	const struct shim_vm_tag_import *tags;
	uint32_t tag_count;
};

/*
 * The heap of a runtime, for modules whose constant expressions make structs, arrays or
 * references to numbers, or convert references of the host. The library has none: it calls
 * allocate for globals, first values of tables and elements of segments, each kind in the
 * order of the module. How a reference looks is up to the heap; 0 is null
 * and is no answer.
 *
 * allocate returns 0 and sets *reference, or returns a negative errno, with which the
 * instance is refused. What it has made by then is no longer referenced. Elements of a
 * passive segment are made when the instance is, once.
 */
struct shim_heap {
	int (*allocate)(void *context, const struct shim_heap_request *request,
			uint64_t *reference);
	void *context;
};

/* Pointers of the runtime that compiled code finds in the instance state. */
struct shim_runtime {
	void *limits;
	void *epoch;
	void *externref_activations;
	void *store[2];
	const void *builtin_functions;
};

/* What is not marked as copied must outlive the instance. */
struct shim_instance_request {
	uint32_t size;	/* sizeof(struct shim_instance_request) */
	uint32_t flags; /* 0 */
	struct shim_module *module;
	struct shim_imports imports; /* copied */
	/*
	 * The code of the functions that the module defines, in their order, for
	 * references to them. NULL: their body is NULL.
	 */
	const void *const *functions;
	/* Owned by the instance after a successful allocate. */
	void *host_state;
	/* Called with host_state at deallocate, if it is not NULL. */
	void (*host_state_drop)(void *host_state);
	const struct shim_limiter *limiter; /* NULL: every growth is allowed */
	const struct shim_runtime *runtime; /* copied; NULL: all NULL */
	const struct shim_heap *heap;	    /* used during allocate only; NULL: none */
};

/* Sets the size and the module, and all else to 0. MT-Safe, AS-Safe. */
SHIM_INLINE void shim_instance_request_init(struct shim_instance_request *request,
					    struct shim_module *module)
{
	__builtin_memset(request, 0, sizeof(*request));
	request->size = sizeof(*request);
	request->module = module;
}

/*
 * Makes an instance: its memories and tables have their minimum size, its state is
 * written and its globals have their values. The caller owns the instance, until
 * shim_allocator_deallocate(). After an error nothing of it is left, and the caller
 * still owns host_state.
 *
 * The caller has to check the types of imports; this call checks their number.
 * MT-Safe, AS-Unsafe.
 *
 * -EINVAL: the request is wrong, or imports a table with other flags than the allocator's
 * -EFAULT: a pointer is NULL, or one that an import has but for those of a function
 * -EBUSY: all instances of the pool are in use
 * -EDQUOT: the limiter refused (or the errno that it returned)
 * -ENOSPC, -EOPNOTSUPP: as shim_allocator_validate()
 * -EOPNOTSUPP: the module needs a heap, and the request has none
 * -ENOMEM: there is no memory or no memory map
 * or the errno that the heap returned
 */
SHIM_API SHIM_CHECKED int shim_allocator_allocate(struct shim_allocator *allocator,
						  const struct shim_instance_request *request,
						  struct shim_instance **out);

/*
 * Writes the active segments of a new instance, once: elements, then data, in order.
 * The caller has to run the start function.
 *
 * is_bulk_memory is 0 for a module that was compiled for WebAssembly 1.0, and 1 for all
 * others; it decides what is left where a segment does not fit.
 *
 * Without bulk memory, nothing is written unless all segments fit. With it the segments
 * before the one that does not fit have been written, to imported tables and memories
 * too, and the others have not. In either case the instance stays, as some of its
 * functions may be in an imported table.
 * MT-Safe race:instance, AS-Unsafe.
 *
 * -ERANGE: an element segment does not fit its table
 * -EFAULT: a data segment does not fit its memory
 * -EINVAL: the instance was initialized or deallocated before, or another allocator made it
 */
SHIM_API SHIM_CHECKED int shim_allocator_initialize(struct shim_allocator *allocator,
						    struct shim_instance *instance,
						    int is_bulk_memory);

/*
 * Ends the instance, drops its host state and frees all that it had. Its slot is used
 * again only after a reset, and never if that fails; it waits for the reset where the config
 * says so. NULL is allowed.
 * MT-Safe race:instance, AS-Unsafe.
 */
SHIM_API void shim_allocator_deallocate(struct shim_allocator *allocator,
					struct shim_instance *instance);

/*
 * Frees what the allocator keeps of a module for further instances: its image, and the
 * pages of slots bound to it, including slots that wait to be reset. Instances in use
 * stay, and what they have is freed when they end. Call this before
 * shim_module_destroy(); the module may also be used again.
 * MT-Safe, AS-Unsafe.
 *
 * -ENOMEM: a slot could not be purged; it will not be used again
 */
SHIM_API SHIM_CHECKED int shim_allocator_purge_module(struct shim_allocator *allocator,
						      const struct shim_module *module);

/*
 * Makes the present state of the instance the initial one of all instances of its
 * module that its allocator makes from now on, until the module is purged: memories and
 * tables with their sizes, globals, dropped segments, stack. So start-up runs once. The
 * new instances are allocated and initialized like others, but initialize has nothing
 * to do. Imports, host state and runtime are those of the request. References to
 * functions of the instance itself become those of the new one; other references, and
 * pointers in memory, stay as they are.
 *
 * The instance itself does not change. No other thread may write it meanwhile.
 * MT-Safe race:instance, AS-Unsafe.
 *
 * -EINVAL: it was not initialized, or shim_allocator_initialize() failed
 * -EOPNOTSUPP: the allocator is on demand
 * -ENOSPC, -ENOMEM: as shim_image_snapshot(); nothing has changed
 */
SHIM_API SHIM_CHECKED int shim_instance_snapshot(struct shim_instance *instance);

/*
 * Resets the slots that wait, and waits for those that the allocator's threads are resetting.
 * MT-Safe, AS-Unsafe.
 */
SHIM_API void shim_allocator_flush(struct shim_allocator *allocator);

/*
 * The descriptor of SHIM_RESET_EVENT, for poll(): it is readable when a batch waits, until
 * the next shim_allocator_flush(), which reads it. It stays the allocator's.
 * MT-Safe, AS-Unsafe.
 *
 * -EOPNOTSUPP: the allocator has another reset_mode, or is on demand
 */
SHIM_API int shim_allocator_event(struct shim_allocator *allocator);

/* An on-demand allocator has no slots: all but size, kind and instances is 0. */
struct shim_allocator_info {
	uint32_t size;	      /* sizeof(struct shim_allocator_info), set by the caller */
	uint32_t kind;	      /* never SHIM_ALLOCATOR_POOLING */
	uint32_t instances;   /* in use */
	uint32_t waiting;     /* slots deallocated and not yet reset */
	uint32_t unused_warm; /* slots reset, still bound to a module */
	uint32_t unused_cold; /* slots with nothing resident */
	uint32_t poisoned;    /* slots that could not be reset */
	uint32_t modules;     /* that have an image */
	int32_t reset_error;  /* of the last slot that was poisoned, as -ENOMEM; 0: none was */
	uint32_t reserved;    /* 0 */
};

/* Sets the size, for shim_allocator_query(). MT-Safe, AS-Safe. */
SHIM_INLINE void shim_allocator_info_init(struct shim_allocator_info *info)
{
	__builtin_memset(info, 0, sizeof(*info));
	info->size = sizeof(*info);
}

/*
 * MT-Safe, AS-Unsafe.
 *
 * -EINVAL: size is less than the struct of the first version
 */
SHIM_API SHIM_CHECKED int shim_allocator_query(struct shim_allocator *allocator,
					       struct shim_allocator_info *info);

/*
 * The pool of an allocator and the slot of an instance in it, for shim_slot_query() and
 * prefaulting. Only the allocator may change a slot in another way. Of an on-demand
 * allocator they are NULL and SHIM_INDEX_NONE.
 * MT-Safe, AS-Safe.
 */
SHIM_API struct shim_pool *shim_allocator_pool(struct shim_allocator *allocator);
/* MT-Safe race:instance, AS-Safe. */
SHIM_API uint32_t shim_instance_slot(const struct shim_instance *instance);

/* ---- what an instance has ------------------------------------------------- */
/*
 * Indices count as in the module, imported items first. A function returns NULL for
 * an item that the instance does not have.
 */

/*
 * The instance state; shim_module_offsets() has the offsets of its fields.
 * MT-Safe race:instance, AS-Safe.
 */
SHIM_API void *shim_instance_state(const struct shim_instance *instance);
/*
 * The instance that has this state, which must be mapped: in a child of the process that made
 * a pooling allocator there is none. NULL: state is NULL.
 * MT-Safe race:instance, AS-Safe.
 */
SHIM_API struct shim_instance *shim_instance_from_state(const void *state);
/* MT-Safe race:instance, AS-Safe. */
SHIM_API struct shim_module *shim_instance_module(const struct shim_instance *instance);
/* MT-Safe race:instance, AS-Safe. */
SHIM_API void *shim_instance_host_state(const struct shim_instance *instance);

/*
 * The present address and size of a memory or table, and the value of a global.
 * MT-Safe race:instance, AS-Safe.
 */
SHIM_API struct shim_vm_memory *shim_instance_memory(const struct shim_instance *instance,
						     uint32_t memory);
/* MT-Safe race:instance, AS-Safe. */
SHIM_API struct shim_vm_table *shim_instance_table(const struct shim_instance *instance,
						   uint32_t table);
/* MT-Safe race:instance, AS-Safe. */
SHIM_API struct shim_vm_global *shim_instance_global(const struct shim_instance *instance,
						     uint32_t global);
/* MT-Safe race:instance, AS-Safe. */
SHIM_API struct shim_vm_tag *shim_instance_tag(const struct shim_instance *instance, uint32_t tag);

/*
 * Fills in what another instance needs for the import. -EINVAL: there is no such item.
 * MT-Safe race:instance, AS-Unsafe.
 */
SHIM_API SHIM_CHECKED int shim_instance_export_memory(const struct shim_instance *instance,
						      uint32_t memory,
						      struct shim_vm_memory_import *import);
/* MT-Safe race:instance, AS-Unsafe. */
SHIM_API SHIM_CHECKED int shim_instance_export_table(const struct shim_instance *instance,
						     uint32_t table,
						     struct shim_vm_table_import *import);
/* MT-Safe race:instance, AS-Unsafe. */
SHIM_API SHIM_CHECKED int shim_instance_export_global(const struct shim_instance *instance,
						      uint32_t global,
						      struct shim_vm_global_import *import);
/* MT-Safe race:instance, AS-Unsafe. */
SHIM_API SHIM_CHECKED int shim_instance_export_tag(const struct shim_instance *instance,
						   uint32_t tag, struct shim_vm_tag_import *import);

/*
 * The lowest byte of the stack, and its length; without a stack NULL and 0.
 * MT-Safe race:instance, AS-Safe.
 */
SHIM_API void *shim_instance_stack(const struct shim_instance *instance, uint64_t *length);

/*
 * The reference to a function, imported or defined, if there can be one:
 * shim_module_func_ref_index().
 * MT-Safe race:instance, AS-Unsafe.
 */
SHIM_API struct shim_vm_func_ref *shim_instance_func_ref(struct shim_instance *instance,
							 uint32_t function);

/* ---- instructions that a runtime leaves to the library --------------------- */
/*
 * Each does what the WebAssembly instruction does, on imported memories and tables
 * too. Where the instruction traps, the function fails and changes nothing:
 *
 * -EFAULT: out of bounds of a memory or of a data segment
 * -ERANGE: out of bounds of a table or of an element segment
 * -EINVAL: no such memory, table or segment
 */

/*
 * Grows a memory by delta pages of SHIM_WASM_PAGE; *old_pages is its previous size. On
 * an error the instruction's result is -1.
 * MT-Safe race:instance, AS-Unsafe.
 *
 * -ENOSPC: the size exceeds the memory's maximum or the allocator's limit
 * -EDQUOT: the limiter refused (or the errno that it returned)
 * -ENOMEM: there is no memory or no memory map
 */
SHIM_API SHIM_CHECKED int shim_memory_grow(struct shim_instance *instance, uint32_t memory,
					   uint64_t delta, uint64_t *old_pages);
/* MT-Safe race:instance, AS-Unsafe. */
SHIM_API SHIM_CHECKED int shim_memory_init(struct shim_instance *instance, uint32_t memory,
					   uint32_t data, uint64_t to, uint64_t from,
					   uint64_t length);
/* MT-Safe race:instance, AS-Unsafe. */
SHIM_API SHIM_CHECKED int shim_memory_copy(struct shim_instance *instance, uint32_t to_memory,
					   uint64_t to, uint32_t from_memory, uint64_t from,
					   uint64_t length);
/* MT-Safe race:instance, AS-Unsafe. */
SHIM_API SHIM_CHECKED int shim_memory_fill(struct shim_instance *instance, uint32_t memory,
					   uint64_t to, uint8_t value, uint64_t length);
/* MT-Safe race:instance, AS-Unsafe. */
SHIM_API SHIM_CHECKED int shim_data_drop(struct shim_instance *instance, uint32_t data);

/*
 * A table's element is a struct shim_vm_func_ref *, or a pointer of the host's. No table
 * has more than 2^32 - 1 elements, so a larger index of a 64-bit table is out of bounds.
 * With SHIM_ALLOCATOR_LAZY_TABLES this is the call that compiled code makes for an element
 * that is 0.
 * MT-Safe race:instance, AS-Unsafe.
 */
SHIM_API SHIM_CHECKED int shim_table_get(struct shim_instance *instance, uint32_t table,
					 uint32_t index, void **value);
/* MT-Safe race:instance, AS-Unsafe. */
SHIM_API SHIM_CHECKED int shim_table_set(struct shim_instance *instance, uint32_t table,
					 uint32_t index, void *value);
/*
 * Adds delta elements with this value; the errors are those of shim_memory_grow().
 * MT-Safe race:instance, AS-Unsafe.
 */
SHIM_API SHIM_CHECKED int shim_table_grow(struct shim_instance *instance, uint32_t table,
					  uint32_t delta, void *value, uint32_t *old_elements);
/* MT-Safe race:instance, AS-Unsafe. */
SHIM_API SHIM_CHECKED int shim_table_init(struct shim_instance *instance, uint32_t table,
					  uint32_t elements, uint32_t to, uint32_t from,
					  uint32_t length);
/* MT-Safe race:instance, AS-Unsafe. */
SHIM_API SHIM_CHECKED int shim_table_copy(struct shim_instance *instance, uint32_t to_table,
					  uint32_t to, uint32_t from_table, uint32_t from,
					  uint32_t length);
/* MT-Safe race:instance, AS-Unsafe. */
SHIM_API SHIM_CHECKED int shim_table_fill(struct shim_instance *instance, uint32_t table,
					  uint32_t to, void *value, uint32_t length);
/* MT-Safe race:instance, AS-Unsafe. */
SHIM_API SHIM_CHECKED int shim_elem_drop(struct shim_instance *instance, uint32_t elements);

#ifdef __cplusplus
}
#endif

#endif /* LIBSHIM_INSTANCES_H */
