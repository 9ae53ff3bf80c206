/* SPDX-License-Identifier: MIT */
#ifndef SHIM_CONST_EXPR_H
#define SHIM_CONST_EXPR_H

#include <stdbool.h>

#include "module/module.h"

/*
 * Whether an expression is valid in a module and leaves one value of the type:
 * -EINVAL, or -EOPNOTSUPP if it needs what is not supported.
 */
int shim_const_check(const struct shim_module *module, const struct shim_const_expr *expr,
		     uint32_t type);

/* What an instance knows and its module does not. */
struct shim_const_env {
	/* Sets bits to the value of an imported global. */
	void (*global)(void *context, uint32_t index, uint64_t bits[2]);
	/* The value of a ref.func. */
	void *(*function)(void *context, uint32_t index);
	void *context;
};

/*
 * Works out a checked expression. The value's bits are as in struct
 * shim_const_instr; a reference is a pointer, the null reference 0.
 */
void shim_const_eval(const struct shim_const_expr *expr, const struct shim_const_env *env,
		     uint64_t bits[2]);

/* Whether a checked expression has the same value in each instance. */
bool shim_const_is_known(const struct shim_const_expr *expr);

/* The value of an offset for which shim_const_is_known(). */
uint64_t shim_const_known(const struct shim_const_expr *expr);

#endif /* SHIM_CONST_EXPR_H */
