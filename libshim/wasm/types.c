// SPDX-License-Identifier: MIT
/*
 * The binary form of what a module imports, defines and exports, but for its
 * segments and its code.
 */
#include <errno.h>
#include <inttypes.h>

#include "wasm/parser.h"

/* Codes of proposals that are not supported, and of the function form. */
#define FORM_FUNCTION 0x60
#define FORM_GC_FIRST 0x4d
#define FORM_GC_LAST 0x5f
#define TYPE_GC_FIRST 0x63
#define TYPE_GC_LAST 0x75
#define KIND_TAG 4
#define LIMITS_PAGE_SIZE 0x08
#define TABLE_HAS_INIT 0x40

static int unsupported(const struct shim_wasm_parser *parser, const char *what)
{
	return shim_wasm_error(&parser->reader, -EOPNOTSUPP, "%s", what);
}

int shim_wasm_value_type_read(struct shim_wasm_parser *parser, const char *what, uint8_t *type)
{
	int error = shim_wasm_u8(&parser->reader, what, type);

	if (error)
		return error;
	if (shim_is_value_type(*type))
		return 0;
	if (*type >= TYPE_GC_FIRST && *type <= TYPE_GC_LAST)
		return unsupported(parser, "typed references are not supported");
	return shim_wasm_error(&parser->reader, -EINVAL, "%s 0x%02x is no value type", what, *type);
}

static int value_types_read(struct shim_wasm_parser *parser, const char *count_what,
			    const char *what, const uint8_t **types, uint32_t *count)
{
	uint32_t expected;
	uint8_t *read;
	int error = shim_wasm_count(&parser->reader, count_what, 1, &expected);

	if (error)
		return error;
	read = shim_arena_alloc(&parser->module->arena, expected, 1);
	if (!read)
		return -ENOMEM;
	for (uint32_t i = 0; i < expected; i++) {
		error = shim_wasm_value_type_read(parser, what, &read[i]);
		if (error)
			return error;
	}
	*types = read;
	*count = expected;
	return 0;
}

int shim_wasm_type_read(struct shim_wasm_parser *parser, void *item)
{
	struct shim_function_type *type = item;
	uint8_t form;
	int error = shim_wasm_u8(&parser->reader, "form", &form);

	if (error)
		return error;
	if (form >= FORM_GC_FIRST && form <= FORM_GC_LAST)
		return unsupported(parser, "types other than functions are not supported");
	if (form != FORM_FUNCTION)
		return shim_wasm_error(&parser->reader, -EINVAL,
				       "form 0x%02x is not 0x60, a function", form);
	error = value_types_read(parser, "param count", "param", &type->params, &type->param_count);
	if (error)
		return error;
	return value_types_read(parser, "result count", "result", &type->results,
				&type->result_count);
}

static int name_read(struct shim_wasm_parser *parser, const char *what, struct shim_name *name)
{
	const uint8_t *bytes;
	uint32_t length;
	int error = shim_wasm_u32(&parser->reader, "name length", &length);

	if (error)
		return error;
	error = shim_wasm_bytes(&parser->reader, what, length, &bytes);
	if (error)
		return error;
	return shim_module_name_set(parser->module, name, bytes, length);
}

static int limit_read(struct shim_wasm_parser *parser, const char *what, uint32_t flags,
		      uint64_t *limit)
{
	uint32_t narrow;
	int error;

	if (flags & SHIM_PLAN_64)
		return shim_wasm_u64(&parser->reader, what, limit);
	error = shim_wasm_u32(&parser->reader, what, &narrow);
	if (error)
		return error;
	*limit = narrow;
	return 0;
}

/* The bits of the flags are those of SHIM_PLAN_*. */
static int limits_read(struct shim_wasm_parser *parser, uint32_t *flags, uint64_t *minimum,
		       uint64_t *maximum)
{
	uint8_t byte;
	int error = shim_wasm_u8(&parser->reader, "limits flags", &byte);

	if (error)
		return error;
	if (byte > 2 * LIMITS_PAGE_SIZE - 1)
		return shim_wasm_error(&parser->reader, -EINVAL,
				       "limits flags 0x%02x have unknown bits", byte);
	if (byte & LIMITS_PAGE_SIZE)
		return unsupported(parser, "custom page sizes are not supported");
	*flags = byte;
	error = limit_read(parser, "minimum", byte, minimum);
	if (error || !(byte & SHIM_PLAN_MAXIMUM))
		return error;
	return limit_read(parser, "maximum", byte, maximum);
}

int shim_wasm_table_read(struct shim_wasm_parser *parser, void *item)
{
	struct shim_table_plan *plan = item;
	struct shim_wasm_reader *reader = &parser->reader;
	uint8_t type;
	int error;

	reader->field = reader->at;
	if (shim_wasm_left(reader) && reader->bytes[reader->at] == TABLE_HAS_INIT)
		return unsupported(parser, "tables with an initial value are not supported");
	error = shim_wasm_value_type_read(parser, "table type", &type);
	if (error)
		return error;
	plan->type = type;
	error = limits_read(parser, &plan->flags, &plan->minimum, &plan->maximum);
	if (error)
		return error;
	shim_table_plan_complete(plan);
	return 0;
}

int shim_wasm_memory_read(struct shim_wasm_parser *parser, void *item)
{
	struct shim_memory_plan *plan = item;
	int error = limits_read(parser, &plan->flags, &plan->minimum, &plan->maximum);

	if (error)
		return error;
	shim_memory_plan_complete(plan);
	return 0;
}

static int global_type_read(struct shim_wasm_parser *parser, struct shim_global_type *type)
{
	int error = shim_wasm_value_type_read(parser, "global type", &type->type);

	if (error)
		return error;
	return shim_wasm_u8(&parser->reader, "mutability", &type->is_mutable);
}

int shim_wasm_global_read(struct shim_wasm_parser *parser, void *item)
{
	struct shim_global *global = item;
	int error = global_type_read(parser, &global->type);

	if (error)
		return error;
	return shim_wasm_expr_read(parser, &global->init);
}

int shim_wasm_function_read(struct shim_wasm_parser *parser, void *item)
{
	return shim_wasm_u32(&parser->reader, "function type", item);
}

static int extern_read(struct shim_wasm_parser *parser, struct shim_import *import)
{
	switch (import->kind) {
	case SHIM_EXTERN_FUNCTION:
		return shim_wasm_function_read(parser, &import->type);
	case SHIM_EXTERN_TABLE:
		return shim_wasm_table_read(parser, &import->table);
	case SHIM_EXTERN_MEMORY:
		return shim_wasm_memory_read(parser, &import->memory);
	case SHIM_EXTERN_GLOBAL:
		return global_type_read(parser, &import->global);
	case KIND_TAG:
		return unsupported(parser, "tags are not supported");
	}
	return shim_wasm_error(&parser->reader, -EINVAL,
			       "import kind %" PRIu32 " is not one of 0..3", import->kind);
}

int shim_wasm_import_read(struct shim_wasm_parser *parser, void *item)
{
	struct shim_import *import = item;
	uint8_t kind;
	int error = name_read(parser, "module name", &import->module);

	if (error)
		return error;
	error = name_read(parser, "name", &import->name);
	if (error)
		return error;
	error = shim_wasm_u8(&parser->reader, "import kind", &kind);
	if (error)
		return error;
	import->kind = kind;
	return extern_read(parser, import);
}

int shim_wasm_export_read(struct shim_wasm_parser *parser, void *item)
{
	struct shim_export *export = item;
	uint8_t kind;
	int error = name_read(parser, "name", &export->name);

	if (error)
		return error;
	error = shim_wasm_u8(&parser->reader, "export kind", &kind);
	if (error)
		return error;
	export->kind = kind;
	return shim_wasm_u32(&parser->reader, "export index", &export->index);
}
