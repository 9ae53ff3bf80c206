/* SPDX-License-Identifier: MIT */
/*
 * libshim: guard-region memory slots with bulk reset.
 *
 * Level 1, slots: a pool holds a fixed number of slots, all with the same
 * areas; an image is an initial content; reset brings a slot back to its image.
 * Two backends keep one contract: /dev/guardslot, and plain system calls on a
 * host without the module.
 *
 * Every function that can fail returns 0 or a negative errno, and then
 * shim_error() has a message that names the field, the value and the limit.
 * Sizes and offsets are bytes. Any function may be called from any thread at
 * any time, but for shim_pool_destroy(), which must be the last on its pool.
 *
 * A config of a newer version is taken as long as what is not known here is 0;
 * else it is -E2BIG. Where a pointer must not be NULL, NULL is -EFAULT.
 *
 * The semantics are those of the kernel's ABI, guardslot.h; what an errno means
 * is said there once for all calls.
 */
#ifndef LIBSHIM_H
#define LIBSHIM_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SHIM_API __attribute__((visibility("default")))
#define SHIM_CHECKED __attribute__((warn_unused_result))

#define SHIM_MAX_AREAS 8
/* The image of a slot that is bound to none: all zero. */
#define SHIM_IMAGE_NONE 0u

/*
 * The message of the calling thread's last failed call, "" before the first.
 * It stays valid until the thread's next call into the library.
 */
SHIM_API const char *shim_error(void);

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

/* ==== Level 2: modules ==================================================== */
/*
 * What an instance allocator has to know of a WebAssembly module: everything
 * but the code of its functions. It comes from a .wasm binary, or from a parser
 * of the caller's own as plain structs; both pass the same checks.
 *
 * Read are WebAssembly 2.0 and the proposals multi-memory, memory64 (memories),
 * threads (shared memories) and extended constant expressions.
 *
 * In all structs below an index counts as in the WebAssembly specification: what
 * is imported comes first, then what the module defines. Counts of "defined"
 * things leave the imported ones out.
 */

/* In place of an index: there is none. */
#define SHIM_NO_INDEX UINT32_MAX

#define SHIM_WASM_PAGE UINT64_C(65536)

/* The type of a value, in the code of the binary format. */
enum shim_value_type {
	SHIM_TYPE_I32 = 0x7f,
	SHIM_TYPE_I64 = 0x7e,
	SHIM_TYPE_F32 = 0x7d,
	SHIM_TYPE_F64 = 0x7c,
	SHIM_TYPE_V128 = 0x7b,
	SHIM_TYPE_FUNCREF = 0x70,
	SHIM_TYPE_EXTERNREF = 0x6f,
};

/* What is imported or exported. */
enum shim_extern_kind {
	SHIM_EXTERN_FUNCTION = 0,
	SHIM_EXTERN_TABLE = 1,
	SHIM_EXTERN_MEMORY = 2,
	SHIM_EXTERN_GLOBAL = 3,
};
#define SHIM_EXTERN_KINDS 4

/*
 * UTF-8 of length bytes, NUL bytes allowed. In the desc of a module another NUL
 * follows, which length does not count.
 */
struct shim_name {
	const char *bytes;
	uint32_t length;
};

struct shim_function_type {
	const uint8_t *params; /* enum shim_value_type each */
	const uint8_t *results;
	uint32_t param_count;
	uint32_t result_count;
};

/* The flags of tables and memories. */
#define SHIM_PLAN_MAXIMUM 1u /* there is a maximum */
#define SHIM_PLAN_SHARED 2u  /* memories only; needs a maximum */
#define SHIM_PLAN_64 4u	     /* memories only: addresses have 64 bits */

/*
 * Without SHIM_PLAN_MAXIMUM maximum is not looked at; in the desc of a module it
 * is then the highest that there can be.
 */
struct shim_table_plan {
	uint32_t type;	  /* SHIM_TYPE_FUNCREF or SHIM_TYPE_EXTERNREF */
	uint32_t flags;	  /* SHIM_PLAN_MAXIMUM */
	uint64_t minimum; /* elements, at most 2^32 - 1 */
	uint64_t maximum;
};

struct shim_memory_plan {
	uint32_t flags;	  /* SHIM_PLAN_* */
	uint64_t minimum; /* pages of SHIM_WASM_PAGE: 65536, with _64 2^48 at most */
	uint64_t maximum;
};

struct shim_global_type {
	uint8_t type; /* enum shim_value_type */
	uint8_t is_mutable;
};

struct shim_import {
	struct shim_name module;
	struct shim_name name;
	uint32_t kind; /* enum shim_extern_kind; it says which of these counts */
	union {
		uint32_t type; /* of a function: index of its type */
		struct shim_table_plan table;
		struct shim_memory_plan memory;
		struct shim_global_type global;
	};
};

/* The instructions of constant expressions, in the code of the binary format. */
enum shim_const_op {
	SHIM_CONST_GLOBAL_GET = 0x23, /* index: an imported, immutable global */
	SHIM_CONST_I32 = 0x41,	      /* bits: the value ... */
	SHIM_CONST_I64 = 0x42,
	SHIM_CONST_F32 = 0x43,
	SHIM_CONST_F64 = 0x44,
	SHIM_CONST_I32_ADD = 0x6a,
	SHIM_CONST_I32_SUB = 0x6b,
	SHIM_CONST_I32_MUL = 0x6c,
	SHIM_CONST_I64_ADD = 0x7c,
	SHIM_CONST_I64_SUB = 0x7d,
	SHIM_CONST_I64_MUL = 0x7e,
	SHIM_CONST_REF_NULL = 0xd0, /* index: the type, a SHIM_TYPE_*REF */
	SHIM_CONST_REF_FUNC = 0xd2, /* index: of the function */
	SHIM_CONST_V128 = 0xfd0c,
};

struct shim_const_instr {
	uint32_t op; /* enum shim_const_op */
	uint32_t index;
	/*
	 * The value as bits, the lowest first. One of 32 bits stands in the low
	 * half of bits[0]; what it does not need is 0.
	 */
	uint64_t bits[2];
};

/* Works on a stack; at its end there is one value on it, of the type wanted. */
struct shim_const_expr {
	const struct shim_const_instr *instrs;
	uint32_t count;
};
/* Most values on the stack of a constant expression. */
#define SHIM_CONST_DEPTH 64

/* A global that the module defines. */
struct shim_global {
	struct shim_global_type type;
	struct shim_const_expr init;
};

struct shim_export {
	struct shim_name name;
	uint32_t kind; /* enum shim_extern_kind */
	uint32_t index;
};

enum shim_segment_mode {
	SHIM_SEGMENT_ACTIVE = 0,
	SHIM_SEGMENT_PASSIVE = 1,
	SHIM_SEGMENT_DECLARED = 2, /* elements only */
};

/* One element: a constant expression of one instruction. */
struct shim_element {
	uint32_t op;	/* SHIM_CONST_REF_NULL, _REF_FUNC or _GLOBAL_GET */
	uint32_t index; /* as in struct shim_const_instr */
};

struct shim_element_segment {
	uint32_t mode;	/* enum shim_segment_mode */
	uint32_t type;	/* SHIM_TYPE_FUNCREF or SHIM_TYPE_EXTERNREF */
	uint32_t table; /* active only, as is offset */
	uint32_t count;
	struct shim_const_expr offset; /* an i32 */
	const struct shim_element *elements;
};

struct shim_data_segment {
	uint32_t mode;		       /* enum shim_segment_mode */
	uint32_t memory;	       /* active only, as is offset */
	struct shim_const_expr offset; /* an i32; an i64 for a 64-bit memory */
	const void *bytes;
	uint64_t length;
};

#define SHIM_MODULE_START 1u /* start is there */

struct shim_module_desc {
	uint32_t size;	/* sizeof(struct shim_module_desc) */
	uint32_t flags; /* SHIM_MODULE_START */
	uint32_t start; /* index of a function without params and results */
	uint32_t type_count;
	uint32_t import_count;
	uint32_t function_count; /* this and the next three: defined ones */
	uint32_t table_count;
	uint32_t memory_count;
	uint32_t global_count;
	uint32_t export_count;
	uint32_t element_count; /* segments */
	uint32_t data_count;	/* segments */
	const struct shim_function_type *types;
	const struct shim_import *imports;
	const uint32_t *functions; /* each one's type */
	const struct shim_table_plan *tables;
	const struct shim_memory_plan *memories;
	const struct shim_global *globals;
	const struct shim_export *exports;
	const struct shim_element_segment *elements;
	const struct shim_data_segment *data;
	/*
	 * A static image (below) is made of data segments that fill half or less
	 * of the range they span only when that is shorter than this; all such
	 * ranges of a module together count. 0: SHIM_SPARSE_IMAGE; 1: never. To
	 * change it for a binary, parse it, and create a module of a copy of its
	 * desc.
	 */
	uint64_t sparse_image;
};
#define SHIM_SPARSE_IMAGE (UINT64_C(16) << 20)

/* A module does not change once it is made: any thread may read it. */
struct shim_module;

/*
 * Makes a module of a .wasm binary, of which no byte is needed afterwards. The
 * message of an error names the section and the byte of the binary, such as
 * "element section, byte 0x1f3: segment kind 8 is not one of 0..7".
 *
 * Function bodies are not looked at, but for their sizes: whoever compiles
 * them has validated them.
 *
 * -EINVAL: not a valid module
 * -EOPNOTSUPP: it needs a proposal that is not read here, or a stack of more than
 *	SHIM_CONST_DEPTH values
 * -EOVERFLOW: the instance state would be longer than 32 bits can say
 * -ENOMEM: no memory
 * -EFAULT: a pointer is NULL
 */
SHIM_API SHIM_CHECKED int shim_module_parse(const void *bytes, size_t length,
					    struct shim_module **out);

/*
 * Makes a module of a desc, of which everything is copied. All that the
 * specification asks of a valid module is checked here too. The errors are the
 * same, and their messages name the item; besides there are
 *
 * -EINVAL, -E2BIG: size is less than known here; more, and the rest is not 0
 * -EOPNOTSUPP: unknown flags
 */
SHIM_API SHIM_CHECKED int shim_module_create(const struct shim_module_desc *desc,
					     struct shim_module **out);

/*
 * Gives the module back; what is still in use of it by instances stays until
 * the last of them is gone. NULL is allowed.
 */
SHIM_API void shim_module_destroy(struct shim_module *module);

/* A number no other module of this process has or had; never 0. */
SHIM_API uint64_t shim_module_id(const struct shim_module *module);

/* All that was parsed or given; valid as long as the module. */
SHIM_API const struct shim_module_desc *shim_module_desc(const struct shim_module *module);

/*
 * The initial content of one defined memory: length bytes at offset, the rest is
 * zero. Both are page multiples, the range is inside the memory's minimum, and
 * length is 0 when the whole memory is zero.
 */
struct shim_static_image {
	const void *bytes;
	uint64_t offset;
	uint64_t length;
};

/*
 * The static image of a defined memory. NULL when the module's active data
 * segments are to be copied one by one at each instantiation, because one of
 * them is for an imported memory, has an offset that is not known before, or
 * does not fit, or because a memory's are too far apart (sparse_image). Either
 * all defined memories of a module have one, or none has.
 */
SHIM_API const struct shim_static_image *shim_module_image(const struct shim_module *module,
							   uint32_t defined_memory);

/*
 * The place of a function in the instance state's func_refs, if it is one that
 * can be called through a reference: exported, start, or in a ref.func of the
 * module's globals or elements. Else SHIM_NO_INDEX.
 */
SHIM_API uint32_t shim_module_func_ref(const struct shim_module *module, uint32_t function);

/* ---- instance state -------------------------------------------------------- */
/*
 * The part of an instance that compiled code reads and writes directly. Its
 * fields, and which of these structs are where, is a table in
 * docs/instance-state.md. Pointers have 64 bits.
 */
#define SHIM_VM_MAGIC 0x65726f63u /* "core" */

struct shim_vm_function_import {
	const void *body;
	void *vmctx;
};

struct shim_vm_table {
	void *base;
	uint32_t current_elements;
	uint32_t reserved;
};

struct shim_vm_table_import {
	struct shim_vm_table *from;
	void *vmctx;
};

struct shim_vm_memory {
	void *base;
	uint64_t current_length; /* bytes */
};

struct shim_vm_memory_import {
	struct shim_vm_memory *from;
	void *vmctx;
	uint32_t index; /* defined memory index in vmctx */
	uint32_t reserved;
};

/* The value as in struct shim_const_instr; a reference is a pointer. */
struct shim_vm_global {
	uint64_t bits[2];
} __attribute__((aligned(16)));

struct shim_vm_global_import {
	struct shim_vm_global *from;
};

struct shim_vm_func_ref {
	const void *body;
	uint32_t type; /* canonical: equal when the function types are */
	uint32_t reserved;
	void *vmctx;
};

/* How many there are, then where each is, in bytes from the state's start. */
struct shim_vmoffsets {
	uint32_t imported_function_count;
	uint32_t imported_table_count;
	uint32_t imported_memory_count;
	uint32_t imported_global_count;
	uint32_t defined_table_count;
	uint32_t defined_memory_count;
	uint32_t owned_memory_count; /* defined and not shared */
	uint32_t defined_global_count;
	uint32_t func_ref_count;

	uint32_t magic;		 /* uint32_t */
	uint32_t runtime_limits; /* pointer ... */
	uint32_t callee;
	uint32_t epoch;
	uint32_t externref_activations;
	uint32_t store;		     /* two pointers */
	uint32_t builtin_functions;  /* pointer */
	uint32_t type_ids;	     /* pointer to uint32_t[type_count] */
	uint32_t imported_functions; /* struct shim_vm_function_import[] */
	uint32_t imported_tables;    /* struct shim_vm_table_import[] */
	uint32_t imported_memories;  /* struct shim_vm_memory_import[] */
	uint32_t imported_globals;   /* struct shim_vm_global_import[] */
	uint32_t defined_tables;     /* struct shim_vm_table[] */
	uint32_t defined_memories;   /* struct shim_vm_memory *[] */
	uint32_t owned_memories;     /* struct shim_vm_memory[] */
	uint32_t defined_globals;    /* struct shim_vm_global[] */
	uint32_t func_refs;	     /* struct shim_vm_func_ref[] */
	uint32_t state_size;	     /* of all of it */
};

/* Valid as long as the module. */
SHIM_API const struct shim_vmoffsets *shim_module_offsets(const struct shim_module *module);

/* ==== Level 2: instances ================================================== */
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

#endif /* LIBSHIM_H */
