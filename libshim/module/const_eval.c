// SPDX-License-Identifier: MIT
/*
 * The values of constant expressions.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "module/const_expr.h"

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

struct stack {
	struct shim_vm_global *values;
	uint32_t depth;
};

static bool is_arithmetic(uint32_t op)
{
	return (op >= SHIM_CONST_I32_ADD && op <= SHIM_CONST_I32_MUL) ||
	       (op >= SHIM_CONST_I64_ADD && op <= SHIM_CONST_I64_MUL);
}

bool shim_const_needs_heap(const struct shim_const_instr *instr)
{
	return instr->op >= SHIM_CONST_STRUCT_NEW && instr->op <= SHIM_CONST_REF_I31;
}

/* What the instruction takes from the stack, but for the length of an array. */
static uint32_t value_count(const struct shim_module *module, const struct shim_const_instr *instr)
{
	switch (instr->op) {
	case SHIM_CONST_STRUCT_NEW:
		return module->desc.types[instr->index].field_count;
	case SHIM_CONST_ARRAY_NEW_FIXED:
		return (uint32_t)instr->bits;
	case SHIM_CONST_STRUCT_NEW_DEFAULT:
	case SHIM_CONST_ARRAY_NEW_DEFAULT:
		return 0;
	default:
		return 1;
	}
}

static int allocate(const struct shim_const_env *env, const struct shim_const_instr *instr,
		    struct stack *stack)
{
	struct shim_heap_request request = {
		.module = env->module,
		.op = instr->op,
		.type = instr->index,
		.value_count = value_count(env->module, instr),
		.length = instr->bits,
	};
	struct shim_vm_global result = { { 0, 0 } };
	int error;

	if (instr->op == SHIM_CONST_ARRAY_NEW || instr->op == SHIM_CONST_ARRAY_NEW_DEFAULT)
		request.length = stack->values[--stack->depth].bits[0];
	stack->depth -= request.value_count;
	request.values = &stack->values[stack->depth];
	error = env->allocate(env->context, &request, &result.bits[0]);
	stack->values[stack->depth++] = result;
	return error;
}

/* The null reference stays what it is, whatever the hierarchy. */
static bool is_converted_null(const struct shim_const_instr *instr, const struct stack *stack)
{
	return (instr->op == SHIM_CONST_ANY_CONVERT_EXTERN ||
		instr->op == SHIM_CONST_EXTERN_CONVERT_ANY) &&
	       !stack->values[stack->depth - 1].bits[0];
}

static int instr_run(const struct shim_const_env *env, const struct shim_const_instr *instr,
		     struct stack *stack)
{
	uint64_t *bits;

	if (is_arithmetic(instr->op)) {
		bits = stack->values[--stack->depth - 1].bits;
		bits[0] = compute(instr->op, bits[0], stack->values[stack->depth].bits[0]);
		return 0;
	}
	if (shim_const_needs_heap(instr))
		return is_converted_null(instr, stack) ? 0 : allocate(env, instr, stack);
	bits = stack->values[stack->depth++].bits;
	bits[0] = instr->bits;
	bits[1] = 0;
	if (instr->op == SHIM_CONST_V128)
		memcpy(bits, instr->v128, 2 * sizeof(*bits));
	else if (instr->op == SHIM_CONST_GLOBAL_GET)
		env->global(env->context, instr->index, bits);
	else if (instr->op == SHIM_CONST_REF_FUNC)
		bits[0] = (uintptr_t)env->function(env->context, instr->index);
	return 0;
}

static int instrs_run(const struct shim_const_instr *expr, const struct shim_const_env *env,
		      struct stack *stack, uint64_t bits[2])
{
	uint32_t count;
	const struct shim_const_instr *instrs = shim_const_instrs(expr, &count);

	for (uint32_t i = 0; i < count; i++) {
		int error = instr_run(env, &instrs[i], stack);

		if (error)
			return error;
	}
	bits[0] = stack->values[0].bits[0];
	bits[1] = stack->values[0].bits[1];
	return 0;
}

int shim_const_eval(const struct shim_const_instr *expr, const struct shim_const_env *env,
		    uint64_t bits[2])
{
	struct shim_vm_global few[SHIM_CONST_FEW];
	struct stack stack = { .values = few };
	uint32_t count;
	int error;

	shim_const_instrs(expr, &count);
	/* Each instruction adds one value at most. */
	if (count > SHIM_CONST_FEW)
		stack.values = malloc(count * sizeof(*stack.values));
	if (!stack.values)
		return shim_error_set(
			-ENOMEM, "no memory for a constant of %" PRIu32 " instructions", count);
	error = instrs_run(expr, env, &stack, bits);
	if (stack.values != few)
		free(stack.values);
	return error;
}

bool shim_const_is_known(const struct shim_const_instr *expr)
{
	uint32_t count;
	const struct shim_const_instr *instrs = shim_const_instrs(expr, &count);

	for (uint32_t i = 0; i < count; i++)
		if (instrs[i].op == SHIM_CONST_GLOBAL_GET || instrs[i].op == SHIM_CONST_REF_FUNC ||
		    shim_const_needs_heap(&instrs[i]))
			return false;
	return count <= SHIM_CONST_FEW;
}

uint64_t shim_const_known(const struct shim_const_instr *expr)
{
	uint64_t bits[2] = { 0, 0 };

	/* Most are: the only instruction of a known one is a number. */
	if (expr->op != SHIM_CONST_EXPR)
		return expr->bits;
	/* The expression is known, so it does not use the environment, and is short. */
	shim_const_eval(expr, NULL, bits);
	return bits[0];
}
