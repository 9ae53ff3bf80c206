// SPDX-License-Identifier: MIT
/* Compares the descs of two modules, member by member. */
#include "module_same.h"

#include <string.h>

#include "module/const_expr.h"

#define SAME(a, b, field) ((a)->field == (b)->field)
#define SAME_ARRAY(a, b, field, count) \
	((a)->count == (b)->count &&   \
	 (!(a)->count || !memcmp((a)->field, (b)->field, (a)->count * sizeof(*(a)->field))))

static bool name_same(const struct shim_name *a, const struct shim_name *b)
{
	return a->length == b->length && !memcmp(a->bytes, b->bytes, a->length);
}

static bool instr_same(const struct shim_const_instr *a, const struct shim_const_instr *b)
{
	if (!SAME(a, b, op) || !SAME(a, b, index))
		return false;
	return a->op == SHIM_CONST_V128 ? !memcmp(a->v128, b->v128, 16) : SAME(a, b, bits);
}

static bool expr_same(const struct shim_const_instr *a, const struct shim_const_instr *b)
{
	uint32_t a_count, b_count;
	const struct shim_const_instr *left = shim_const_instrs(a, &a_count);
	const struct shim_const_instr *right = shim_const_instrs(b, &b_count);

	if (!SAME(a, b, op) || a_count != b_count)
		return false;
	for (uint32_t i = 0; i < a_count; i++)
		if (!instr_same(&left[i], &right[i]))
			return false;
	return true;
}

static bool type_same(const struct shim_type *a, const struct shim_type *b)
{
	if (!SAME(a, b, kind) || !SAME(a, b, flags) || !SAME(a, b, supertype) ||
	    !SAME(a, b, group_count))
		return false;
	if (a->kind != SHIM_KIND_FUNCTION)
		return SAME_ARRAY(a, b, fields, field_count);
	return SAME_ARRAY(a, b, params, param_count) && SAME_ARRAY(a, b, results, result_count);
}

static bool table_same(const struct shim_table_plan *a, const struct shim_table_plan *b)
{
	return SAME(a, b, type) && SAME(a, b, flags) && SAME(a, b, minimum) &&
	       SAME(a, b, maximum) && expr_same(&a->init, &b->init);
}

static bool exprs_same(const struct shim_element_segment *a, const struct shim_element_segment *b)
{
	if (!SAME(a, b, expr_count))
		return false;
	for (uint32_t i = 0; i < a->expr_count; i++)
		if (!expr_same(&a->exprs[i], &b->exprs[i]))
			return false;
	return true;
}

static bool import_same(const struct shim_import *a, const struct shim_import *b)
{
	if (!name_same(&a->module, &b->module) || !name_same(&a->name, &b->name) ||
	    !SAME(a, b, kind))
		return false;
	switch (a->kind) {
	case SHIM_EXTERN_FUNCTION:
	case SHIM_EXTERN_TAG:
		return SAME(a, b, type);
	case SHIM_EXTERN_TABLE:
		return table_same(&a->table, &b->table);
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
		    !SAME_ARRAY(left, right, elements, count) || !exprs_same(left, right))
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
	    !SAME_ARRAY(a, b, defined_tags, defined_tag_count) || !SAME(a, b, defined_table_count))
		return false;
	for (uint32_t i = 0; i < a->type_count; i++)
		if (!type_same(&a->types[i], &b->types[i]))
			return false;
	for (uint32_t i = 0; i < a->defined_table_count; i++)
		if (!table_same(&a->defined_tables[i], &b->defined_tables[i]))
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

static bool image_same(const struct shim_static_image *a, const struct shim_static_image *b)
{
	if (!a || !b)
		return a == b;
	return SAME(a, b, offset) && SAME(a, b, length) &&
	       (!a->length || !memcmp(a->bytes, b->bytes, a->length));
}

bool images_same(const struct shim_module *a, const struct shim_module *b)
{
	for (uint32_t i = 0; i < shim_module_desc(a)->defined_memory_count; i++)
		if (!image_same(shim_module_defined_image(a, i), shim_module_defined_image(b, i)))
			return false;
	return true;
}
