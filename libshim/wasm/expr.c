// SPDX-License-Identifier: MIT
/*
 * The binary form of constant expressions.
 */
#include <errno.h>
#include <inttypes.h>

#include "wasm/parser.h"

#define OP_END 0x0b
#define OP_GC 0xfb
#define OP_SIMD 0xfd
#define SIMD_V128_CONST 12

static int simd_read(struct shim_wasm_reader *reader, struct shim_const_instr *instr)
{
	size_t start = reader->field;
	uint32_t op;
	int error = shim_wasm_u32(reader, "opcode", &op);

	if (error)
		return error;
	if (op != SIMD_V128_CONST) {
		reader->field = start;
		return shim_wasm_error(reader, -EINVAL, "opcode 0xfd %" PRIu32 " is not constant",
				       op);
	}
	instr->op = SHIM_CONST_V128;
	error = shim_wasm_bits(reader, "v128 value", 8, &instr->bits[0]);
	if (error)
		return error;
	return shim_wasm_bits(reader, "v128 value", 8, &instr->bits[1]);
}

static int i32_read(struct shim_wasm_reader *reader, struct shim_const_instr *instr)
{
	int32_t value;
	int error = shim_wasm_s32(reader, "i32 value", &value);

	if (error)
		return error;
	instr->bits[0] = (uint32_t)value;
	return 0;
}

static int i64_read(struct shim_wasm_reader *reader, struct shim_const_instr *instr)
{
	int64_t value;
	int error = shim_wasm_s64(reader, "i64 value", &value);

	if (error)
		return error;
	instr->bits[0] = (uint64_t)value;
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
		instr->bits[0] = length;
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
		return shim_wasm_bits(reader, "f32 value", 4, &instr->bits[0]);
	case SHIM_CONST_F64:
		return shim_wasm_bits(reader, "f64 value", 8, &instr->bits[0]);
	case OP_SIMD:
		return simd_read(reader, instr);
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

/* Reads instructions up to the end. instrs may be NULL, to count them. */
static int instrs_read(struct shim_wasm_parser *parser, struct shim_const_instr *instrs,
		       uint32_t *count)
{
	for (uint32_t i = 0;; i++) {
		struct shim_const_instr instr;
		uint8_t op;
		int error = shim_wasm_u8(&parser->reader, "opcode", &op);

		if (error)
			return error;
		if (op == OP_END) {
			*count = i;
			return 0;
		}
		error = instr_read(parser, op, &instr);
		if (error)
			return error;
		if (instrs)
			instrs[i] = instr;
	}
}

int shim_wasm_expr_read(struct shim_wasm_parser *parser, struct shim_const_expr *expr)
{
	size_t start = parser->reader.at;
	struct shim_const_instr *instrs;
	uint32_t count;
	int error = instrs_read(parser, NULL, &count);

	if (error)
		return error;
	instrs = shim_arena_alloc(&parser->module->arena, count, sizeof(*instrs));
	if (!instrs)
		return -ENOMEM;
	parser->reader.at = start;
	expr->instrs = instrs;
	return instrs_read(parser, instrs, &expr->count);
}

/* Reads an expression of whatever length, of which the first instruction is kept. */
static int first_read(struct shim_wasm_parser *parser, struct shim_const_instr *first,
		      uint32_t *count)
{
	for (*count = 0;; ++*count) {
		struct shim_const_instr instr;
		uint8_t op;
		int error = shim_wasm_u8(&parser->reader, "opcode", &op);

		if (error || op == OP_END)
			return error;
		error = instr_read(parser, op, &instr);
		if (error)
			return error;
		if (!*count)
			*first = instr;
	}
}

static bool is_element(const struct shim_const_expr *expr)
{
	return expr->count == 1 && (expr->instrs->op == SHIM_CONST_REF_NULL ||
				    expr->instrs->op == SHIM_CONST_REF_FUNC ||
				    expr->instrs->op == SHIM_CONST_GLOBAL_GET);
}

/* Where it is no element, it becomes the next expression of the segment, at next. */
static int element_read(struct shim_wasm_parser *parser, struct shim_element_segment *segment,
			struct shim_element *element, struct shim_const_expr *next)
{
	size_t start = parser->reader.at;
	struct shim_const_instr instr;
	struct shim_const_expr expr = { &instr, 0 };
	int error = first_read(parser, &instr, &expr.count);

	if (error)
		return error;
	if (is_element(&expr)) {
		element->op = instr.op;
		element->index = instr.index;
		return 0;
	}
	parser->reader.at = start;
	element->op = SHIM_ELEMENT_EXPR;
	element->index = segment->expr_count++;
	return shim_wasm_expr_read(parser, next);
}

/* Counts the expressions of a segment that are no elements, and leaves the reader there. */
static int exprs_count(struct shim_wasm_parser *parser, uint32_t count, uint32_t *exprs)
{
	size_t start = parser->reader.at;

	*exprs = 0;
	while (count--) {
		struct shim_const_instr instr;
		struct shim_const_expr expr = { &instr, 0 };
		int error = first_read(parser, &instr, &expr.count);

		if (error)
			return error;
		*exprs += !is_element(&expr);
	}
	parser->reader.at = start;
	return 0;
}

int shim_wasm_element_exprs_read(struct shim_wasm_parser *parser,
				 struct shim_element_segment *segment,
				 struct shim_element *elements, uint32_t count)
{
	struct shim_const_expr *exprs;
	uint32_t expected;
	int error = exprs_count(parser, count, &expected);

	if (error)
		return error;
	exprs = shim_arena_alloc(&parser->module->arena, expected, sizeof(*exprs));
	if (!exprs)
		return -ENOMEM;
	segment->exprs = exprs;
	for (uint32_t i = 0; i < count; i++) {
		error = element_read(parser, segment, &elements[i], &exprs[segment->expr_count]);
		if (error)
			return error;
	}
	return 0;
}
