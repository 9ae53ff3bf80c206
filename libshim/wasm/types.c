// SPDX-License-Identifier: MIT
/*
 * The binary form of what a module imports, defines and exports, but for its
 * segments and its code.
 */
#include <errno.h>
#include <inttypes.h>

#include "wasm/parser.h"

#define FORM_FUNCTION 0x60
#define TYPE_REF_NULL 0x63
#define LIMITS_KNOWN (SHIM_PLAN_MAXIMUM | SHIM_PLAN_SHARED | SHIM_PLAN_64)
#define LIMITS_PAGE_SIZE 0x08 /* of memories */
#define TABLE_HAS_INIT 0x40
/* A byte below this one, or one with the highest bit, begins the index of a type. */
#define TYPE_INDEX_END 0x40
#define GLOBAL_SHARED 0x02

/* A code of a proposal that is not supported. The names are those of its repository. */
struct proposal_code {
	uint8_t code;
	const char *proposal;
};

/* In place of the form of a type. */
static const struct proposal_code form_codes[] = {
	{ 0x4c, "custom-descriptors" },
	{ 0x4d, "custom-descriptors" },
	{ 0x4e, "gc" }, /* a recursive group */
	{ 0x4f, "gc" }, /* a final subtype */
	{ 0x50, "gc" }, /* a subtype */
	{ 0x5d, "stack-switching" },
	{ 0x5e, "gc" }, /* an array */
	{ 0x5f, "gc" }, /* a struct */
	{ 0x65, "shared-everything-threads" },
};

/* In place of a value type, or after the code of a reference to one. */
static const struct proposal_code type_codes[] = {
	{ 0x62, "custom-descriptors" }, /* exact */
	{ 0x63, "function-references" },
	{ 0x64, "function-references" },
	{ 0x65, "shared-everything-threads" },
	{ 0x68, "stack-switching" },
	{ 0x69, "exception-handling" }, /* exnref */
	{ 0x6a, "gc" },
	{ 0x6b, "gc" },
	{ 0x6c, "gc" },
	{ 0x6d, "gc" },
	{ 0x6e, "gc" },
	{ 0x71, "gc" },
	{ 0x72, "gc" },
	{ 0x73, "gc" },
	{ 0x74, "exception-handling" },
	{ 0x75, "stack-switching" },
};

/* In place of the kind of an import or export. */
static const struct proposal_code kind_codes[] = {
	{ 0x04, "exception-handling" }, /* a tag */
	{ 0x20, "custom-descriptors" }, /* an exact function */
	{ 0x7e, "compact-import-section" },
	{ 0x7f, "compact-import-section" },
};

static const char *proposal_find(const struct proposal_code *codes, size_t count, uint8_t code)
{
	for (size_t i = 0; i < count; i++)
		if (codes[i].code == code)
			return codes[i].proposal;
	return NULL;
}

#define proposal_of(codes, code) proposal_find(codes, sizeof(codes) / sizeof((codes)[0]), code)

int shim_wasm_unsupported(const struct shim_wasm_parser *parser, const char *proposal)
{
	return shim_wasm_error(&parser->reader, -EOPNOTSUPP, "the proposal %s is not supported",
			       proposal);
}

/*
 * What follows the code of a reference that may be null: funcref and externref have a
 * short form, and mean the same in this one.
 */
static int ref_null_type_read(struct shim_wasm_parser *parser, uint8_t *type)
{
	struct shim_wasm_reader *reader = &parser->reader;
	const char *proposal;
	uint8_t to;

	if (!shim_wasm_left(reader))
		return shim_wasm_u8(reader, "referenced type", type);
	to = reader->bytes[reader->at];
	if (to == SHIM_TYPE_FUNCREF || to == SHIM_TYPE_EXTERNREF)
		return shim_wasm_u8(reader, "referenced type", type);
	proposal = proposal_of(type_codes, to);
	return shim_wasm_unsupported(parser, proposal ? proposal : "function-references");
}

int shim_wasm_value_type_read(struct shim_wasm_parser *parser, const char *what, uint8_t *type)
{
	const char *proposal;
	int error = shim_wasm_u8(&parser->reader, what, type);

	if (error)
		return error;
	if (shim_is_value_type(*type))
		return 0;
	if (*type == TYPE_REF_NULL)
		return ref_null_type_read(parser, type);
	proposal = proposal_of(type_codes, *type);
	if (proposal)
		return shim_wasm_unsupported(parser, proposal);
	return shim_wasm_error(&parser->reader, -EINVAL, "%s 0x%02x is no value type", what, *type);
}

int shim_wasm_heap_type_read(struct shim_wasm_parser *parser, const char *what, uint8_t *type)
{
	const struct shim_wasm_reader *reader = &parser->reader;
	uint8_t first = shim_wasm_left(reader) ? reader->bytes[reader->at] : 0xff;
	int error = shim_wasm_value_type_read(parser, what, type);

	if (error == -EINVAL && first != 0xff && (first < TYPE_INDEX_END || first & 0x80))
		return shim_wasm_unsupported(parser, "function-references");
	return error;
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
	if (proposal_of(form_codes, form))
		return shim_wasm_unsupported(parser, proposal_of(form_codes, form));
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
	error = limit_read(parser, "minimum", byte, minimum);
	if (error || !(byte & SHIM_PLAN_MAXIMUM))
		return error;
	return limit_read(parser, "maximum", byte, maximum);
}

int shim_wasm_table_read(struct shim_wasm_parser *parser, void *item)
{
	struct shim_table_plan *plan = item;
	struct shim_wasm_reader *reader = &parser->reader;
	size_t flags;
	uint8_t type;
	int error;

	reader->field = reader->at;
	if (shim_wasm_left(reader) && reader->bytes[reader->at] == TABLE_HAS_INIT)
		return shim_wasm_unsupported(parser, "function-references");
	error = shim_wasm_value_type_read(parser, "table type", &type);
	if (error)
		return error;
	plan->type = type;
	flags = reader->at;
	error = limits_read(parser, LIMITS_KNOWN, &plan->flags, &plan->minimum, &plan->maximum);
	if (error)
		return error;
	reader->field = flags;
	if (plan->flags & SHIM_PLAN_SHARED)
		return shim_wasm_unsupported(parser, "shared-everything-threads");
	if (plan->flags & SHIM_PLAN_64)
		return shim_wasm_unsupported(parser, "memory64 (tables)");
	shim_table_plan_complete(plan);
	return 0;
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

static int global_type_read(struct shim_wasm_parser *parser, struct shim_global_type *type)
{
	int error = shim_wasm_value_type_read(parser, "global type", &type->type);

	if (error)
		return error;
	error = shim_wasm_u8(&parser->reader, "mutability", &type->is_mutable);
	if (error)
		return error;
	if (type->is_mutable == GLOBAL_SHARED || type->is_mutable == (GLOBAL_SHARED | 1))
		return shim_wasm_unsupported(parser, "shared-everything-threads");
	return 0;
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
		return shim_wasm_table_read(parser, &import->table);
	case SHIM_EXTERN_MEMORY:
		return shim_wasm_memory_read(parser, &import->memory);
	case SHIM_EXTERN_GLOBAL:
		return global_type_read(parser, &import->global);
	}
	proposal = proposal_of(kind_codes, (uint8_t)import->kind);
	if (proposal)
		return shim_wasm_unsupported(parser, proposal);
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
	if (proposal_of(kind_codes, kind))
		return shim_wasm_unsupported(parser, proposal_of(kind_codes, kind));
	export->kind = kind;
	return shim_wasm_u32(&parser->reader, "export index", &export->index);
}
