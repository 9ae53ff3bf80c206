/* SPDX-License-Identifier: MIT */
/* Constant expressions: their validation and their values. */
#ifndef SHIM_CONST_EXPR_H
#define SHIM_CONST_EXPR_H

#include <stdbool.h>

#include "module/module.h"

/* The instructions of an expression, and how many there are. */
static inline const struct shim_const_instr *shim_const_instrs(const struct shim_const_instr *expr,
							       uint32_t *count)
{
	bool several = expr->op == SHIM_CONST_EXPR;

	*count = several ? expr->index : 1;
	return several ? expr->instrs : expr;
}

static inline bool shim_const_is_empty(const struct shim_const_instr *expr)
{
	return expr->op == SHIM_CONST_EXPR && !expr->index;
}

/*
 * Validates an expression of a module, which has to leave one value of the type.
 * -EINVAL: it is not valid; -EOPNOTSUPP: it needs something that is not supported.
 */
int shim_const_check(const struct shim_module *module, const struct shim_const_instr *expr,
		     uint32_t type);

/* What the value of an expression depends on in an instance. */
struct shim_const_env {
	struct shim_module *module;
	/* Sets bits to the value of a global, which was evaluated before. */
	void (*global)(void *context, uint32_t index, uint64_t bits[2]);
	/* The value of a ref.func. */
	void *(*function)(void *context, uint32_t index);
	/* As in struct shim_heap. */
	int (*allocate)(void *context, const struct shim_heap_request *request,
			uint64_t *reference);
	void *context;
};

/* Whether the instruction needs allocate. */
bool shim_const_needs_heap(const struct shim_const_instr *instr);

/* Expressions of so many instructions are evaluated without an allocation of memory. */
#define SHIM_CONST_FEW 64

/*
 * Evaluates a valid expression. The bits are as in struct shim_vm_global; a reference
 * is a pointer, and the null reference is 0. -ENOMEM, or the error of allocate, with a
 * message.
 */
int shim_const_eval(const struct shim_const_instr *expr, const struct shim_const_env *env,
		    uint64_t bits[2]);

/* Whether a valid expression has the same value in every instance, and is short. */
bool shim_const_is_known(const struct shim_const_instr *expr);

/* The value of a valid offset that is known. */
uint64_t shim_const_known(const struct shim_const_instr *expr);

#endif /* SHIM_CONST_EXPR_H */
