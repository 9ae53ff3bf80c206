/* SPDX-License-Identifier: MIT */
/*
 * The lists of a module's desc as one table: where a list is in the desc, and how
 * its items are validated. The copy of a desc and the parser of a binary both fill
 * the lists one item after the other and have each validated before the next.
 */
#ifndef SHIM_LISTS_H
#define SHIM_LISTS_H

#include "module/module.h"

/* In the order of the binary format. */
enum shim_list_kind {
	SHIM_LIST_TYPES,
	SHIM_LIST_IMPORTS,
	SHIM_LIST_FUNCTIONS,
	SHIM_LIST_TABLES,
	SHIM_LIST_MEMORIES,
	SHIM_LIST_TAGS,
	SHIM_LIST_GLOBALS,
	SHIM_LIST_EXPORTS,
	SHIM_LIST_ELEMENTS,
	SHIM_LIST_DATA,
	SHIM_LISTS
};

#define SHIM_NO_IMPORTS SHIM_EXTERN_KINDS

struct shim_list {
	const char *name; /* of the member of the desc: "memories" */
	const char *item; /* of an item in messages: "memory" */
	size_t count;	  /* offset of the uint32_t in the desc */
	size_t items;	  /* offset of the pointer in the desc */
	size_t size;	  /* bytes of an item */
	uint32_t most;	  /* items, with those that are imported */
	/* Imports of this kind come before the items in an index. */
	enum shim_extern_kind imported;
	/* Validates an item; all items before it are valid. */
	int (*check)(struct shim_module *module, uint32_t index);
	/* What follows once the item is valid; names the item itself. May be NULL. */
	int (*follow)(struct shim_module *module, uint32_t index);
	/* Validates the whole list, or works out what follows from it; may be NULL. */
	int (*finish)(struct shim_module *module);
};

extern const struct shim_list shim_lists[SHIM_LISTS];

/* The imports that are before the items of a list in an index. */
static inline uint32_t shim_list_imported(const struct shim_list *list,
					  const struct shim_module *module)
{
	return list->imported == SHIM_NO_IMPORTS ? 0 : module->imported_count[list->imported];
}

/* Puts the item before the message of an error; 0: it is past the most that there may be. */
int shim_list_refuse(const struct shim_list *list, const struct shim_module *module, uint32_t index,
		     int error) __attribute__((cold));

/*
 * Validates an item that is in the list and not counted yet. -EINVAL or
 * -EOPNOTSUPP with a message that names the item: "memory 1: minimum 2 is over
 * maximum 1". An item past the most that there may be is -EOPNOTSUPP.
 */
static inline int shim_list_check(const struct shim_list *list, struct shim_module *module,
				  uint32_t index)
{
	int error;

	if ((uint64_t)shim_list_imported(list, module) + index >= list->most)
		return shim_list_refuse(list, module, index, 0);
	error = list->check(module, index);
	if (error)
		return shim_list_refuse(list, module, index, error);
	return list->follow ? list->follow(module, index) : 0;
}

/* export_table.c: checks that no two exports have one name, and makes them found by it. */
int shim_exports_finish(struct shim_module *module);

/* Validates the start function, once the list of functions is complete. */
int shim_start_check(const struct shim_module *module);

static inline uint32_t *shim_list_count(const struct shim_list *list, struct shim_module_desc *desc)
{
	return (uint32_t *)((unsigned char *)desc + list->count);
}

static inline const void **shim_list_items(const struct shim_list *list,
					   struct shim_module_desc *desc)
{
	return (const void **)((unsigned char *)desc + list->items);
}

#endif /* SHIM_LISTS_H */
