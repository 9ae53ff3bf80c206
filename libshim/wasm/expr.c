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

static int ref_null_read(struct shim_wasm_parser *parser, struct shim_const_instr *instr)
{
	uint8_t type;
	int error = shim_wasm_heap_type_read(parser, "type of ref.null", &type);

	if (error)
		return error;
	instr->index = type;
	return 0;
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
		return ref_null_read(parser, instr);
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
		return shim_wasm_unsupported(parser, "gc");
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

int shim_wasm_element_expr_read(struct shim_wasm_parser *parser, struct shim_element *element)
{
	struct shim_wasm_reader *reader = &parser->reader;
	struct shim_const_instr instr;
	uint8_t op;
	int error = shim_wasm_u8(reader, "opcode", &op);

	if (error)
		return error;
	error = instr_read(parser, op, &instr);
	if (error)
		return error;
	element->op = instr.op;
	element->index = instr.index;
	error = shim_wasm_u8(reader, "end of the item", &op);
	if (error || op == OP_END)
		return error;
	return shim_wasm_error(reader, -EINVAL, "opcode 0x%02x is not 0x0b, the item's end", op);
}
