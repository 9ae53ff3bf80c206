// SPDX-License-Identifier: MIT
/*
 * The binary form of what a module imports, defines and exports, but for its
 * types, its segments and its code.
 */
#include <errno.h>
#include <inttypes.h>

#include "module/const_expr.h"
#include "module/value_type.h"
#include "wasm/parser.h"

#define LIMITS_KNOWN (SHIM_PLAN_MAXIMUM | SHIM_PLAN_SHARED | SHIM_PLAN_64)
#define LIMITS_PAGE_SIZE 0x08 /* of memories */
#define TABLE_HAS_INIT 0x40
#define MUTABLE_SHARED 0x02
#define COMPACT_TYPE 0x7e
#define COMPACT_MODULE 0x7f

/* In place of the kind of an import or export. */
static const struct shim_wasm_code kind_codes[] = {
	{ 0x20, "custom-descriptors" }, /* an exact function */
	{ 0, NULL },
};

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
	if (!parser->module->borrows_bytes)
		return shim_module_name_set(parser->module, name, bytes, length);
	*name = (struct shim_name){ (const char *)bytes, length };
	return 0;
}

/* The bits of the flags are those of SHIM_PLAN_*. */
static int limits_read(struct shim_wasm_parser *parser, uint8_t known, uint32_t *flags,
		       uint64_t *minimum, uint64_t *maximum)
{
	uint8_t byte;
	int error = shim_wasm_u8(&parser->reader, "limits flags", &byte);

	if (error)
		return error;
	if (byte & ~known)
		return shim_wasm_error(&parser->reader, -EINVAL,
				       "limits flags 0x%02x have unknown bits", byte);
	if (byte & LIMITS_PAGE_SIZE)
		return shim_wasm_unsupported(parser, "custom-page-sizes");
	*flags = byte;
	error = shim_wasm_u64(&parser->reader, "minimum", minimum);
	if (error || !(byte & SHIM_PLAN_MAXIMUM))
		return error;
	return shim_wasm_u64(&parser->reader, "maximum", maximum);
}

static int table_type_read(struct shim_wasm_parser *parser, struct shim_table_plan *plan)
{
	struct shim_wasm_reader *reader = &parser->reader;
	size_t flags;
	int error = shim_wasm_value_type_read(parser, "table type", &plan->type);

	if (error)
		return error;
	flags = reader->at;
	error = limits_read(parser, LIMITS_KNOWN, &plan->flags, &plan->minimum, &plan->maximum);
	if (error)
		return error;
	reader->field = flags;
	if (plan->flags & SHIM_PLAN_SHARED)
		return shim_wasm_unsupported(parser, "shared-everything-threads");
	shim_table_plan_complete(plan);
	return 0;
}

int shim_wasm_table_read(struct shim_wasm_parser *parser, void *item)
{
	struct shim_table_plan *plan = item;
	struct shim_wasm_reader *reader = &parser->reader;
	bool has_init = shim_wasm_left(reader) && reader->bytes[reader->at] == TABLE_HAS_INIT;
	uint8_t byte;
	int error;

	if (!has_init)
		return table_type_read(parser, plan);
	error = shim_wasm_u8(reader, "table form", &byte);
	if (error)
		return error;
	error = shim_wasm_u8(reader, "table form", &byte);
	if (error)
		return error;
	if (byte)
		return shim_wasm_error(reader, -EINVAL, "table form 0x40 0x%02x, must be 0x40 0x00",
				       byte);
	error = table_type_read(parser, plan);
	if (error)
		return error;
	error = shim_wasm_expr_read(parser, &plan->init);
	if (error || !shim_const_is_empty(&plan->init))
		return error;
	return shim_wasm_error(reader, -EINVAL, "initial value without instructions");
}

int shim_wasm_memory_read(struct shim_wasm_parser *parser, void *item)
{
	struct shim_memory_plan *plan = item;
	int error = limits_read(parser, LIMITS_KNOWN | LIMITS_PAGE_SIZE, &plan->flags,
				&plan->minimum, &plan->maximum);

	if (error)
		return error;
	shim_memory_plan_complete(plan);
	return 0;
}

int shim_wasm_mutability_read(struct shim_wasm_parser *parser, uint32_t *is_mutable)
{
	uint8_t byte;
	int error = shim_wasm_u8(&parser->reader, "mutability", &byte);

	if (error)
		return error;
	*is_mutable = byte;
	if (byte == MUTABLE_SHARED || byte == (MUTABLE_SHARED | 1))
		return shim_wasm_unsupported(parser, "shared-everything-threads");
	return 0;
}

static int global_type_read(struct shim_wasm_parser *parser, struct shim_global_type *type)
{
	int error = shim_wasm_value_type_read(parser, "global type", &type->type);

	return error ? error : shim_wasm_mutability_read(parser, &type->is_mutable);
}

int shim_wasm_tag_read(struct shim_wasm_parser *parser, void *item)
{
	uint8_t attribute;
	int error = shim_wasm_u8(&parser->reader, "tag attribute", &attribute);

	if (error)
		return error;
	if (attribute)
		return shim_wasm_error(&parser->reader, -EINVAL,
				       "tag attribute 0x%02x is not 0, an exception", attribute);
	return shim_wasm_u32(&parser->reader, "tag type", item);
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
	const char *proposal;

	switch (import->kind) {
	case SHIM_EXTERN_FUNCTION:
		return shim_wasm_function_read(parser, &import->type);
	case SHIM_EXTERN_TABLE:
		return table_type_read(parser, &import->table);
	case SHIM_EXTERN_MEMORY:
		return shim_wasm_memory_read(parser, &import->memory);
	case SHIM_EXTERN_GLOBAL:
		return global_type_read(parser, &import->global);
	case SHIM_EXTERN_TAG:
		return shim_wasm_tag_read(parser, &import->type);
	}
	proposal = shim_wasm_proposal_of(kind_codes, (uint8_t)import->kind);
	if (proposal)
		return shim_wasm_unsupported(parser, proposal);
	return shim_wasm_error(&parser->reader, -EINVAL,
			       "import kind %" PRIu32 " is not one of 0..4", import->kind);
}

/*
 * Imports of one module, or of one type too, in a row: after the module's name are an
 * empty name and one of these kinds.
 */
static bool is_compact(const struct shim_import *import, uint8_t kind)
{
	return !import->name.length && (kind == COMPACT_MODULE || kind == COMPACT_TYPE);
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
	if (is_compact(import, kind))
		return shim_wasm_unsupported(parser, "compact-import-section");
	import->kind = kind;
	return extern_read(parser, import);
}

int shim_wasm_export_read(struct shim_wasm_parser *parser, void *item)
{
	struct shim_export *export = item;
	const char *proposal;
	uint8_t kind;
	int error = name_read(parser, "name", &export->name);

	if (error)
		return error;
	error = shim_wasm_u8(&parser->reader, "export kind", &kind);
	if (error)
		return error;
	proposal = kind < SHIM_EXTERN_KINDS ? NULL : shim_wasm_proposal_of(kind_codes, kind);
	if (proposal)
		return shim_wasm_unsupported(parser, proposal);
	export->kind = kind;
	return shim_wasm_u32(&parser->reader, "export index", &export->index);
}
