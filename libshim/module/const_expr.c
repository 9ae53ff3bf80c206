// SPDX-License-Identifier: MIT
/*
 * Constant expressions: their validation and their values.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/error.h"
#include "module/const_expr.h"

/* ---- checks ------------------------------------------------------------ */

struct type_stack {
	uint8_t types[SHIM_CONST_DEPTH];
	uint32_t depth;
};

static int type_push(struct type_stack *stack, uint32_t type)
{
	if (stack->depth == SHIM_CONST_DEPTH)
		return shim_error_set(-EOPNOTSUPP, "more than %d values on the stack",
				      SHIM_CONST_DEPTH);
	stack->types[stack->depth++] = (uint8_t)type;
	return 0;
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
	if (index >= module->imported_count[SHIM_EXTERN_GLOBAL])
		return shim_error_set(-EOPNOTSUPP, "global %" PRIu32 " is not an imported one",
				      index);
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
	return type_push(stack, SHIM_TYPE_FUNCREF);
}

static int ref_null_check(uint32_t type, struct type_stack *stack)
{
	if (!shim_is_reference(type))
		return shim_error_set(-EINVAL, "type 0x%02" PRIx32 " of ref.null is no reference",
				      type);
	return type_push(stack, type);
}

/* Evaluation takes the bits as they are, so bits that a value does not have must be 0. */
static int bits_check(const struct shim_const_instr *instr)
{
	uint64_t low = 0, high = 0;

	if (instr->op == SHIM_CONST_I32 || instr->op == SHIM_CONST_F32)
		low = UINT32_MAX;
	else if (instr->op == SHIM_CONST_I64 || instr->op == SHIM_CONST_F64)
		low = UINT64_MAX;
	else if (instr->op == SHIM_CONST_V128)
		low = high = UINT64_MAX;
	if (instr->bits[0] & ~low || instr->bits[1] & ~high)
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
		return ref_null_check(instr->index, stack);
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
	}
	return shim_error_set(-EINVAL, "opcode 0x%02" PRIx32 " is not constant", instr->op);
}

int shim_const_check(const struct shim_module *module, const struct shim_const_expr *expr,
		     uint32_t type)
{
	struct type_stack stack = { .depth = 0 };

	for (uint32_t i = 0; i < expr->count; i++) {
		int error = bits_check(&expr->instrs[i]);

		if (error)
			return error;
		error = instr_check(module, &expr->instrs[i], &stack);
		if (error)
			return error;
	}
	if (stack.depth != 1)
		return shim_error_set(-EINVAL, "leaves %" PRIu32 " values, must be 1", stack.depth);
	if (stack.types[0] != type)
		return shim_error_set(-EINVAL, "has type 0x%02x, must be 0x%02" PRIx32,
				      stack.types[0], type);
	return 0;
}

/* ---- values ------------------------------------------------------------ */

/* 32-bit values stay zero extended. */
static uint64_t compute(uint32_t op, uint64_t left, uint64_t right)
{
	switch (op) {
	case SHIM_CONST_I32_ADD:
		return (uint32_t)(left + right);
	case SHIM_CONST_I32_SUB:
		return (uint32_t)(left - right);
	case SHIM_CONST_I32_MUL:
		return (uint32_t)(left * right);
	case SHIM_CONST_I64_ADD:
		return left + right;
	case SHIM_CONST_I64_SUB:
		return left - right;
	default: /* SHIM_CONST_I64_MUL */
		return left * right;
	}
}

/* The value that an instruction pushes. */
static void value_get(const struct shim_const_instr *instr, const struct shim_const_env *env,
		      uint64_t bits[2])
{
	bits[0] = instr->bits[0];
	bits[1] = instr->bits[1];
	if (instr->op == SHIM_CONST_GLOBAL_GET)
		env->global(env->context, instr->index, bits);
	else if (instr->op == SHIM_CONST_REF_FUNC)
		bits[0] = (uintptr_t)env->function(env->context, instr->index);
}

static bool is_arithmetic(uint32_t op)
{
	return (op >= SHIM_CONST_I32_ADD && op <= SHIM_CONST_I32_MUL) ||
	       (op >= SHIM_CONST_I64_ADD && op <= SHIM_CONST_I64_MUL);
}

void shim_const_eval(const struct shim_const_expr *expr, const struct shim_const_env *env,
		     uint64_t bits[2])
{
	uint64_t stack[SHIM_CONST_DEPTH][2];
	uint32_t depth = 0;

	for (uint32_t i = 0; i < expr->count; i++) {
		const struct shim_const_instr *instr = &expr->instrs[i];

		if (!is_arithmetic(instr->op)) {
			value_get(instr, env, stack[depth++]);
			continue;
		}
		depth--;
		stack[depth - 1][0] = compute(instr->op, stack[depth - 1][0], stack[depth][0]);
	}
	memcpy(bits, stack[0], sizeof(stack[0]));
}

bool shim_const_is_known(const struct shim_const_expr *expr)
{
	for (uint32_t i = 0; i < expr->count; i++)
		if (expr->instrs[i].op == SHIM_CONST_GLOBAL_GET ||
		    expr->instrs[i].op == SHIM_CONST_REF_FUNC)
			return false;
	return true;
}

uint64_t shim_const_known(const struct shim_const_expr *expr)
{
	uint64_t bits[2];

	/* The expression is known, so it does not use the environment. */
	shim_const_eval(expr, NULL, bits);
	return bits[0];
}
