// SPDX-License-Identifier: MIT
/*
 * The binary form of constant expressions.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "base/error.h"
#include "wasm/parser.h"

#define OP_END 0x0b
#define OP_GC 0xfb
#define OP_SIMD 0xfd
#define SIMD_V128_CONST 12

static int simd_read(struct shim_wasm_parser *parser, struct shim_const_instr *instr)
{
	struct shim_wasm_reader *reader = &parser->reader;
	size_t start = reader->field;
	uint64_t *words;
	uint32_t op;
	int error = shim_wasm_u32(reader, "opcode", &op);

	if (error)
		return error;
	if (op != SIMD_V128_CONST) {
		reader->field = start;
		return shim_wasm_error(reader, -EINVAL, "opcode 0xfd %" PRIu32 " is not constant",
				       op);
	}
	words = shim_arena_alloc(&parser->module->arena, 2, sizeof(*words));
	if (!words)
		return -ENOMEM;
	instr->op = SHIM_CONST_V128;
	instr->v128 = words;
	error = shim_wasm_bits(reader, "v128 value", 8, &words[0]);
	if (error)
		return error;
	return shim_wasm_bits(reader, "v128 value", 8, &words[1]);
}

static int i32_read(struct shim_wasm_reader *reader, struct shim_const_instr *instr)
{
	int32_t value;
	int error = shim_wasm_s32(reader, "i32 value", &value);

	if (error)
		return error;
	instr->bits = (uint32_t)value;
	return 0;
}

static int i64_read(struct shim_wasm_reader *reader, struct shim_const_instr *instr)
{
	int64_t value;
	int error = shim_wasm_s64(reader, "i64 value", &value);

	if (error)
		return error;
	instr->bits = (uint64_t)value;
	return 0;
}

/* Reads the operands of an instruction of the proposal gc, all of which are two bytes or more. */
static int gc_read(struct shim_wasm_reader *reader, struct shim_const_instr *instr)
{
	size_t start = reader->field;
	uint32_t op, length;
	int error = shim_wasm_u32(reader, "opcode", &op);

	if (error)
		return error;
	if (op <= UINT8_MAX)
		instr->op = OP_GC << 8 | op;
	switch (instr->op) {
	case SHIM_CONST_REF_I31:
	case SHIM_CONST_ANY_CONVERT_EXTERN:
	case SHIM_CONST_EXTERN_CONVERT_ANY:
		return 0;
	case SHIM_CONST_STRUCT_NEW:
	case SHIM_CONST_STRUCT_NEW_DEFAULT:
	case SHIM_CONST_ARRAY_NEW:
	case SHIM_CONST_ARRAY_NEW_DEFAULT:
		return shim_wasm_u32(reader, "type", &instr->index);
	case SHIM_CONST_ARRAY_NEW_FIXED:
		error = shim_wasm_u32(reader, "type", &instr->index);
		if (error)
			return error;
		error = shim_wasm_u32(reader, "array length", &length);
		instr->bits = length;
		return error;
	}
	reader->field = start;
	return shim_wasm_error(reader, -EINVAL, "opcode 0xfb %" PRIu32 " is not constant", op);
}

/* Reads what follows an opcode other than end. */
static int instr_read(struct shim_wasm_parser *parser, uint8_t op, struct shim_const_instr *instr)
{
	struct shim_wasm_reader *reader = &parser->reader;

	*instr = (struct shim_const_instr){ .op = op };
	switch (op) {
	case SHIM_CONST_I32:
		return i32_read(reader, instr);
	case SHIM_CONST_I64:
		return i64_read(reader, instr);
	case SHIM_CONST_F32:
		return shim_wasm_bits(reader, "f32 value", 4, &instr->bits);
	case SHIM_CONST_F64:
		return shim_wasm_bits(reader, "f64 value", 8, &instr->bits);
	case OP_SIMD:
		return simd_read(parser, instr);
	case SHIM_CONST_REF_NULL:
		return shim_wasm_heap_type_read(parser, "type of ref.null", &instr->index);
	case SHIM_CONST_REF_FUNC:
		return shim_wasm_u32(reader, "function", &instr->index);
	case SHIM_CONST_GLOBAL_GET:
		return shim_wasm_u32(reader, "global", &instr->index);
	case SHIM_CONST_I32_ADD:
	case SHIM_CONST_I32_SUB:
	case SHIM_CONST_I32_MUL:
	case SHIM_CONST_I64_ADD:
	case SHIM_CONST_I64_SUB:
	case SHIM_CONST_I64_MUL:
		return 0;
	case OP_GC:
		return gc_read(reader, instr);
	}
	return shim_wasm_error(reader, -EINVAL, "opcode 0x%02x is not constant", op);
}

/* Makes room for an item after count others. */
static int scratch_grow(struct shim_wasm_scratch *scratch, uint32_t count, size_t size)
{
	size_t room = scratch->room ? 2 * scratch->room : 8;
	void *items;

	if (count < scratch->room)
		return 0;
	items = realloc(scratch->items, room * size);
	if (!items)
		return shim_error_set(-ENOMEM, "no memory for an expression");
	scratch->items = items;
	scratch->room = room;
	return 0;
}

void shim_wasm_exprs_uninit(struct shim_wasm_parser *parser)
{
	free(parser->instrs.items);
	free(parser->exprs.items);
}

/*
 * Reads instructions up to the end. Several of them are where they stay until the next
 * call.
 */
static int instrs_read(struct shim_wasm_parser *parser, struct shim_const_instr *expr)
{
	struct shim_wasm_scratch *scratch = &parser->instrs;

	for (uint32_t count = 0;; count++) {
		struct shim_const_instr *instrs;
		uint8_t op;
		int error = shim_wasm_u8(&parser->reader, "opcode", &op);

		if (error)
			return error;
		instrs = scratch->items;
		if (op == OP_END) {
			*expr = (struct shim_const_instr){ .index = count, .instrs = instrs };
			if (count == 1)
				*expr = *instrs;
			return 0;
		}
		error = scratch_grow(scratch, count, sizeof(*instrs));
		if (error)
			return error;
		instrs = scratch->items;
		error = instr_read(parser, op, &instrs[count]);
		if (error)
			return error;
	}
}

/* Lets the expression stay as long as the module. */
static int expr_keep(struct shim_wasm_parser *parser, struct shim_const_instr *expr)
{
	if (expr->op != SHIM_CONST_EXPR)
		return 0;
	if (!expr->index) {
		expr->instrs = NULL;
		return 0;
	}
	expr->instrs = shim_arena_copy(&parser->module->arena, expr->instrs, expr->index,
				       sizeof(*expr->instrs));
	return expr->instrs ? 0 : -ENOMEM;
}

/* The fewest bytes that are looked at of an i32.const and the end. */
#define NUMBER_LEAST 6

/* Most expressions: an i32 of less than five bytes. False, at the same place: it is none. */
static bool number_read(struct shim_wasm_reader *reader, int32_t *value)
{
	size_t start = reader->at;

	if (shim_wasm_left(reader) < NUMBER_LEAST || reader->bytes[start] != SHIM_CONST_I32)
		return false;
	reader->at++;
	if (shim_wasm_s32_short(reader, value) && reader->bytes[reader->at] == OP_END) {
		reader->at++;
		return true;
	}
	reader->at = start;
	return false;
}

int shim_wasm_expr_read(struct shim_wasm_parser *parser, struct shim_const_instr *expr)
{
	int32_t value;
	int error;

	if (number_read(&parser->reader, &value)) {
		*expr = (struct shim_const_instr){ .op = SHIM_CONST_I32, .bits = (uint32_t)value };
		return 0;
	}
	error = instrs_read(parser, expr);
	return error ? error : expr_keep(parser, expr);
}

static bool is_element(const struct shim_const_instr *expr)
{
	return expr->op == SHIM_CONST_REF_NULL || expr->op == SHIM_CONST_REF_FUNC ||
	       expr->op == SHIM_CONST_GLOBAL_GET;
}

/* Where it is no element, it becomes the next expression of the segment. */
static int element_read(struct shim_wasm_parser *parser, struct shim_element_segment *segment,
			struct shim_element *element)
{
	struct shim_const_instr expr, *exprs;
	int error = instrs_read(parser, &expr);

	if (error)
		return error;
	if (is_element(&expr)) {
		element->op = expr.op;
		element->index = expr.index;
		return 0;
	}
	error = scratch_grow(&parser->exprs, segment->expr_count, sizeof(expr));
	if (error)
		return error;
	error = expr_keep(parser, &expr);
	if (error)
		return error;
	exprs = parser->exprs.items;
	exprs[segment->expr_count] = expr;
	element->op = SHIM_ELEMENT_EXPR;
	element->index = segment->expr_count++;
	return 0;
}

int shim_wasm_element_exprs_read(struct shim_wasm_parser *parser,
				 struct shim_element_segment *segment,
				 struct shim_element *elements, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		int error = element_read(parser, segment, &elements[i]);

		if (error)
			return error;
	}
	segment->exprs = shim_arena_copy(&parser->module->arena, parser->exprs.items,
					 segment->expr_count, sizeof(*segment->exprs));
	return segment->exprs ? 0 : -ENOMEM;
}
