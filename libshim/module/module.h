/* SPDX-License-Identifier: MIT */
#ifndef SHIM_MODULE_H
#define SHIM_MODULE_H

#include <stdatomic.h>
#include <stdbool.h>

#include "base/arena.h"
#include <libshim/modules.h>

/*
 * A module. While it is made one thread owns it, and desc grows: its counts
 * never run ahead of what has been read or copied. Afterwards only users
 * changes.
 */
struct shim_module {
	atomic_uint users;
	uint64_t id;
	struct shim_arena arena; /* all that the pointers below point to */
	struct shim_module_desc desc;
	/* By kind: the imports of that kind, as indices into desc.imports. */
	uint32_t imported_count[SHIM_EXTERN_KINDS];
	uint32_t *imported[SHIM_EXTERN_KINDS];
	uint32_t *func_refs;		  /* by function: shim_module_func_ref() */
	struct shim_static_image *images; /* by defined memory, or NULL */
	uint32_t *type_ids;		  /* by type: canonical, see type_ids.h */
	struct shim_vmoffsets offsets;
};

/*
 * Keeps a module beyond shim_module_destroy(). The caller has a use of it
 * already; each shim_module_get() needs a shim_module_put().
 */
void shim_module_get(struct shim_module *module);
void shim_module_put(struct shim_module *module);

/* How many there are of a kind, imported and defined. */
uint32_t shim_module_count(const struct shim_module *module, enum shim_extern_kind kind);

/* What an index stands for, imported or defined; it must be in range. */
const struct shim_function_type *shim_module_function(const struct shim_module *module,
						      uint32_t index);
const struct shim_table_plan *shim_module_table(const struct shim_module *module, uint32_t index);
const struct shim_memory_plan *shim_module_memory(const struct shim_module *module, uint32_t index);
const struct shim_global_type *shim_module_global(const struct shim_module *module, uint32_t index);

static inline bool shim_is_reference(uint32_t type)
{
	return type == SHIM_TYPE_FUNCREF || type == SHIM_TYPE_EXTERNREF;
}

static inline bool shim_is_value_type(uint32_t type)
{
	return (type >= SHIM_TYPE_V128 && type <= SHIM_TYPE_I32) || shim_is_reference(type);
}

/* The largest size of a table or a memory. */
#define SHIM_TABLE_MAX ((uint64_t)UINT32_MAX)

static inline uint64_t shim_memory_most(const struct shim_memory_plan *plan)
{
	return UINT64_C(1) << (plan->flags & SHIM_PLAN_64 ? 48 : 16);
}

/* The lengths of a memory's minimum and maximum, at most UINT64_MAX. */
static inline uint64_t shim_memory_minimum(const struct shim_memory_plan *plan)
{
	return plan->minimum >> 48 ? UINT64_MAX : plan->minimum * SHIM_WASM_PAGE;
}

static inline uint64_t shim_memory_maximum(const struct shim_memory_plan *plan)
{
	return plan->maximum >> 48 ? UINT64_MAX : plan->maximum * SHIM_WASM_PAGE;
}

/* ---- how a module is made ------------------------------------------------ */

/* An empty module with one user. NULL with the message set: no memory. */
struct shim_module *shim_module_new(void);

/* Sets a name to a copy of length bytes with a NUL after it. */
int shim_module_name_set(struct shim_module *module, struct shim_name *name, const void *bytes,
			 uint32_t length);

/* Sets the maximum of a plan that has none, and so does not look at it. */
void shim_table_plan_complete(struct shim_table_plan *plan);
void shim_memory_plan_complete(struct shim_memory_plan *plan);

/* Fills imported[] once desc.imports is complete and checked. */
int shim_module_imports_sort(struct shim_module *module);

/* Works out all that follows from a desc that is complete and checked. */
int shim_module_finish(struct shim_module *module);

/* func_refs.c: sets func_refs and the count of them in offsets. */
int shim_func_refs_init(struct shim_module *module);

/* static_image.c: sets images, or leaves NULL if the rules allow none. */
int shim_static_images_init(struct shim_module *module);

/* Copies a desc, whose counts and pointers may be wrong, and checks it. */
int shim_module_copy(struct shim_module *module, const struct shim_module_desc *from);

#endif /* SHIM_MODULE_H */
