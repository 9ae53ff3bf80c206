// SPDX-License-Identifier: MIT
/*
 * Modules: their life, their items by index, and what follows from a desc.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "module/limits.h"
#include "module/module.h"
#include "module/type_ids.h"
#include "module/vmoffsets.h"

static _Atomic uint64_t last_id;

struct shim_module *shim_module_new(void)
{
	struct shim_module *module = calloc(1, sizeof(*module));

	if (!module) {
		shim_error_set(-ENOMEM, "no memory for a module");
		return NULL;
	}
	atomic_init(&module->users, 1);
	/* Ids are only compared for equality, so the count orders nothing. */
	module->id = atomic_fetch_add_explicit(&last_id, 1, memory_order_relaxed) + 1;
	module->desc.size = sizeof(module->desc);
	module->image_file.file.fd = -1;
	return module;
}

void shim_module_get(struct shim_module *module)
{
	atomic_fetch_add_explicit(&module->users, 1, memory_order_relaxed);
}

void shim_module_put(struct shim_module *module)
{
	/* Release: our reads are over. Acquire: those of all others are too. */
	if (atomic_fetch_sub_explicit(&module->users, 1, memory_order_acq_rel) != 1)
		return;
	shim_type_ids_put(module);
	shim_memfd_destroy(&module->image_file);
	shim_arena_uninit(&module->arena);
	free(module);
}

int shim_module_create(const struct shim_module_desc *desc, struct shim_module **out)
{
	struct shim_module *module;
	int error;

	if (!desc || !out)
		return shim_error_set(-EFAULT, "%s is NULL", desc ? "out" : "desc");
	module = shim_module_new();
	if (!module)
		return -ENOMEM;
	error = shim_module_copy(module, desc);
	if (error)
		goto put_module;
	error = shim_module_finish(module);
	if (error)
		goto put_module;
	*out = module;
	return 0;
put_module:
	shim_module_put(module);
	return error;
}

void shim_module_destroy(struct shim_module *module)
{
	if (module)
		shim_module_put(module);
}

/* ---- what is known of a module --------------------------------------------- */

uint64_t shim_module_id(const struct shim_module *module)
{
	return module ? module->id : 0;
}

const struct shim_module_desc *shim_module_desc(const struct shim_module *module)
{
	return module ? &module->desc : NULL;
}

const struct shim_vmoffsets *shim_module_offsets(const struct shim_module *module)
{
	return module ? &module->offsets : NULL;
}

const struct shim_static_image *shim_module_defined_image(const struct shim_module *module,
							  uint32_t defined_memory)
{
	if (!module || !module->images || defined_memory >= module->desc.defined_memory_count)
		return NULL;
	return &module->images[defined_memory];
}

static uint32_t defined_count(const struct shim_module_desc *desc, enum shim_extern_kind kind)
{
	switch (kind) {
	case SHIM_EXTERN_FUNCTION:
		return desc->defined_function_count;
	case SHIM_EXTERN_TABLE:
		return desc->defined_table_count;
	case SHIM_EXTERN_MEMORY:
		return desc->defined_memory_count;
	case SHIM_EXTERN_TAG:
		return desc->defined_tag_count;
	default:
		return desc->defined_global_count;
	}
}

uint32_t shim_module_count(const struct shim_module *module, enum shim_extern_kind kind)
{
	return module->imported_count[kind] + defined_count(&module->desc, kind);
}

uint32_t shim_module_func_ref_index(const struct shim_module *module, uint32_t function)
{
	if (!module || function >= shim_module_count(module, SHIM_EXTERN_FUNCTION))
		return SHIM_INDEX_NONE;
	return shim_has_func_ref(module, function) ? shim_func_ref_place(module, function) :
						     SHIM_INDEX_NONE;
}

/* The import that an index stands for; NULL when the module defines the item. */
static const struct shim_import *import_get(const struct shim_module *module,
					    enum shim_extern_kind kind, uint32_t index)
{
	if (index >= module->imported_count[kind])
		return NULL;
	return &module->desc.imports[module->imported[kind][index]];
}

uint32_t shim_module_function_type(const struct shim_module *module, uint32_t index)
{
	uint32_t imported = module->imported_count[SHIM_EXTERN_FUNCTION];
	const struct shim_import *import = import_get(module, SHIM_EXTERN_FUNCTION, index);

	return import ? import->type : module->desc.defined_functions[index - imported];
}

const struct shim_type *shim_module_function(const struct shim_module *module, uint32_t index)
{
	return &module->desc.types[shim_module_function_type(module, index)];
}

const struct shim_table_plan *shim_module_table(const struct shim_module *module, uint32_t index)
{
	uint32_t imported = module->imported_count[SHIM_EXTERN_TABLE];
	const struct shim_import *import = import_get(module, SHIM_EXTERN_TABLE, index);

	return import ? &import->table : &module->desc.defined_tables[index - imported];
}

const struct shim_memory_plan *shim_module_memory(const struct shim_module *module, uint32_t index)
{
	uint32_t imported = module->imported_count[SHIM_EXTERN_MEMORY];
	const struct shim_import *import = import_get(module, SHIM_EXTERN_MEMORY, index);

	return import ? &import->memory : &module->desc.defined_memories[index - imported];
}

const struct shim_global_type *shim_module_global(const struct shim_module *module, uint32_t index)
{
	uint32_t imported = module->imported_count[SHIM_EXTERN_GLOBAL];
	const struct shim_import *import = import_get(module, SHIM_EXTERN_GLOBAL, index);

	return import ? &import->global : &module->desc.defined_globals[index - imported].type;
}

/* ---- what follows from a desc ---------------------------------------------- */

int shim_module_name_set(struct shim_module *module, struct shim_name *name, const void *bytes,
			 uint32_t length)
{
	char *copy = shim_arena_alloc(&module->arena, (size_t)length + 1, 1);

	if (!copy)
		return -ENOMEM;
	if (length)
		memcpy(copy, bytes, length);
	name->bytes = copy;
	name->length = length;
	return 0;
}

void shim_table_plan_complete(struct shim_table_plan *plan)
{
	if (!(plan->flags & SHIM_PLAN_MAXIMUM))
		plan->maximum = shim_table_most(plan);
}

void shim_memory_plan_complete(struct shim_memory_plan *plan)
{
	if (!(plan->flags & SHIM_PLAN_MAXIMUM))
		plan->maximum = shim_memory_most(plan);
}

int shim_module_imports_sort(struct shim_module *module)
{
	const struct shim_module_desc *desc = &module->desc;
	uint32_t count[SHIM_EXTERN_KINDS] = { 0 };
	int error;

	for (uint32_t i = 0; i < desc->import_count; i++)
		count[desc->imports[i].kind]++;
	error = shim_limit_check(count[SHIM_EXTERN_TABLE], SHIM_MOST_TABLES, "imported tables");
	if (!error)
		error = shim_limit_check(count[SHIM_EXTERN_MEMORY], SHIM_MOST_MEMORIES,
					 "imported memories");
	if (error)
		return error;
	for (int kind = 0; kind < SHIM_EXTERN_KINDS; kind++) {
		module->imported[kind] =
			shim_arena_alloc(&module->arena, count[kind], sizeof(uint32_t));
		if (!module->imported[kind])
			return -ENOMEM;
	}
	for (uint32_t i = 0; i < desc->import_count; i++) {
		uint32_t kind = desc->imports[i].kind;

		module->imported[kind][module->imported_count[kind]++] = i;
	}
	return 0;
}

static int offsets_init(struct shim_module *module)
{
	const struct shim_module_desc *desc = &module->desc;
	struct shim_vmoffsets *offsets = &module->offsets;

	offsets->imported_function_count = module->imported_count[SHIM_EXTERN_FUNCTION];
	offsets->imported_table_count = module->imported_count[SHIM_EXTERN_TABLE];
	offsets->imported_memory_count = module->imported_count[SHIM_EXTERN_MEMORY];
	offsets->imported_global_count = module->imported_count[SHIM_EXTERN_GLOBAL];
	offsets->defined_table_count = desc->defined_table_count;
	offsets->defined_memory_count = desc->defined_memory_count;
	offsets->defined_global_count = desc->defined_global_count;
	offsets->imported_tag_count = module->imported_count[SHIM_EXTERN_TAG];
	offsets->defined_tag_count = desc->defined_tag_count;
	for (uint32_t i = 0; i < desc->defined_memory_count; i++)
		if (!(desc->defined_memories[i].flags & SHIM_PLAN_SHARED))
			offsets->owned_memory_count++;
	return shim_vmoffsets_init(offsets);
}

int shim_module_finish(struct shim_module *module)
{
	int error;

	if (!module->desc.sparse_image)
		module->desc.sparse_image = SHIM_SPARSE_IMAGE;
	/* What is done before a failure goes with the module. */
	error = shim_exprs_init(module);
	if (error)
		return error;
	error = shim_func_refs_init(module);
	if (error)
		return error;
	error = offsets_init(module);
	if (error)
		return error;
	error = shim_defined_state_init(module);
	if (error)
		return error;
	error = shim_active_elements_init(module);
	if (error)
		return error;
	error = shim_lazy_tables_init(module);
	if (error)
		return error;
	return shim_static_images_init(module);
}
