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

/* What a table or memory can have at most. */
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

/* Part of it, in static_image.c: sets images. */
int shim_module_images_make(struct shim_module *module);

/* Copies a desc, whose counts and pointers may be wrong, and checks it. */
int shim_module_copy(struct shim_module *module, const struct shim_module_desc *from);

/* The lists of a desc, in the order of the binary format. */
enum shim_list_kind {
	SHIM_LIST_TYPES,
	SHIM_LIST_IMPORTS,
	SHIM_LIST_FUNCTIONS,
	SHIM_LIST_TABLES,
	SHIM_LIST_MEMORIES,
	SHIM_LIST_GLOBALS,
	SHIM_LIST_EXPORTS,
	SHIM_LIST_ELEMENTS,
	SHIM_LIST_DATA,
	SHIM_LISTS
};

struct shim_list {
	const char *name;
	size_t count; /* where the desc has its uint32_t */
	size_t items; /* where the desc has the pointer to them */
	size_t size;  /* of one item */
	/*
	 * Whether an item is what the specification asks for, when all before it
	 * is there and right: -EINVAL with a message that names the item, such
	 * as "memory 1: minimum 2 is over maximum 1". The item is not counted yet.
	 */
	int (*check)(const struct shim_module *module, uint32_t index);
	/* What is to be done or checked when the list is complete; or NULL. */
	int (*finish)(struct shim_module *module);
};

/* validation.c */
extern const struct shim_list shim_lists[SHIM_LISTS];

static inline uint32_t *shim_list_count(const struct shim_list *list, struct shim_module_desc *desc)
{
	return (uint32_t *)((unsigned char *)desc + list->count);
}

static inline const void **shim_list_items(const struct shim_list *list,
					   struct shim_module_desc *desc)
{
	return (const void **)((unsigned char *)desc + list->items);
}

/* The same for the start function, after the functions. */
int shim_module_start_check(const struct shim_module *module);

#endif /* SHIM_MODULE_H */
