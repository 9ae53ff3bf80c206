// SPDX-License-Identifier: MIT
/*
 * The type section: recursive groups of types. The section counts groups, so how many
 * types there are is known at its end.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "module/lists.h"
#include "wasm/parser.h"

#define FORM_GROUP 0x4e
#define FORM_SUB_FINAL 0x4f
#define FORM_SUB 0x50
#define FORM_ARRAY 0x5e
#define FORM_STRUCT 0x5f
#define FORM_FUNCTION 0x60
/* The fewest bytes of a type: a struct without fields. An empty group is as long. */
#define TYPE_LEAST 2

static const struct shim_wasm_code form_codes[] = {
	{ 0x4c, "custom-descriptors" },
	{ 0x4d, "custom-descriptors" },
	{ 0x5d, "stack-switching" },
	{ 0x65, "shared-everything-threads" },
	{ 0, NULL },
};

static uint8_t form_peek(const struct shim_wasm_reader *reader)
{
	return shim_wasm_left(reader) ? reader->bytes[reader->at] : 0;
}

static int value_types_read(struct shim_wasm_parser *parser, const char *count_what,
			    const char *what, const uint32_t **types, uint32_t *count)
{
	uint32_t expected, *read;
	int error = shim_wasm_count(&parser->reader, count_what, 1, &expected);

	if (error)
		return error;
	read = shim_arena_alloc(&parser->module->arena, expected, sizeof(*read));
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

static int function_read(struct shim_wasm_parser *parser, struct shim_type *type)
{
	int error =
		value_types_read(parser, "param count", "param", &type->params, &type->param_count);

	if (error)
		return error;
	return value_types_read(parser, "result count", "result", &type->results,
				&type->result_count);
}

/* The fields of a struct, or the one of an array, which has no count. */
static int fields_read(struct shim_wasm_parser *parser, struct shim_type *type)
{
	struct shim_field *fields;
	uint32_t count = 1;
	int error = 0;

	if (type->kind == SHIM_KIND_STRUCT)
		error = shim_wasm_count(&parser->reader, "field count", 2, &count);
	if (error)
		return error;
	fields = shim_arena_alloc(&parser->module->arena, count, sizeof(*fields));
	if (!fields)
		return -ENOMEM;
	for (uint32_t i = 0; i < count; i++) {
		error = shim_wasm_field_read(parser, &fields[i]);
		if (error)
			return error;
	}
	type->fields = fields;
	type->field_count = count;
	return 0;
}

static int supertypes_read(struct shim_wasm_parser *parser, struct shim_type *type)
{
	struct shim_wasm_reader *reader = &parser->reader;
	uint32_t count;
	int error = shim_wasm_count(reader, "supertype count", 1, &count);

	if (error || !count)
		return error;
	if (count > 1)
		return shim_wasm_error(reader, -EINVAL, "supertype count %" PRIu32 " is over 1",
				       count);
	type->flags |= SHIM_TYPE_SUB;
	return shim_wasm_u32(reader, "supertype", &type->supertype);
}

static int definition_read(struct shim_wasm_parser *parser, struct shim_type *type)
{
	const char *proposal;
	uint8_t form;
	int error = shim_wasm_u8(&parser->reader, "form", &form);

	if (error)
		return error;
	switch (form) {
	case FORM_FUNCTION:
		return function_read(parser, type);
	case FORM_STRUCT:
		type->kind = SHIM_KIND_STRUCT;
		return fields_read(parser, type);
	case FORM_ARRAY:
		type->kind = SHIM_KIND_ARRAY;
		return fields_read(parser, type);
	}
	proposal = shim_wasm_proposal_of(form_codes, form);
	if (proposal)
		return shim_wasm_unsupported(parser, proposal);
	return shim_wasm_error(&parser->reader, -EINVAL, "form 0x%02x is that of no type", form);
}

static int type_read(struct shim_wasm_parser *parser, struct shim_type *type)
{
	uint8_t form = form_peek(&parser->reader);
	int error;

	if (form == FORM_SUB || form == FORM_SUB_FINAL) {
		error = shim_wasm_u8(&parser->reader, "form", &form);
		if (error)
			return error;
		type->flags |= form == FORM_SUB ? SHIM_TYPE_OPEN : 0;
		error = supertypes_read(parser, type);
		if (error)
			return error;
	}
	return definition_read(parser, type);
}

/* Makes room for more types; those before them move, a few times at most. */
static int types_grow(struct shim_wasm_parser *parser, uint32_t more)
{
	struct shim_module_desc *desc = &parser->module->desc;
	uint32_t needed, room = parser->type_room;
	struct shim_type *types;

	if (__builtin_add_overflow(desc->type_count, more, &needed))
		return shim_wasm_error(&parser->reader, -EINVAL, "more than 2^32 types");
	if (needed <= room && desc->types)
		return 0;
	room = room > UINT32_MAX / 2 || 2 * room < needed ? needed : 2 * room;
	types = shim_arena_alloc(&parser->module->arena, room, sizeof(*types));
	if (!types)
		return -ENOMEM;
	if (desc->type_count)
		memcpy(types, desc->types, desc->type_count * sizeof(*types));
	desc->types = types;
	parser->type_room = room;
	return shim_types_reserve(parser->module, room);
}

/* Reads the types of a group; explicit is their number, or 0 for one that has no group. */
static int group_types_read(struct shim_wasm_parser *parser, uint32_t explicit)
{
	const struct shim_list *list = &shim_lists[SHIM_LIST_TYPES];
	struct shim_module *module = parser->module;
	uint32_t count = explicit ? explicit : 1;

	for (uint32_t i = 0; i < count; i++) {
		uint32_t index = module->desc.type_count;
		struct shim_type *type = (struct shim_type *)&module->desc.types[index];
		size_t start = parser->reader.at;
		int error;

		type->group_count = i ? 0 : explicit;
		/* A type may refer to all of its group, and to itself. */
		if (!i)
			module->type_end = index + count;
		error = type_read(parser, type);
		if (error)
			return error;
		if (!i)
			module->type_end = index;
		error = shim_list_check(list, module, index);
		if (error)
			return shim_wasm_locate(&parser->reader, start, error);
		module->desc.type_count++;
	}
	return 0;
}

static int group_read(struct shim_wasm_parser *parser)
{
	struct shim_wasm_reader *reader = &parser->reader;
	uint32_t count = 1;
	uint8_t form = form_peek(reader);
	bool is_group = form == FORM_GROUP;
	int error = 0;

	if (is_group) {
		error = shim_wasm_u8(reader, "form", &form);
		if (error)
			return error;
		error = shim_wasm_count(reader, "type count", TYPE_LEAST, &count);
	}
	if (error || !count)
		return error;
	error = types_grow(parser, count);
	if (error)
		return error;
	return group_types_read(parser, is_group ? count : 0);
}

int shim_wasm_types_read(struct shim_wasm_parser *parser)
{
	uint32_t count;
	int error = shim_wasm_count(&parser->reader, "type count", TYPE_LEAST, &count);

	if (error)
		return error;
	error = types_grow(parser, count);
	if (error)
		return error;
	for (uint32_t i = 0; i < count; i++) {
		error = group_read(parser);
		if (error)
			return error;
	}
	return 0;
}
