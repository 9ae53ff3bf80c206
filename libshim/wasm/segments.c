// SPDX-License-Identifier: MIT
/*
 * The binary form of element and data segments.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/error.h"
#include "wasm/parser.h"

/* The bits of an element segment's kind, 0..7. */
#define ELEMENT_NOT_ACTIVE 1
#define ELEMENT_DECLARED 2  /* if the segment is not active */
#define ELEMENT_HAS_TABLE 2 /* if it is active */
#define ELEMENT_EXPRESSIONS 4
#define ELEMENT_KINDS 8

enum data_kind {
	DATA_ACTIVE = 0,
	DATA_PASSIVE = 1,
	DATA_ACTIVE_HAS_MEMORY = 2,
};

/*
 * Reads the target of an active segment. what is NULL if the kind has no index of it,
 * which is 0 then.
 */
static int target_read(struct shim_wasm_parser *parser, const char *what, uint32_t *index,
		       struct shim_const_instr *offset)
{
	int error;

	if (what) {
		error = shim_wasm_u32(&parser->reader, what, index);
		if (error)
			return error;
	}
	return shim_wasm_expr_read(parser, offset);
}

static int element_mode_read(struct shim_wasm_parser *parser, uint32_t kind,
			     struct shim_element_segment *segment)
{
	if (kind & ELEMENT_NOT_ACTIVE) {
		segment->mode = kind & ELEMENT_DECLARED ? SHIM_SEGMENT_DECLARED :
							  SHIM_SEGMENT_PASSIVE;
		return 0;
	}
	segment->mode = SHIM_SEGMENT_ACTIVE;
	return target_read(parser, kind & ELEMENT_HAS_TABLE ? "table" : NULL, &segment->table,
			   &segment->offset);
}

/* Kinds 0 and 4 do not say the type, which is funcref. */
static int element_type_read(struct shim_wasm_parser *parser, uint32_t kind,
			     struct shim_element_segment *segment)
{
	uint8_t byte;
	int error;

	/* Functions that are named, and not the value of an expression, are not null. */
	segment->type = SHIM_TYPE_FUNCREF;
	if (!(kind & ELEMENT_EXPRESSIONS))
		segment->type |= SHIM_TYPE_NON_NULL;
	if (!(kind & (ELEMENT_NOT_ACTIVE | ELEMENT_HAS_TABLE)))
		return 0;
	if (kind & ELEMENT_EXPRESSIONS)
		return shim_wasm_value_type_read(parser, "element type", &segment->type);
	error = shim_wasm_u8(&parser->reader, "element kind", &byte);
	if (error || !byte)
		return error;
	return shim_wasm_error(&parser->reader, -EINVAL, "element kind 0x%02x is not 0, functions",
			       byte);
}

static int functions_read(struct shim_wasm_parser *parser, struct shim_element *elements,
			  uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		int error = shim_wasm_u32(&parser->reader, "function", &elements[i].index);

		if (error)
			return error;
		elements[i].op = SHIM_CONST_REF_FUNC;
	}
	return 0;
}

int shim_wasm_element_read(struct shim_wasm_parser *parser, void *item)
{
	struct shim_element_segment *segment = item;
	struct shim_element *elements;
	uint32_t kind, count;
	bool expressions;
	int error = shim_wasm_u32(&parser->reader, "segment kind", &kind);

	if (error)
		return error;
	if (kind >= ELEMENT_KINDS)
		return shim_wasm_error(&parser->reader, -EINVAL,
				       "segment kind %" PRIu32 " is not one of 0..7", kind);
	expressions = kind & ELEMENT_EXPRESSIONS;
	error = element_mode_read(parser, kind, segment);
	if (error)
		return error;
	error = element_type_read(parser, kind, segment);
	if (error)
		return error;
	error = shim_wasm_count(&parser->reader, "item count", expressions ? 3 : 1, &count);
	if (error)
		return error;
	elements = shim_arena_alloc(&parser->module->arena, count, sizeof(*elements));
	if (!elements)
		return -ENOMEM;
	segment->elements = elements;
	segment->count = count;
	if (expressions)
		return shim_wasm_element_exprs_read(parser, segment, elements, count);
	return functions_read(parser, elements, count);
}

static int data_mode_read(struct shim_wasm_parser *parser, uint32_t kind,
			  struct shim_data_segment *segment)
{
	if (kind == DATA_PASSIVE) {
		segment->mode = SHIM_SEGMENT_PASSIVE;
		return 0;
	}
	segment->mode = SHIM_SEGMENT_ACTIVE;
	return target_read(parser, kind == DATA_ACTIVE_HAS_MEMORY ? "memory" : NULL,
			   &segment->memory, &segment->offset);
}

int shim_wasm_data_head_read(struct shim_wasm_parser *parser, struct shim_data_segment *segment)
{
	uint32_t kind, length;
	int error = shim_wasm_u32(&parser->reader, "segment kind", &kind);

	if (error)
		return error;
	if (kind > DATA_ACTIVE_HAS_MEMORY)
		return shim_wasm_error(&parser->reader, -EINVAL,
				       "segment kind %" PRIu32 " is not one of 0..2", kind);
	error = data_mode_read(parser, kind, segment);
	if (error)
		return error;
	error = shim_wasm_u32(&parser->reader, "segment length", &length);
	if (!error)
		segment->length = length;
	return error;
}

/*
 * Reads the head of a segment of a file, as if the section ended with what is loaded; where that was
 * too short, again with more. What cannot be read for want of bytes is a number of
 * HEAD_NUMBER bytes or less.
 */
#define HEAD_FIRST ((size_t)64)
#define HEAD_NUMBER 16

static int file_head_read(struct shim_wasm_parser *parser, struct shim_data_segment *segment)
{
	struct shim_wasm_reader *reader = &parser->reader;
	size_t start = reader->at, end = reader->end;
	bool is_cut = true;
	int error = 0;

	for (size_t length = HEAD_FIRST; is_cut; length *= 2) {
		reader->at = start;
		error = shim_wasm_load(reader, length, SHIM_WASM_AHEAD);
		if (error)
			return error;
		if (length < end - start)
			reader->end = start + length;
		memset(segment, 0, sizeof(*segment));
		error = shim_wasm_data_head_read(parser, segment);
		is_cut = error && reader->end < end && shim_wasm_left(reader) < HEAD_NUMBER;
		reader->end = end;
		if (is_cut)
			shim_error_clear();
	}
	return error;
}

int shim_wasm_data_read(struct shim_wasm_parser *parser, void *item)
{
	struct shim_data_segment *segment = item;
	const uint8_t *bytes;
	int error = parser->reader.file ? file_head_read(parser, segment) :
					  shim_wasm_data_head_read(parser, segment);

	if (error)
		return error;
	/* They are the caller's until the module is complete, see shim_static_images_init(). */
	error = shim_wasm_bytes(&parser->reader, "segment", segment->length, &bytes);
	segment->bytes = bytes;
	if (!error)
		shim_wasm_release(&parser->reader);
	return error;
}
