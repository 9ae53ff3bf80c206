/* SPDX-License-Identifier: MIT */
/*
 * Descriptions of WebAssembly modules: all that an instance allocator needs, which is
 * everything but the code of the functions. A description is read from a .wasm binary,
 * or made of plain structs by a parser of the caller's own; both pass the same checks.
 *
 * The library reads WebAssembly 3.0 and the proposal threads (shared memories).
 *
 * In all structs below an index counts as in the WebAssembly specification: imported
 * items come first, then those that the module defines. A count of defined items does
 * not include the imported ones.
 */
#ifndef LIBSHIM_MODULES_H
#define LIBSHIM_MODULES_H

#include <stddef.h>
#include <stdint.h>

#include <libshim/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Stands for an index where there is none. */
#define SHIM_INDEX_NONE UINT32_MAX

#define SHIM_WASM_PAGE UINT64_C(65536)

/*
 * The type of a value, as the binary format encodes it. A reference of these may be null;
 * with SHIM_TYPE_NON_NULL it may not.
 */
enum shim_value_type {
	SHIM_TYPE_I32 = 0x7f,
	SHIM_TYPE_I64 = 0x7e,
	SHIM_TYPE_F32 = 0x7d,
	SHIM_TYPE_F64 = 0x7c,
	SHIM_TYPE_V128 = 0x7b,
	SHIM_TYPE_I8 = 0x78, /* of fields only, as is I16 */
	SHIM_TYPE_I16 = 0x77,
	SHIM_TYPE_NULLEXNREF = 0x74, /* to nothing: null */
	SHIM_TYPE_NULLFUNCREF = 0x73,
	SHIM_TYPE_NULLEXTERNREF = 0x72,
	SHIM_TYPE_NULLREF = 0x71,
	SHIM_TYPE_FUNCREF = 0x70,
	SHIM_TYPE_EXTERNREF = 0x6f,
	SHIM_TYPE_ANYREF = 0x6e,
	SHIM_TYPE_EQREF = 0x6d,
	SHIM_TYPE_I31REF = 0x6c,
	SHIM_TYPE_STRUCTREF = 0x6b,
	SHIM_TYPE_ARRAYREF = 0x6a,
	SHIM_TYPE_EXNREF = 0x69,
};
#define SHIM_TYPE_NON_NULL (1u << 30)
/* A reference to a value of a type of the module, whose index is in the lowest 30 bits. */
#define SHIM_TYPE_INDEX (1u << 31)

/* The kind of an import or export. */
enum shim_extern_kind {
	SHIM_EXTERN_FUNCTION = 0,
	SHIM_EXTERN_TABLE = 1,
	SHIM_EXTERN_MEMORY = 2,
	SHIM_EXTERN_GLOBAL = 3,
	SHIM_EXTERN_TAG = 4,
};
#define SHIM_EXTERN_KINDS 5

/*
 * UTF-8 of length bytes, which may include NUL bytes. In the desc of a module another
 * NUL follows, which length does not count, unless the module borrows its binary.
 */
struct shim_name {
	const char *bytes;
	uint32_t length;
};

enum shim_type_kind {
	SHIM_KIND_FUNCTION = 0,
	SHIM_KIND_STRUCT = 1,
	SHIM_KIND_ARRAY = 2, /* one field, which is the type of all elements */
};

struct shim_field {
	uint32_t type; /* as that of a value, or SHIM_TYPE_I8 or _I16 */
	uint32_t is_mutable;
};

#define SHIM_TYPE_OPEN 1u /* not final: other types may have it as their supertype */
#define SHIM_TYPE_SUB 2u  /* it has a supertype */

/* A type that the module defines. The members that its kind does not have are 0. */
struct shim_type {
	const uint32_t *params; /* of a function; types of values */
	const uint32_t *results;
	uint32_t param_count;
	uint32_t result_count;
	const struct shim_field *fields; /* of a struct or an array */
	uint32_t field_count;
	uint32_t kind;	    /* enum shim_type_kind */
	uint32_t flags;	    /* SHIM_TYPE_OPEN, SHIM_TYPE_SUB */
	uint32_t supertype; /* with SHIM_TYPE_SUB: its index, less than that of the type */
	/*
	 * The types of a recursive group follow one another, and each may refer to all of
	 * them. The first has their number here, the others have 0. 0 in a type that is in
	 * no group: it is one of its own.
	 */
	uint32_t group_count;
	uint32_t reserved; /* 0 */
};

/* The instructions of constant expressions, as the binary format encodes them. */
enum shim_const_op {
	SHIM_CONST_EXPR = 0,	      /* none of them: index instructions at instrs */
	SHIM_CONST_GLOBAL_GET = 0x23, /* index: an immutable global that comes before */
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
	SHIM_CONST_REF_NULL = 0xd0, /* index: the type, of a reference that may be null */
	SHIM_CONST_REF_FUNC = 0xd2, /* index: of the function */
	/* For these an instance needs a struct shim_heap. index: of the type ... */
	SHIM_CONST_STRUCT_NEW = 0xfb00,
	SHIM_CONST_STRUCT_NEW_DEFAULT = 0xfb01,
	SHIM_CONST_ARRAY_NEW = 0xfb06,
	SHIM_CONST_ARRAY_NEW_DEFAULT = 0xfb07,
	SHIM_CONST_ARRAY_NEW_FIXED = 0xfb08, /* ... and bits: the number of elements */
	SHIM_CONST_ANY_CONVERT_EXTERN = 0xfb1a,
	SHIM_CONST_EXTERN_CONVERT_ANY = 0xfb1b,
	SHIM_CONST_REF_I31 = 0xfb1c,
	SHIM_CONST_V128 = 0xfd0c,
};

/*
 * An instruction, or a whole expression: its only instruction, as nearly all have one, or
 * SHIM_CONST_EXPR. The instructions of that, none of which is another SHIM_CONST_EXPR, work on
 * a stack, and leave one value of the required type on it. All zero: no instructions. In the
 * desc of a module SHIM_CONST_EXPR has two instructions or more, or none.
 */
struct shim_const_instr {
	uint32_t op; /* enum shim_const_op */
	uint32_t index;
	union {
		uint64_t bits;	      /* one of 32 bits is in the low half, and the rest is 0 */
		const uint64_t *v128; /* of SHIM_CONST_V128: two words, the lowest bits first */
		const struct shim_const_instr *instrs; /* of SHIM_CONST_EXPR */
	};
};

/* The flags of tables and memories. */
#define SHIM_PLAN_MAXIMUM 1u /* there is a maximum */
#define SHIM_PLAN_SHARED 2u  /* memories only; needs a maximum */
#define SHIM_PLAN_64 4u	     /* addresses and indices have 64 bits */

/*
 * Without SHIM_PLAN_MAXIMUM maximum is ignored; in the desc of a module it is then the
 * highest that the type allows.
 */
struct shim_table_plan {
	uint32_t type;	  /* of a reference */
	uint32_t flags;	  /* SHIM_PLAN_MAXIMUM, SHIM_PLAN_64 */
	uint64_t minimum; /* elements, at most 2^32 - 1, with _64 2^64 - 1 */
	uint64_t maximum;
	/* The first value of all elements; without instructions it is null. Not of imports. */
	struct shim_const_instr init;
};

struct shim_memory_plan {
	uint32_t flags;	  /* SHIM_PLAN_* */
	uint64_t minimum; /* pages of SHIM_WASM_PAGE: 65536, with _64 2^48 at most */
	uint64_t maximum;
};

struct shim_global_type {
	uint32_t type; /* of a value */
	uint32_t is_mutable;
};

struct shim_import {
	struct shim_name module;
	struct shim_name name;
	uint32_t kind; /* enum shim_extern_kind; it selects a member of the union */
	union {
		uint32_t type; /* of a function or a tag: index of its type */
		struct shim_table_plan table;
		struct shim_memory_plan memory;
		struct shim_global_type global;
	};
};

/* A global that the module defines. */
struct shim_global {
	struct shim_global_type type;
	struct shim_const_instr init;
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

/*
 * One element: a constant expression of one instruction, SHIM_CONST_REF_NULL, _REF_FUNC or
 * _GLOBAL_GET, or another expression.
 */
struct shim_element {
	uint32_t op;	/* enum shim_const_op, or SHIM_ELEMENT_EXPR */
	uint32_t index; /* as in struct shim_const_instr, or into exprs of the segment */
};
#define SHIM_ELEMENT_EXPR 0u

struct shim_element_segment {
	uint32_t mode;	/* enum shim_segment_mode */
	uint32_t type;	/* of a reference */
	uint32_t table; /* active only, as is offset */
	uint32_t count;
	struct shim_const_instr offset; /* an i32; an i64 for a 64-bit table */
	const struct shim_element *elements;
	const struct shim_const_instr *exprs;
	uint32_t expr_count;
};

struct shim_data_segment {
	uint32_t mode;			/* enum shim_segment_mode */
	uint32_t memory;		/* active only, as is offset */
	struct shim_const_instr offset; /* an i32; an i64 for a 64-bit memory */
	const void *bytes;
	uint64_t length;
};

#define SHIM_MODULE_START 1u /* the module has a start function */

struct shim_module_desc {
	uint32_t size;	/* sizeof(struct shim_module_desc) */
	uint32_t flags; /* SHIM_MODULE_START */
	uint32_t start; /* index of a function without params and results */
	uint32_t type_count;
	uint32_t import_count;
	uint32_t defined_function_count;
	uint32_t defined_table_count;
	uint32_t defined_memory_count;
	uint32_t defined_global_count;
	uint32_t export_count;
	uint32_t element_count; /* segments */
	uint32_t data_count;	/* segments */
	const struct shim_type *types;
	const struct shim_import *imports;
	const uint32_t *defined_functions; /* each one's type */
	const struct shim_table_plan *defined_tables;
	const struct shim_memory_plan *defined_memories;
	const struct shim_global *defined_globals;
	const struct shim_export *exports;
	const struct shim_element_segment *elements;
	const struct shim_data_segment *data;
	/*
	 * The limit in bytes for the ranges of a static image (below) of which
	 * data segments fill half or less; it holds for all such ranges of a
	 * module together. 0: SHIM_SPARSE_IMAGE; 1: no such image is made. To
	 * change it for a binary, parse the binary, and create a module of a copy
	 * of its desc.
	 */
	uint64_t sparse_image;
	const uint32_t *defined_tags; /* each one's type, of a function without results */
	uint32_t defined_tag_count;
};
#define SHIM_SPARSE_IMAGE (UINT64_C(16) << 20)

/* Sets the size, and all else to 0. MT-Safe, AS-Safe. */
SHIM_INLINE void shim_module_desc_init(struct shim_module_desc *desc)
{
	__builtin_memset(desc, 0, sizeof(*desc));
	desc->size = sizeof(*desc);
}

/* A module does not change once it is made, so any thread may read it. */
struct shim_module;

/*
 * Makes a module of a .wasm binary, which is not needed afterwards. The message of an
 * error names the section and the byte of the binary, such as
 * "element section, byte 0x1f3: segment kind 8 is not one of 0..7".
 *
 * Of function bodies only the sizes are checked: the compiler of the caller has
 * validated them.
 * MT-Safe, AS-Unsafe.
 *
 * -EINVAL: the module is not valid
 * -EOPNOTSUPP: it needs a proposal that the library does not read, or is over one of the
 *	implementation limits of libshim(7)
 * -EOVERFLOW: the size of the instance state exceeds 32 bits
 * -ENOMEM: there is no memory
 * -EFAULT: a pointer is NULL
 */
SHIM_API SHIM_CHECKED int shim_module_parse(const void *bytes, size_t length,
					    struct shim_module **out);

/*
 * The same of a binary that stays where it is, and as it is, until the module is destroyed and
 * its last instance is gone: names, behind which is no NUL then, and data that is in no image
 * are not copied. For a program that has the binary in any case. Where it is a file that is
 * mapped, and somebody cuts that, a touch is a SIGBUS; shim_module_open() raises none.
 * MT-Safe, AS-Unsafe.
 */
SHIM_API SHIM_CHECKED int shim_module_parse_borrowed(const void *bytes, size_t length,
						     struct shim_module **out);

/*
 * Makes a module of a desc, which is copied with all that it points to. The call
 * checks all that the specification demands of a valid module. The errors are the
 * same, and their messages name the item. In addition there are
 * MT-Safe, AS-Unsafe.
 *
 * -EINVAL, -E2BIG: size is less than this version knows; it is more, and the rest is
 *	not 0
 * -EOPNOTSUPP: flags are unknown
 */
SHIM_API SHIM_CHECKED int shim_module_create(const struct shim_module_desc *desc,
					     struct shim_module **out);

/*
 * Frees the module; what instances still use of it stays until the last of them is
 * gone. NULL is allowed.
 * MT-Unsafe race:module, AS-Unsafe.
 */
SHIM_API void shim_module_destroy(struct shim_module *module);

/*
 * A number that no other module of this process has or had, and that is not 0.
 * MT-Safe, AS-Safe.
 */
SHIM_API uint64_t shim_module_id(const struct shim_module *module);

/*
 * All that was parsed, or a copy of what was given; valid as long as the module.
 * MT-Safe, AS-Safe.
 */
SHIM_API const struct shim_module_desc *shim_module_desc(const struct shim_module *module);

/*
 * The export with this name, of length bytes of UTF-8; with SIZE_MAX the name ends at its
 * first NUL. It is valid as long as the module. NULL: the module has no such export.
 * MT-Safe, AS-Safe.
 */
SHIM_API const struct shim_export *shim_module_find_export(const struct shim_module *module,
							   const char *name, size_t length);

/*
 * The initial content of one defined memory: length bytes at offset, and zeroes
 * elsewhere. Both are page multiples, the range is inside the memory's minimum, and
 * length is 0 when the whole memory is zero.
 */
struct shim_static_image {
	const void *bytes;
	uint64_t offset;
	uint64_t length;
};

/*
 * The static image of a defined memory, counted without the imported ones: memory i of the
 * module is i - imported_memory_count (struct shim_vmoffsets) here. NULL when the module's active data segments
 * have to be copied one by one at each instantiation: one of them is for an imported
 * memory, has an offset that is known only then, or does not fit, or those of a memory
 * are too far apart (sparse_image). Either all defined memories of a module have an
 * image, or none has.
 * MT-Safe, AS-Safe.
 */
SHIM_API const struct shim_static_image *shim_module_defined_image(const struct shim_module *module,
								   uint32_t defined_memory);

/*
 * The index of a function in the instance state's func_refs, if it can be called
 * through a reference: it is exported, the start function, or in a ref.func of the
 * module's globals, tables or elements. Otherwise SHIM_INDEX_NONE.
 * MT-Safe, AS-Safe.
 */
SHIM_API uint32_t shim_module_func_ref_index(const struct shim_module *module, uint32_t function);

/* ---- modules for other runtimes ------------------------------------------- */

/* What shim_module_strip() makes of a binary; it does not change. */
struct shim_stripped {
	const void *bytes; /* the binary without what is in the image */
	uint64_t length;
	/* Of memory 0; its length is 0 when nothing was taken out, or it is all zero. */
	struct shim_static_image image;
	uint64_t minimum;  /* of memory 0, in bytes; 0: the module defines none */
	uint32_t segments; /* that are in the image */
	uint32_t reserved; /* 0 */
};

/*
 * Takes out of a .wasm binary the data segments that can be in a memory before an instance
 * is made, and makes an image of them: an instance of the new binary, whose memory 0 has the
 * image at first, does whatever one of the old binary does. For a runtime that
 * writes data segments at each instantiation.
 *
 * These are the leading active segments, as long as each is for memory 0, which the module
 * defines, has an offset that is the same in every instance, and fits; passive ones between
 * them stay. Segments keep their indices where the module has a data count section, so that
 * instructions may name them. Nothing is taken out where the image would be too sparse, as
 * with shim_module_defined_image(), or where an instantiation may fail between its element
 * segments and its data after a table of somebody else has got functions of it.
 * MT-Safe, AS-Unsafe.
 *
 * The errors of shim_module_parse(). On success the caller owns *out.
 */
SHIM_API SHIM_CHECKED int shim_module_strip(const void *bytes, size_t length,
					    struct shim_stripped **out);

/* NULL is allowed. MT-Unsafe race:stripped, AS-Unsafe. */
SHIM_API void shim_stripped_destroy(struct shim_stripped *stripped);

/* ---- instance state -------------------------------------------------------- */
/*
 * The part of an instance that compiled code reads and writes directly. The table in
 * docs/instance-state.md has its fields, and says which of these structs are where.
 * Pointers have 64 bits.
 */
#define SHIM_VM_MAGIC 0x65726f63u /* "core" */

struct shim_vm_function_import {
	const void *body;
	void *vmctx;
};

/*
 * The flags of a table, which are 0 but for references to functions in allocators with
 * SHIM_ALLOCATOR_LAZY_TABLES.
 */
#define SHIM_VM_TABLE_TAGGED 1u /* an element is 0 until it is set, and then has this bit */
#define SHIM_VM_TABLE_LAZY 2u	/* one that is 0 may be a function of a segment, and not null */

struct shim_vm_table {
	void *base;
	uint32_t current_elements;
	uint32_t flags;
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
	uint32_t defined_memory; /* its number in vmctx, without the imported ones */
	uint32_t reserved;
};

/* The value as bits, the lowest first; a reference is a pointer. */
struct shim_vm_global {
	uint64_t bits[2];
} __attribute__((aligned(16)));

struct shim_vm_global_import {
	struct shim_vm_global *from;
};

struct shim_vm_func_ref {
	const void *body;
	uint32_t type; /* canonical: equal if and only if the function types are equal */
	uint32_t reserved;
	void *vmctx;
};

/* A tag is its address: each instance that defines one makes another. */
struct shim_vm_tag {
	uint32_t type; /* canonical, as that of a function */
	uint32_t reserved;
};

struct shim_vm_tag_import {
	struct shim_vm_tag *from;
};

/*
 * What a constant expression of a module needs from the heap that struct shim_heap of
 * libshim/instances.h stands for.
 */
struct shim_heap_request {
	struct shim_module *module;
	uint32_t op;   /* SHIM_CONST_STRUCT_NEW to _REF_I31 */
	uint32_t type; /* of the module: that of the struct or array */
	/*
	 * Of a struct the fields, of ARRAY_NEW_FIXED the elements, of ARRAY_NEW the one
	 * value of all elements, of REF_I31 the number, of a conversion the reference,
	 * which is not null. With _DEFAULT there is none.
	 */
	const struct shim_vm_global *values;
	uint32_t value_count;
	uint32_t reserved;
	uint64_t length; /* of an array */
};

/* The number of each kind, then the offset of each in bytes from the state's start. */
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

	/* Of tags, which lie behind func_refs. */
	uint32_t imported_tag_count;
	uint32_t defined_tag_count;
	uint32_t imported_tags; /* struct shim_vm_tag_import[] */
	uint32_t defined_tags;	/* struct shim_vm_tag[] */
};

/* Valid as long as the module. MT-Safe, AS-Safe. */
SHIM_API const struct shim_vmoffsets *shim_module_offsets(const struct shim_module *module);

#ifdef __cplusplus
}
#endif

#endif /* LIBSHIM_MODULES_H */
