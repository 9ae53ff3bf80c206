// SPDX-License-Identifier: MIT
/*
 * The validation of constant expressions. It takes no longer than the expression is long:
 * an instruction looks only at what it takes from the stack.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "module/const_expr.h"
#include "module/value_type.h"

struct type_stack {
	uint32_t *types;
	uint32_t depth;
	uint32_t room;
	uint32_t few[64]; /* what types is at first */
};

static int stack_grow(struct type_stack *stack)
{
	uint32_t room = stack->room * 2;
	uint32_t *types = stack->types == stack->few ? NULL : stack->types;

	types = realloc(types, (size_t)room * sizeof(*types));
	if (!types)
		return shim_error_set(-ENOMEM, "no memory for a stack of %" PRIu32, room);
	if (stack->types == stack->few)
		memcpy(types, stack->few, sizeof(stack->few));
	stack->types = types;
	stack->room = room;
	return 0;
}

static int type_push(struct type_stack *stack, uint32_t type)
{
	if (stack->depth == stack->room) {
		int error = stack_grow(stack);

		if (error)
			return error;
	}
	stack->types[stack->depth++] = type;
	return 0;
}

static int type_pop(const struct shim_module *module, struct type_stack *stack, uint32_t asked)
{
	char text[SHIM_TYPE_TEXT], asked_text[SHIM_TYPE_TEXT];
	uint32_t type;

	if (!stack->depth)
		return shim_error_set(-EINVAL, "no value of type %s on the stack",
				      shim_type_text(asked, text));
	type = stack->types[--stack->depth];
	if (shim_type_matches(module, type, asked))
		return 0;
	return shim_error_set(-EINVAL, "a value of type %s on the stack, must be %s",
			      shim_type_text(type, text), shim_type_text(asked, asked_text));
}

static int arithmetic_check(struct type_stack *stack, uint32_t type)
{
	uint32_t depth = stack->depth;

	if (depth < 2 || stack->types[depth - 1] != type || stack->types[depth - 2] != type)
		return shim_error_set(-EINVAL,
				      "no two values of type 0x%02" PRIx32
				      " on the stack to compute with",
				      type);
	stack->depth--;
	return 0;
}

/* While globals are read, there are those before the one whose value this is. */
static int global_get_check(const struct shim_module *module, uint32_t index,
			    struct type_stack *stack)
{
	uint32_t count = shim_module_count(module, SHIM_EXTERN_GLOBAL);
	const struct shim_global_type *global;

	if (index >= count)
		return shim_error_set(-EINVAL,
				      "global %" PRIu32 " is past the %" PRIu32 " there are", index,
				      count);
	global = shim_module_global(module, index);
	if (global->is_mutable)
		return shim_error_set(-EINVAL, "global %" PRIu32 " is mutable", index);
	return type_push(stack, global->type);
}

static int ref_func_check(const struct shim_module *module, uint32_t index,
			  struct type_stack *stack)
{
	uint32_t count = shim_module_count(module, SHIM_EXTERN_FUNCTION);

	if (index >= count)
		return shim_error_set(-EINVAL,
				      "function %" PRIu32 " is past the %" PRIu32 " there are",
				      index, count);
	return type_push(stack, SHIM_TYPE_INDEX | SHIM_TYPE_NON_NULL |
					shim_module_function_type(module, index));
}

static int ref_null_check(const struct shim_module *module, uint32_t type, struct type_stack *stack)
{
	char text[SHIM_TYPE_TEXT];

	if (type & SHIM_TYPE_NON_NULL || !shim_reference_is_valid(module, type))
		return shim_error_set(-EINVAL, "type %s of ref.null is no reference",
				      shim_type_text(type, text));
	return type_push(stack, type);
}

/* ---- structs and arrays ------------------------------------------------------------ */

static int fields_pop(const struct shim_module *module, const struct shim_type *type,
		      struct type_stack *stack)
{
	for (uint32_t i = type->field_count; i > 0; i--) {
		int error = type_pop(module, stack, shim_unpacked(type->fields[i - 1].type));

		if (error)
			return error;
	}
	return 0;
}

static int elements_pop(const struct shim_module *module, const struct shim_type *type,
			uint64_t count, struct type_stack *stack)
{
	while (count--) {
		int error = type_pop(module, stack, shim_unpacked(type->fields[0].type));

		if (error)
			return error;
	}
	return 0;
}

static uint32_t kind_of(uint32_t op)
{
	return op == SHIM_CONST_STRUCT_NEW || op == SHIM_CONST_STRUCT_NEW_DEFAULT ?
		       SHIM_KIND_STRUCT :
		       SHIM_KIND_ARRAY;
}

static int operands_pop(const struct shim_module *module, const struct shim_const_instr *instr,
			struct type_stack *stack)
{
	const struct shim_type *type = &module->desc.types[instr->index];
	int error;

	switch (instr->op) {
	case SHIM_CONST_STRUCT_NEW:
		return fields_pop(module, type, stack);
	case SHIM_CONST_ARRAY_NEW_FIXED:
		return elements_pop(module, type, instr->bits, stack);
	case SHIM_CONST_ARRAY_NEW:
		error = type_pop(module, stack, SHIM_TYPE_I32);
		return error ? error : elements_pop(module, type, 1, stack);
	case SHIM_CONST_ARRAY_NEW_DEFAULT:
		error = type_pop(module, stack, SHIM_TYPE_I32);
		break;
	default: /* SHIM_CONST_STRUCT_NEW_DEFAULT */
		error = 0;
	}
	if (error || module->type_facts[instr->index].is_defaultable)
		return error;
	return shim_error_set(-EINVAL, "type %" PRIu32 " has a field without a default",
			      instr->index);
}

static int aggregate_check(const struct shim_module *module, const struct shim_const_instr *instr,
			   struct type_stack *stack)
{
	uint32_t kind = kind_of(instr->op);
	int error;

	if (instr->index >= module->desc.type_count)
		return shim_error_set(-EINVAL, "type %" PRIu32 " is past the %" PRIu32 " there are",
				      instr->index, module->desc.type_count);
	if (module->desc.types[instr->index].kind != kind)
		return shim_error_set(-EINVAL, "type %" PRIu32 " is no %s", instr->index,
				      kind == SHIM_KIND_STRUCT ? "struct" : "array");
	error = operands_pop(module, instr, stack);
	if (error)
		return error;
	return type_push(stack, SHIM_TYPE_INDEX | SHIM_TYPE_NON_NULL | instr->index);
}

/* A conversion leaves null as it is, and nothing else is null after it. */
static int convert_check(const struct shim_module *module, uint32_t from, uint32_t to,
			 struct type_stack *stack)
{
	uint32_t non_null;
	int error;

	non_null = stack->depth ? stack->types[stack->depth - 1] & SHIM_TYPE_NON_NULL : 0;
	error = type_pop(module, stack, from);
	return error ? error : type_push(stack, to | non_null);
}

static int i31_check(const struct shim_module *module, struct type_stack *stack)
{
	int error = type_pop(module, stack, SHIM_TYPE_I32);

	return error ? error : type_push(stack, SHIM_TYPE_I31REF | SHIM_TYPE_NON_NULL);
}

/* ---- all instructions --------------------------------------------------------------- */

/* Evaluation takes the bits as they are, so bits that a value does not have must be 0. */
static int bits_check(const struct shim_const_instr *instr)
{
	uint64_t mask = 0;

	if (instr->op == SHIM_CONST_I32 || instr->op == SHIM_CONST_F32 ||
	    instr->op == SHIM_CONST_ARRAY_NEW_FIXED)
		mask = UINT32_MAX;
	else if (instr->op == SHIM_CONST_I64 || instr->op == SHIM_CONST_F64 ||
		 instr->op == SHIM_CONST_V128 || instr->op == SHIM_CONST_EXPR)
		mask = UINT64_MAX;
	if (instr->bits & ~mask)
		return shim_error_set(-EINVAL,
				      "opcode 0x%02" PRIx32
				      " has bits that its value does not have",
				      instr->op);
	return 0;
}

static int instr_check(const struct shim_module *module, const struct shim_const_instr *instr,
		       struct type_stack *stack)
{
	switch (instr->op) {
	case SHIM_CONST_I32:
		return type_push(stack, SHIM_TYPE_I32);
	case SHIM_CONST_I64:
		return type_push(stack, SHIM_TYPE_I64);
	case SHIM_CONST_F32:
		return type_push(stack, SHIM_TYPE_F32);
	case SHIM_CONST_F64:
		return type_push(stack, SHIM_TYPE_F64);
	case SHIM_CONST_V128:
		return type_push(stack, SHIM_TYPE_V128);
	case SHIM_CONST_REF_NULL:
		return ref_null_check(module, instr->index, stack);
	case SHIM_CONST_REF_FUNC:
		return ref_func_check(module, instr->index, stack);
	case SHIM_CONST_GLOBAL_GET:
		return global_get_check(module, instr->index, stack);
	case SHIM_CONST_I32_ADD:
	case SHIM_CONST_I32_SUB:
	case SHIM_CONST_I32_MUL:
		return arithmetic_check(stack, SHIM_TYPE_I32);
	case SHIM_CONST_I64_ADD:
	case SHIM_CONST_I64_SUB:
	case SHIM_CONST_I64_MUL:
		return arithmetic_check(stack, SHIM_TYPE_I64);
	case SHIM_CONST_STRUCT_NEW:
	case SHIM_CONST_STRUCT_NEW_DEFAULT:
	case SHIM_CONST_ARRAY_NEW:
	case SHIM_CONST_ARRAY_NEW_DEFAULT:
	case SHIM_CONST_ARRAY_NEW_FIXED:
		return aggregate_check(module, instr, stack);
	case SHIM_CONST_ANY_CONVERT_EXTERN:
		return convert_check(module, SHIM_TYPE_EXTERNREF, SHIM_TYPE_ANYREF, stack);
	case SHIM_CONST_EXTERN_CONVERT_ANY:
		return convert_check(module, SHIM_TYPE_ANYREF, SHIM_TYPE_EXTERNREF, stack);
	case SHIM_CONST_REF_I31:
		return i31_check(module, stack);
	}
	return shim_error_set(-EINVAL, "opcode 0x%02" PRIx32 " is not constant", instr->op);
}

static int instrs_check(const struct shim_module *module, const struct shim_const_instr *expr,
			uint32_t type, struct type_stack *stack)
{
	char text[SHIM_TYPE_TEXT], asked_text[SHIM_TYPE_TEXT];
	uint32_t count;
	const struct shim_const_instr *instrs = shim_const_instrs(expr, &count);

	for (uint32_t i = 0; i < count; i++) {
		int error = bits_check(&instrs[i]);

		if (error)
			return error;
		error = instr_check(module, &instrs[i], stack);
		if (error)
			return error;
	}
	if (stack->depth != 1)
		return shim_error_set(-EINVAL, "leaves %" PRIu32 " values, must be 1",
				      stack->depth);
	if (shim_type_matches(module, stack->types[0], type))
		return 0;
	return shim_error_set(-EINVAL, "has type %s, must be %s",
			      shim_type_text(stack->types[0], text),
			      shim_type_text(type, asked_text));
}

/* Most expressions: one number, of the type that is asked for, with no bits too many. */
static bool is_number(const struct shim_const_instr *expr, uint32_t type)
{
	if (expr->op == SHIM_CONST_I32)
		return type == SHIM_TYPE_I32 && expr->bits <= UINT32_MAX;
	return expr->op == SHIM_CONST_I64 && type == SHIM_TYPE_I64;
}

int shim_const_check(const struct shim_module *module, const struct shim_const_instr *expr,
		     uint32_t type)
{
	struct type_stack stack;
	int error;

	if (is_number(expr, type))
		return 0;
	stack.types = stack.few;
	stack.depth = 0;
	stack.room = sizeof(stack.few) / sizeof(stack.few[0]);
	error = instrs_check(module, expr, type, &stack);
	if (stack.types != stack.few)
		free(stack.types);
	return error;
}
