// SPDX-License-Identifier: MIT
/* Compares the descs of two modules, member by member. */
#include "module_same.h"

#include <string.h>

#define SAME(a, b, field) ((a)->field == (b)->field)
#define SAME_ARRAY(a, b, field, count) \
	((a)->count == (b)->count &&   \
	 (!(a)->count || !memcmp((a)->field, (b)->field, (a)->count * sizeof(*(a)->field))))

static bool name_same(const struct shim_name *a, const struct shim_name *b)
{
	return a->length == b->length && !memcmp(a->bytes, b->bytes, a->length + 1);
}

static bool expr_same(const struct shim_const_expr *a, const struct shim_const_expr *b)
{
	return SAME_ARRAY(a, b, instrs, count);
}

static bool import_same(const struct shim_import *a, const struct shim_import *b)
{
	if (!name_same(&a->module, &b->module) || !name_same(&a->name, &b->name) ||
	    !SAME(a, b, kind))
		return false;
	switch (a->kind) {
	case SHIM_EXTERN_FUNCTION:
		return SAME(a, b, type);
	case SHIM_EXTERN_TABLE:
		return SAME(a, b, table.type) && SAME(a, b, table.flags) &&
		       SAME(a, b, table.minimum) && SAME(a, b, table.maximum);
	case SHIM_EXTERN_MEMORY:
		return SAME(a, b, memory.flags) && SAME(a, b, memory.minimum) &&
		       SAME(a, b, memory.maximum);
	}
	return SAME(a, b, global.type) && SAME(a, b, global.is_mutable);
}

static bool segments_same(const struct shim_module_desc *a, const struct shim_module_desc *b)
{
	for (uint32_t i = 0; i < a->element_count; i++) {
		const struct shim_element_segment *left = &a->elements[i];
		const struct shim_element_segment *right = &b->elements[i];

		if (!SAME(left, right, mode) || !SAME(left, right, type) ||
		    !SAME(left, right, table) || !expr_same(&left->offset, &right->offset) ||
		    !SAME_ARRAY(left, right, elements, count))
			return false;
	}
	for (uint32_t i = 0; i < a->data_count; i++) {
		const struct shim_data_segment *left = &a->data[i], *right = &b->data[i];

		if (!SAME(left, right, mode) || !SAME(left, right, memory) ||
		    !expr_same(&left->offset, &right->offset) || !SAME(left, right, length) ||
		    memcmp(left->bytes, right->bytes, left->length))
			return false;
	}
	return true;
}

bool desc_same(const struct shim_module_desc *a, const struct shim_module_desc *b)
{
	if (!SAME(a, b, flags) || !SAME(a, b, start) || !SAME(a, b, sparse_image) ||
	    !SAME(a, b, type_count) || !SAME(a, b, import_count) ||
	    !SAME(a, b, defined_global_count) || !SAME(a, b, export_count) ||
	    !SAME(a, b, element_count) || !SAME(a, b, data_count) ||
	    !SAME(a, b, defined_memory_count) ||
	    !SAME_ARRAY(a, b, defined_functions, defined_function_count) ||
	    !SAME_ARRAY(a, b, defined_tables, defined_table_count))
		return false;
	for (uint32_t i = 0; i < a->type_count; i++)
		if (!SAME_ARRAY(&a->types[i], &b->types[i], params, param_count) ||
		    !SAME_ARRAY(&a->types[i], &b->types[i], results, result_count))
			return false;
	for (uint32_t i = 0; i < a->import_count; i++)
		if (!import_same(&a->imports[i], &b->imports[i]))
			return false;
	for (uint32_t i = 0; i < a->defined_memory_count; i++)
		if (!SAME(&a->defined_memories[i], &b->defined_memories[i], flags) ||
		    !SAME(&a->defined_memories[i], &b->defined_memories[i], minimum) ||
		    !SAME(&a->defined_memories[i], &b->defined_memories[i], maximum))
			return false;
	for (uint32_t i = 0; i < a->defined_global_count; i++)
		if (!SAME(&a->defined_globals[i], &b->defined_globals[i], type.type) ||
		    !SAME(&a->defined_globals[i], &b->defined_globals[i], type.is_mutable) ||
		    !expr_same(&a->defined_globals[i].init, &b->defined_globals[i].init))
			return false;
	for (uint32_t i = 0; i < a->export_count; i++)
		if (!name_same(&a->exports[i].name, &b->exports[i].name) ||
		    !SAME(&a->exports[i], &b->exports[i], kind) ||
		    !SAME(&a->exports[i], &b->exports[i], index))
			return false;
	return segments_same(a, b);
}
