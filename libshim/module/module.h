/* SPDX-License-Identifier: MIT */
#ifndef SHIM_MODULE_H
#define SHIM_MODULE_H

#include <stdatomic.h>
#include <stdbool.h>

#include <libshim/modules.h>

#include "base/arena.h"
#include "base/file_view.h"
#include "base/memfd.h"

/*
 * A module. One thread makes it, and its desc grows meanwhile: no count is ahead of the
 * items that are complete. After that only users changes.
 */
struct shim_module {
	atomic_uint users; /* references */
	uint64_t id;
	struct shim_arena arena; /* owns what the pointers below point to */
	struct shim_module_desc desc;
	/* By kind: the imports of that kind, as indices into desc.imports. */
	uint32_t imported_count[SHIM_EXTERN_KINDS];
	uint32_t *imported[SHIM_EXTERN_KINDS];
	/* The places of references in the state, by shim_func_ref_place(). */
	uint8_t *func_ref_steps;  /* by function, from 1 on in each block; 0: it has none */
	uint32_t *func_ref_bases; /* by block of functions: the places before it, less 1 */
	/*
	 * While the module is made: the file that its segments are in, whose bytes then give
	 * places in it and are not there. NULL: they are the caller's.
	 */
	const struct shim_file_view *data_file;
	struct shim_static_image *images; /* by defined memory, or NULL */
	struct shim_memfd image_file;	  /* has their bytes, unless its content is NULL */
	bool has_mapped_images;		  /* instances can map it */
	bool borrows_bytes; /* the binary stays as long as the module, which points there */
	/* By type, with room for type_room; set for the type_id_count types of whole groups. */
	uint32_t *type_ids; /* the canonical id, see type_ids.h */
	struct shim_type_fact *type_facts;
	uint32_t type_room;
	uint32_t type_id_count;
	uint32_t type_end; /* the end of the group that is read: what it may refer to */
	bool needs_heap;   /* a constant expression needs a struct shim_heap */
	/* By the hash of the name, see export_table.c; NULL: there are no exports. */
	uint32_t *export_places;
	uint64_t export_salt[2];
	uint32_t export_room;
	uint32_t *expr_places; /* by element segment: the first of its exprs among all */
	uint32_t expr_count;   /* of all element segments */
	struct shim_vmoffsets offsets;
	/* The state of a new instance from defined_tables to func_refs, but for addresses. */
	void *defined_state;
	/* The defined globals whose values are not there, as they depend on the instance. */
	uint32_t *late_globals;
	uint32_t late_global_count;
	bool needs_evaluation; /* these, or first values of tables or elements */
	/* active_elements.c; by element segment, NULL: it is written element by element. */
	uint64_t **element_offsets;    /* from the state to the reference of each element */
	struct shim_ref_run *ref_runs; /* the references that they need, but for imported ones */
	struct shim_ref_source *ref_sources; /* by place in the state's func_refs */
	uint32_t ref_run_count;
	uint32_t imported_ref_count; /* the first places: imported functions that they need */
	/* lazy_tables.c: for allocators with SHIM_ALLOCATOR_LAZY_TABLES. */
	uint8_t *table_flags;	/* by defined table, SHIM_VM_TABLE_* */
	uint32_t lazy_segments; /* so many element segments are not written */
};

/* What a reference to a function is made of. */
struct shim_ref_source {
	uint32_t type[2];  /* and what is unused behind it, as in struct shim_vm_func_ref */
	uint32_t function; /* counted without the imported ones, unless it is one */
};

/* Places in func_refs from first to before end. */
struct shim_ref_run {
	uint32_t first;
	uint32_t end;
};

/* What follows from a type of the module. */
struct shim_type_fact {
	uint8_t depth;	     /* supertypes above it */
	bool is_defaultable; /* all fields are */
};

/*
 * Adds a reference, with which the module stays after shim_module_destroy(). The caller
 * has one already; each shim_module_get() needs a shim_module_put().
 */
void shim_module_get(struct shim_module *module);
void shim_module_put(struct shim_module *module);

/* The number of items of a kind, imported and defined ones. */
uint32_t shim_module_count(const struct shim_module *module, enum shim_extern_kind kind);

/* The type of an item by its index, which is in range; imported items come first. */
const struct shim_type *shim_module_function(const struct shim_module *module, uint32_t index);
/* The index of its type. */
uint32_t shim_module_function_type(const struct shim_module *module, uint32_t index);
const struct shim_table_plan *shim_module_table(const struct shim_module *module, uint32_t index);
const struct shim_memory_plan *shim_module_memory(const struct shim_module *module, uint32_t index);
const struct shim_global_type *shim_module_global(const struct shim_module *module, uint32_t index);

/* The largest size of a table or a memory; of a table, what its type allows. */
#define SHIM_TABLE_MAX ((uint64_t)UINT32_MAX)

static inline uint64_t shim_table_most(const struct shim_table_plan *plan)
{
	return plan->flags & SHIM_PLAN_64 ? UINT64_MAX : SHIM_TABLE_MAX;
}

static inline uint64_t shim_memory_most(const struct shim_memory_plan *plan)
{
	return UINT64_C(1) << (plan->flags & SHIM_PLAN_64 ? 48 : 16);
}

/* The lengths of minimum and maximum in bytes; UINT64_MAX stands for 2^64. */
static inline uint64_t shim_memory_minimum(const struct shim_memory_plan *plan)
{
	return plan->minimum >> 48 ? UINT64_MAX : plan->minimum * SHIM_WASM_PAGE;
}

static inline uint64_t shim_memory_maximum(const struct shim_memory_plan *plan)
{
	return plan->maximum >> 48 ? UINT64_MAX : plan->maximum * SHIM_WASM_PAGE;
}

/* ---- how a module is made ------------------------------------------------ */

/* Makes an empty module with one reference. NULL with a message: no memory. */
struct shim_module *shim_module_new(void);

/* Sets a name to a copy of length bytes with a NUL after it. */
int shim_module_name_set(struct shim_module *module, struct shim_name *name, const void *bytes,
			 uint32_t length);

/* Sets the maximum of a plan without one to the largest that there is. */
void shim_table_plan_complete(struct shim_table_plan *plan);
void shim_memory_plan_complete(struct shim_memory_plan *plan);

/* Fills imported[] from desc.imports, which are complete and valid. */
int shim_module_imports_sort(struct shim_module *module);

/* Works out what follows from a desc that is complete and valid. */
int shim_module_finish(struct shim_module *module);

/* types.c: makes room in type_ids and type_facts for so many types at least. */
int shim_types_reserve(struct shim_module *module, uint32_t count);

#define SHIM_FUNC_REF_BLOCK 128 /* functions whose steps are no more than UINT8_MAX */

static inline bool shim_has_func_ref(const struct shim_module *module, uint32_t function)
{
	return module->func_ref_steps[function];
}

/* The place of a function, which has a reference, among those in the state. */
static inline uint32_t shim_func_ref_place(const struct shim_module *module, uint32_t function)
{
	return module->func_ref_bases[function / SHIM_FUNC_REF_BLOCK] +
	       module->func_ref_steps[function];
}

/* func_refs.c: works out which functions have references, and the count of them in offsets. */
int shim_func_refs_init(struct shim_module *module);

/* exprs.c: sets needs_heap, expr_places and expr_count. */
int shim_exprs_init(struct shim_module *module);

/* defined_state.c: sets the members from defined_state on; offsets are there. */
int shim_defined_state_init(struct shim_module *module);

/*
 * active_elements.c: sets the members from element_offsets on; offsets, the places of references
 * and type_ids are there.
 */
int shim_active_elements_init(struct shim_module *module);

/*
 * lazy_tables.c: sets table_flags and lazy_segments; element_offsets are there. Then finds what
 * is in a defined table according to the active ones of these segments. NULL: nothing.
 */
int shim_lazy_tables_init(struct shim_module *module);
const struct shim_element *shim_lazy_element(const struct shim_module *module, uint32_t defined,
					     uint32_t index);

/*
 * static_image.c: sets images, or leaves NULL if the rules allow none. Copies the bytes of
 * data segments, which are the caller's before, unless the module may borrow them.
 */
int shim_static_images_init(struct shim_module *module);

/* Copies and validates a desc, whose counts and pointers may be wrong. */
int shim_module_copy(struct shim_module *module, const struct shim_module_desc *from);

#endif /* SHIM_MODULE_H */
