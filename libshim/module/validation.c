// SPDX-License-Identifier: MIT
/*
 * Validation: what the specification asks of each item of a module, parsed or copied.
 *
 * An item is validated when all items before it in the order of the binary format are
 * valid. That takes no longer than the item is long.
 */
#include <errno.h>
#include <inttypes.h>
#include <stddef.h>

#include "base/error.h"
#include "base/utf8.h"
#include "module/const_expr.h"
#include "module/limits.h"
#include "module/lists.h"
#include "module/types.h"
#include "module/value_type.h"

static const char *const kind_names[SHIM_EXTERN_KINDS] = {
	"function", "table", "memory", "global", "tag",
};

static int extern_index_check(const struct shim_module *module, enum shim_extern_kind kind,
			      uint32_t index)
{
	uint32_t count = shim_module_count(module, kind);

	if (index < count)
		return 0;
	return shim_error_set(-EINVAL, "%s %" PRIu32 " is past the %" PRIu32 " there are",
			      kind_names[kind], index, count);
}

/* Checks the index of a function's type. */
static int function_type_check(const struct shim_module *module, uint32_t index)
{
	if (index >= module->desc.type_count)
		return shim_error_set(-EINVAL, "type %" PRIu32 " is past the %" PRIu32 " there are",
				      index, module->desc.type_count);
	if (module->desc.types[index].kind != SHIM_KIND_FUNCTION)
		return shim_error_set(-EINVAL, "type %" PRIu32 " is not of functions", index);
	return 0;
}

static int tag_type_check(const struct shim_module *module, uint32_t index)
{
	int error = function_type_check(module, index);

	if (error || !module->desc.types[index].result_count)
		return error;
	return shim_error_set(-EINVAL, "type %" PRIu32 " has results", index);
}

static int name_check(const struct shim_name *name)
{
	uint32_t valid = shim_utf8_valid(name->bytes, name->length);

	if (valid == name->length && valid <= SHIM_MOST_NAME)
		return 0;
	if (valid == name->length)
		return shim_limit_check(name->length, SHIM_MOST_NAME, "bytes in a name");
	return shim_error_set(-EINVAL, "name is not UTF-8 at its byte %" PRIu32, valid);
}

static int range_check(uint64_t minimum, uint64_t maximum, uint64_t most, const char *unit)
{
	if (minimum > most)
		return shim_error_set(-EINVAL, "minimum %" PRIu64 " is over %" PRIu64 " %s",
				      minimum, most, unit);
	if (maximum > most)
		return shim_error_set(-EINVAL, "maximum %" PRIu64 " is over %" PRIu64 " %s",
				      maximum, most, unit);
	if (minimum > maximum)
		return shim_error_set(-EINVAL, "minimum %" PRIu64 " is over maximum %" PRIu64,
				      minimum, maximum);
	return 0;
}

static int flags_check(uint32_t flags)
{
	if (flags & ~(SHIM_PLAN_MAXIMUM | SHIM_PLAN_SHARED | SHIM_PLAN_64))
		return shim_error_set(-EINVAL, "flags 0x%" PRIx32 " has unknown bits", flags);
	return 0;
}

static int reference_check(const struct shim_module *module, uint32_t type)
{
	char text[SHIM_TYPE_TEXT];

	if (shim_reference_is_valid(module, type))
		return 0;
	return shim_error_set(-EINVAL, "type %s is no reference", shim_type_text(type, text));
}

static int table_plan_check(const struct shim_module *module, const struct shim_table_plan *plan)
{
	int error = flags_check(plan->flags);

	if (error)
		return error;
	if (plan->flags & SHIM_PLAN_SHARED)
		return shim_error_set(-EOPNOTSUPP, "shared tables are not supported");
	error = reference_check(module, plan->type);
	if (error)
		return error;
	return range_check(plan->minimum, plan->maximum, shim_table_most(plan), "elements");
}

static int memory_plan_check(const struct shim_memory_plan *plan)
{
	int error = flags_check(plan->flags);

	if (error)
		return error;
	if (plan->flags & SHIM_PLAN_SHARED && !(plan->flags & SHIM_PLAN_MAXIMUM))
		return shim_error_set(-EINVAL, "is shared and has no maximum");
	return range_check(plan->minimum, plan->maximum, shim_memory_most(plan), "pages");
}

static int global_type_check(const struct shim_module *module, const struct shim_global_type *type)
{
	char text[SHIM_TYPE_TEXT];

	if (!shim_value_type_is_valid(module, type->type))
		return shim_error_set(-EINVAL, "type %s is no value type",
				      shim_type_text(type->type, text));
	if (type->is_mutable > 1)
		return shim_error_set(-EINVAL, "mutability %" PRIu32 " is not 0 or 1",
				      type->is_mutable);
	return 0;
}

/* ---- items --------------------------------------------------------------- */

static int extern_check(const struct shim_module *module, const struct shim_import *import)
{
	switch (import->kind) {
	case SHIM_EXTERN_FUNCTION:
		return function_type_check(module, import->type);
	case SHIM_EXTERN_TABLE:
		if (!shim_const_is_empty(&import->table.init))
			return shim_error_set(-EINVAL, "an imported table has an initial value");
		return table_plan_check(module, &import->table);
	case SHIM_EXTERN_MEMORY:
		return memory_plan_check(&import->memory);
	case SHIM_EXTERN_GLOBAL:
		return global_type_check(module, &import->global);
	case SHIM_EXTERN_TAG:
		return tag_type_check(module, import->type);
	}
	return shim_error_set(-EINVAL, "kind %" PRIu32 " is not one of 0..4", import->kind);
}

static int import_check(struct shim_module *module, uint32_t index)
{
	const struct shim_import *import = &module->desc.imports[index];
	int error = name_check(&import->module);

	if (error)
		return shim_error_prefix(error, "module ");
	error = name_check(&import->name);
	if (error)
		return error;
	return extern_check(module, import);
}

static int function_check(struct shim_module *module, uint32_t index)
{
	return function_type_check(module, module->desc.defined_functions[index]);
}

static int table_check(struct shim_module *module, uint32_t index)
{
	const struct shim_table_plan *plan = &module->desc.defined_tables[index];
	char text[SHIM_TYPE_TEXT];
	int error = table_plan_check(module, plan);

	if (error)
		return error;
	if (shim_const_is_empty(&plan->init) && shim_is_defaultable(plan->type))
		return 0;
	if (shim_const_is_empty(&plan->init))
		return shim_error_set(-EINVAL, "type %s has no null, and there is no initial value",
				      shim_type_text(plan->type, text));
	error = shim_const_check(module, &plan->init, plan->type);
	return error ? shim_error_prefix(error, "initial value: ") : 0;
}

static int memory_check(struct shim_module *module, uint32_t index)
{
	return memory_plan_check(&module->desc.defined_memories[index]);
}

static int tag_check(struct shim_module *module, uint32_t index)
{
	return tag_type_check(module, module->desc.defined_tags[index]);
}

static int global_check(struct shim_module *module, uint32_t index)
{
	const struct shim_global *global = &module->desc.defined_globals[index];
	int error = global_type_check(module, &global->type);

	if (error)
		return error;
	error = shim_const_check(module, &global->init, global->type.type);
	return error ? shim_error_prefix(error, "initial value: ") : 0;
}

static int export_check(struct shim_module *module, uint32_t index)
{
	const struct shim_export *export = &module->desc.exports[index];
	int error = name_check(&export->name);

	if (error)
		return error;
	if (export->kind >= SHIM_EXTERN_KINDS)
		return shim_error_set(-EINVAL, "kind %" PRIu32 " is not one of 0..4", export->kind);
	return extern_index_check(module, export->kind, export->index);
}

int shim_start_check(const struct shim_module *module)
{
	const struct shim_type *type;
	int error = extern_index_check(module, SHIM_EXTERN_FUNCTION, module->desc.start);

	if (error)
		return shim_error_prefix(error, "start: ");
	type = shim_module_function(module, module->desc.start);
	if (type->param_count || type->result_count)
		return shim_error_set(-EINVAL, "start: function %" PRIu32 " has params or results",
				      module->desc.start);
	return 0;
}

static int offset_check(const struct shim_module *module, const struct shim_const_instr *offset,
			uint32_t type)
{
	int error = shim_const_check(module, offset, type);

	return error ? shim_error_prefix(error, "offset: ") : 0;
}

static int element_target_check(const struct shim_module *module,
				const struct shim_element_segment *segment)
{
	int error = extern_index_check(module, SHIM_EXTERN_TABLE, segment->table);
	char text[SHIM_TYPE_TEXT], table_text[SHIM_TYPE_TEXT];
	const struct shim_table_plan *table;

	if (error)
		return error;
	table = shim_module_table(module, segment->table);
	if (!shim_type_matches(module, segment->type, table->type))
		return shim_error_set(-EINVAL, "type %s is not table %" PRIu32 "'s %s",
				      shim_type_text(segment->type, text), segment->table,
				      shim_type_text(table->type, table_text));
	return offset_check(module, &segment->offset,
			    table->flags & SHIM_PLAN_64 ? SHIM_TYPE_I64 : SHIM_TYPE_I32);
}

static int element_expr_check(const struct shim_module *module,
			      const struct shim_element_segment *segment,
			      const struct shim_element *element)
{
	const struct shim_const_instr instr = { .op = element->op, .index = element->index };

	if (element->op != SHIM_ELEMENT_EXPR)
		return shim_const_check(module, &instr, segment->type);
	if (element->index >= segment->expr_count)
		return shim_error_set(-EINVAL,
				      "expression %" PRIu32 " is past the %" PRIu32 " there are",
				      element->index, segment->expr_count);
	return 0;
}

static int elements_check(const struct shim_module *module,
			  const struct shim_element_segment *segment)
{
	uint32_t functions;
	bool any_function;
	int error = shim_limit_check(segment->count, SHIM_MOST_ELEMENTS, "elements");

	if (error)
		return error;
	for (uint32_t i = 0; i < segment->expr_count; i++) {
		error = shim_const_check(module, &segment->exprs[i], segment->type);
		if (error)
			return shim_error_prefix(error, "expression %" PRIu32 ": ", i);
	}
	/* Each function has this type, so only the indices are looked at. */
	any_function =
		shim_type_matches(module, SHIM_TYPE_FUNCREF | SHIM_TYPE_NON_NULL, segment->type);
	functions = shim_module_count(module, SHIM_EXTERN_FUNCTION);
	for (uint32_t i = 0; i < segment->count; i++) {
		const struct shim_element *element = &segment->elements[i];

		if (any_function && element->op == SHIM_CONST_REF_FUNC &&
		    element->index < functions)
			continue;
		error = element_expr_check(module, segment, element);
		if (error)
			return shim_error_prefix(error, "item %" PRIu32 ": ", i);
	}
	return 0;
}

static int element_check(struct shim_module *module, uint32_t index)
{
	const struct shim_element_segment *segment = &module->desc.elements[index];
	int error;

	if (segment->mode > SHIM_SEGMENT_DECLARED)
		return shim_error_set(-EINVAL, "mode %" PRIu32 " is not one of 0..2",
				      segment->mode);
	error = reference_check(module, segment->type);
	if (error)
		return error;
	if (segment->mode == SHIM_SEGMENT_ACTIVE) {
		error = element_target_check(module, segment);
		if (error)
			return error;
	}
	return elements_check(module, segment);
}

static int data_target_check(const struct shim_module *module,
			     const struct shim_data_segment *segment)
{
	int error = extern_index_check(module, SHIM_EXTERN_MEMORY, segment->memory);
	bool is_64;

	if (error)
		return error;
	is_64 = shim_module_memory(module, segment->memory)->flags & SHIM_PLAN_64;
	return offset_check(module, &segment->offset, is_64 ? SHIM_TYPE_I64 : SHIM_TYPE_I32);
}

static int data_check(struct shim_module *module, uint32_t index)
{
	const struct shim_data_segment *segment = &module->desc.data[index];

	if (segment->mode > SHIM_SEGMENT_PASSIVE)
		return shim_error_set(-EINVAL, "mode %" PRIu32 " is not one of 0..1",
				      segment->mode);
	return segment->mode == SHIM_SEGMENT_ACTIVE ? data_target_check(module, segment) : 0;
}

/* ---- all lists -------------------------------------------------------------- */

#define LIST(field, item, item_count, most, imported, check, follow, finish)                   \
	{                                                                                      \
#field, item, offsetof(struct shim_module_desc, item_count),                   \
			offsetof(struct shim_module_desc, field),                              \
			sizeof(*((struct shim_module_desc *)0)->field), most, imported, check, \
			follow, finish                                                         \
	}

const struct shim_list shim_lists[SHIM_LISTS] = {
	[SHIM_LIST_TYPES] = LIST(types, "type", type_count, SHIM_MOST_ITEMS, SHIM_NO_IMPORTS,
				 shim_type_check, shim_type_follow, shim_types_finish),
	[SHIM_LIST_IMPORTS] = LIST(imports, "import", import_count, SHIM_MOST_ITEMS,
				   SHIM_NO_IMPORTS, import_check, NULL, shim_module_imports_sort),
	[SHIM_LIST_FUNCTIONS] = LIST(defined_functions, "function", defined_function_count,
				     SHIM_MOST_ITEMS, SHIM_EXTERN_FUNCTION, function_check, NULL,
				     NULL),
	[SHIM_LIST_TABLES] = LIST(defined_tables, "table", defined_table_count, SHIM_MOST_TABLES,
				  SHIM_EXTERN_TABLE, table_check, NULL, NULL),
	[SHIM_LIST_MEMORIES] = LIST(defined_memories, "memory", defined_memory_count,
				    SHIM_MOST_MEMORIES, SHIM_EXTERN_MEMORY, memory_check, NULL,
				    NULL),
	[SHIM_LIST_TAGS] = LIST(defined_tags, "tag", defined_tag_count, SHIM_MOST_ITEMS,
				SHIM_EXTERN_TAG, tag_check, NULL, NULL),
	[SHIM_LIST_GLOBALS] = LIST(defined_globals, "global", defined_global_count, SHIM_MOST_ITEMS,
				   SHIM_EXTERN_GLOBAL, global_check, NULL, NULL),
	[SHIM_LIST_EXPORTS] = LIST(exports, "export", export_count, SHIM_MOST_ITEMS,
				   SHIM_NO_IMPORTS, export_check, NULL, shim_exports_finish),
	[SHIM_LIST_ELEMENTS] = LIST(elements, "element", element_count, SHIM_MOST_SEGMENTS,
				    SHIM_NO_IMPORTS, element_check, NULL, NULL),
	[SHIM_LIST_DATA] = LIST(data, "data", data_count, SHIM_MOST_SEGMENTS, SHIM_NO_IMPORTS,
				data_check, NULL, NULL),
};

int shim_list_refuse(const struct shim_list *list, const struct shim_module *module, uint32_t index,
		     int error)
{
	uint64_t number = (uint64_t)shim_list_imported(list, module) + index;

	if (!error)
		return shim_limit_check(number + 1, list->most, list->name);
	return shim_error_prefix(error, "%s %" PRIu64 ": ", list->item, number);
}
