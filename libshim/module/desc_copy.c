// SPDX-License-Identifier: MIT
/*
 * The copy of a caller's desc, which is validated item by item.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/error.h"
#include "base/struct_copy.h"
#include "module/lists.h"

/* Copies the array that a pointer points to, and sets the pointer to the copy. */
static int array_copy(struct shim_module *module, const char *name, void *pointer, uint64_t count,
		      size_t size)
{
	const void *from;
	void *copy;

	memcpy(&from, pointer, sizeof(from));
	if (count && !from)
		return shim_error_set(-EFAULT, "%s is NULL, and there are %" PRIu64, name, count);
	copy = shim_arena_copy(&module->arena, from, count, size);
	if (!copy)
		return -ENOMEM;
	memcpy(pointer, &copy, sizeof(copy));
	return 0;
}

static int name_copy(struct shim_module *module, const char *field, struct shim_name *name)
{
	if (name->length && !name->bytes)
		return shim_error_set(-EFAULT, "%s is NULL, and has %" PRIu32 " bytes", field,
				      name->length);
	return shim_module_name_set(module, name, name->bytes, name->length);
}

static int instr_copy(struct shim_module *module, struct shim_const_instr *instr)
{
	return instr->op == SHIM_CONST_V128 ?
		       array_copy(module, "v128", &instr->v128, 2, sizeof(*instr->v128)) :
		       0;
}

static int instrs_copy(struct shim_module *module, struct shim_const_instr *expr)
{
	int error = array_copy(module, "instrs", &expr->instrs, expr->index, sizeof(*expr->instrs));
	struct shim_const_instr *instrs = (struct shim_const_instr *)expr->instrs;

	for (uint32_t i = 0; !error && i < expr->index; i++)
		error = instr_copy(module, &instrs[i]);
	return error;
}

/* What is one instruction in a list becomes that instruction. */
static int expr_copy(struct shim_module *module, struct shim_const_instr *expr)
{
	bool is_one = expr->op == SHIM_CONST_EXPR && expr->index == 1 && expr->instrs;

	if (is_one && expr->instrs->op != SHIM_CONST_EXPR)
		*expr = *expr->instrs;
	if (expr->op != SHIM_CONST_EXPR)
		return instr_copy(module, expr);
	if (expr->index)
		return instrs_copy(module, expr);
	expr->instrs = NULL;
	return 0;
}

static int type_copy(struct shim_module *module, void *item)
{
	struct shim_type *type = item;
	int error;

	error = array_copy(module, "fields", &type->fields, type->field_count,
			   sizeof(*type->fields));
	if (error)
		return error;
	error = array_copy(module, "params", &type->params, type->param_count,
			   sizeof(*type->params));
	if (error)
		return error;
	return array_copy(module, "results", &type->results, type->result_count,
			  sizeof(*type->results));
}

static int import_copy(struct shim_module *module, void *item)
{
	struct shim_import *import = item;
	int error = name_copy(module, "module", &import->module);

	if (error)
		return error;
	if (import->kind == SHIM_EXTERN_TABLE) {
		shim_table_plan_complete(&import->table);
		import->table.init.bits = 0;
	} else if (import->kind == SHIM_EXTERN_MEMORY) {
		shim_memory_plan_complete(&import->memory);
	}
	return name_copy(module, "name", &import->name);
}

static int table_copy(struct shim_module *module, void *item)
{
	struct shim_table_plan *plan = item;

	shim_table_plan_complete(plan);
	return expr_copy(module, &plan->init);
}

static int memory_copy(struct shim_module *module, void *item)
{
	(void)module;
	shim_memory_plan_complete(item);
	return 0;
}

static int global_copy(struct shim_module *module, void *item)
{
	struct shim_global *global = item;

	return expr_copy(module, &global->init);
}

static int export_copy(struct shim_module *module, void *item)
{
	struct shim_export *export = item;

	return name_copy(module, "name", &export->name);
}

/* Only an active segment has a target; what another one has there is cleared. */
static int target_copy(struct shim_module *module, uint32_t mode, uint32_t *target,
		       struct shim_const_instr *offset)
{
	if (mode == SHIM_SEGMENT_ACTIVE)
		return expr_copy(module, offset);
	*target = 0;
	memset(offset, 0, sizeof(*offset));
	return 0;
}

/* While the expressions are copied, the segment points to the caller's. */
static int exprs_copy(struct shim_module *module, struct shim_element_segment *segment)
{
	const struct shim_const_instr *from = segment->exprs;
	struct shim_const_instr *exprs;

	if (segment->expr_count && !from)
		return shim_error_set(-EFAULT, "exprs is NULL, and there are %" PRIu32,
				      segment->expr_count);
	exprs = shim_arena_copy(&module->arena, from, segment->expr_count, sizeof(*exprs));
	if (!exprs)
		return -ENOMEM;
	for (uint32_t i = 0; i < segment->expr_count; i++) {
		int error = expr_copy(module, &exprs[i]);

		if (error)
			return error;
	}
	segment->exprs = exprs;
	return 0;
}

static int element_copy(struct shim_module *module, void *item)
{
	struct shim_element_segment *segment = item;
	int error = target_copy(module, segment->mode, &segment->table, &segment->offset);

	if (error)
		return error;
	error = array_copy(module, "elements", &segment->elements, segment->count,
			   sizeof(*segment->elements));
	return error ? error : exprs_copy(module, segment);
}

static int data_copy(struct shim_module *module, void *item)
{
	struct shim_data_segment *segment = item;
	int error = target_copy(module, segment->mode, &segment->memory, &segment->offset);

	if (error)
		return error;
	/* They are copied when the module is complete, see shim_static_images_init(). */
	if (!segment->length || segment->bytes)
		return 0;
	return shim_error_set(-EFAULT, "bytes is NULL, and there are %" PRIu64, segment->length);
}

/* Copies what an item points to; NULL for items that point to nothing. */
static int (*const item_copy[SHIM_LISTS])(struct shim_module *module, void *item) = {
	[SHIM_LIST_TYPES] = type_copy,	     [SHIM_LIST_IMPORTS] = import_copy,
	[SHIM_LIST_TABLES] = table_copy,     [SHIM_LIST_MEMORIES] = memory_copy,
	[SHIM_LIST_GLOBALS] = global_copy,   [SHIM_LIST_EXPORTS] = export_copy,
	[SHIM_LIST_ELEMENTS] = element_copy, [SHIM_LIST_DATA] = data_copy,
};

/* Copies a list. The module's desc counts the items that are copied and valid. */
static int list_copy(struct shim_module *module, enum shim_list_kind kind,
		     struct shim_module_desc *from)
{
	const struct shim_list *list = &shim_lists[kind];
	uint32_t *done = shim_list_count(list, &module->desc);
	uint32_t count = *shim_list_count(list, from);
	const void **items = shim_list_items(list, &module->desc);
	int error;

	*items = *shim_list_items(list, from);
	error = array_copy(module, list->name, items, count, list->size);
	if (error)
		return error;
	while (*done < count) {
		unsigned char *item = (unsigned char *)*items + *done * list->size;

		error = item_copy[kind] ? item_copy[kind](module, item) : 0;
		if (error)
			return shim_error_prefix(error, "%s[%" PRIu32 "]: ", list->name, *done);
		error = shim_list_check(list, module, *done);
		if (error)
			return error;
		++*done;
	}
	return list->finish ? list->finish(module) : 0;
}

static int head_copy(struct shim_module_desc *to, const struct shim_module_desc *from)
{
	int error = shim_struct_copy(to, sizeof(*to), sizeof(*to), from);

	if (error)
		return error;
	if (to->flags & ~SHIM_MODULE_START)
		return shim_error_set(-EOPNOTSUPP, "flags 0x%" PRIx32 " has unknown bits",
				      to->flags);
	return 0;
}

int shim_module_copy(struct shim_module *module, const struct shim_module_desc *from)
{
	struct shim_module_desc *desc = &module->desc;
	struct shim_module_desc known;
	int error = head_copy(&known, from);

	if (error)
		return error;
	desc->flags = known.flags;
	desc->sparse_image = known.sparse_image;
	for (int i = 0; i < SHIM_LISTS; i++) {
		error = list_copy(module, i, &known);
		if (error)
			return error;
	}
	if (!(known.flags & SHIM_MODULE_START))
		return 0;
	desc->start = known.start;
	return shim_start_check(module);
}
