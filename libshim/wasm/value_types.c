// SPDX-License-Identifier: MIT
/*
 * The binary form of types of values, fields and references.
 */
#include <errno.h>
#include <inttypes.h>

#include "module/value_type.h"
#include "wasm/parser.h"

#define TYPE_REF_NULL 0x63
#define TYPE_REF 0x64
/* A byte below this one, or one with the highest bit, begins the index of a type. */
#define TYPE_INDEX_END 0x40

/* In place of a value type, or after the code of a reference to one. */
static const struct shim_wasm_code type_codes[] = {
	{ 0x62, "custom-descriptors" }, /* exact */
	{ 0x65, "shared-everything-threads" }, { 0x68, "stack-switching" },
	{ 0x75, "stack-switching" },	       { 0, NULL },
};

const char *shim_wasm_proposal_of(const struct shim_wasm_code *codes, uint8_t code)
{
	for (; codes->proposal; codes++)
		if (codes->code == code)
			return codes->proposal;
	return NULL;
}

int shim_wasm_unsupported(const struct shim_wasm_parser *parser, const char *proposal)
{
	return shim_wasm_error(&parser->reader, -EOPNOTSUPP, "the proposal %s is not supported",
			       proposal);
}

static bool is_number(uint32_t type)
{
	return type >= SHIM_TYPE_V128 && type <= SHIM_TYPE_I32;
}

static int type_error(const struct shim_wasm_parser *parser, const char *what, uint8_t code,
		      const char *asked)
{
	const char *proposal = shim_wasm_proposal_of(type_codes, code);

	if (proposal)
		return shim_wasm_unsupported(parser, proposal);
	return shim_wasm_error(&parser->reader, -EINVAL, "%s 0x%02x is no %s", what, code, asked);
}

/* The index has 33 bits and a sign, which is what tells it from a code of one byte. */
static int index_read(struct shim_wasm_parser *parser, const char *what, uint32_t *type)
{
	int64_t index;
	int error = shim_wasm_s33(&parser->reader, what, &index);

	if (error)
		return error;
	if (index < 0)
		return shim_wasm_error(&parser->reader, -EINVAL,
				       "%s %" PRIi64 " is no index of a type", what, index);
	if (index >= parser->module->type_end)
		return shim_wasm_error(&parser->reader, -EINVAL,
				       "%s: type %" PRIi64 " is past the %" PRIu32 " there are",
				       what, index, parser->module->type_end);
	*type = SHIM_TYPE_INDEX | (uint32_t)index;
	return 0;
}

int shim_wasm_heap_type_read(struct shim_wasm_parser *parser, const char *what, uint32_t *type)
{
	struct shim_wasm_reader *reader = &parser->reader;
	uint8_t code = shim_wasm_left(reader) ? reader->bytes[reader->at] : 0;
	int error;

	if (shim_wasm_left(reader) && (code < TYPE_INDEX_END || code & 0x80))
		return index_read(parser, what, type);
	error = shim_wasm_u8(reader, what, &code);
	if (error)
		return error;
	*type = code;
	return shim_is_reference(code) ? 0 : type_error(parser, what, code, "reference");
}

int shim_wasm_value_type_read(struct shim_wasm_parser *parser, const char *what, uint32_t *type)
{
	uint8_t code;
	int error = shim_wasm_u8(&parser->reader, what, &code);

	if (error)
		return error;
	*type = code;
	if (is_number(code) || shim_is_reference(code))
		return 0;
	if (code != TYPE_REF && code != TYPE_REF_NULL)
		return type_error(parser, what, code, "value type");
	error = shim_wasm_heap_type_read(parser, "referenced type", type);
	if (!error && code == TYPE_REF)
		*type |= SHIM_TYPE_NON_NULL;
	return error;
}

int shim_wasm_field_read(struct shim_wasm_parser *parser, struct shim_field *field)
{
	struct shim_wasm_reader *reader = &parser->reader;
	uint8_t code = shim_wasm_left(reader) ? reader->bytes[reader->at] : 0;
	int error;

	if (code == SHIM_TYPE_I8 || code == SHIM_TYPE_I16) {
		error = shim_wasm_u8(reader, "field type", &code);
		field->type = code;
	} else {
		error = shim_wasm_value_type_read(parser, "field type", &field->type);
	}
	if (error)
		return error;
	return shim_wasm_mutability_read(parser, &field->is_mutable);
}
