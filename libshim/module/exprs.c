// SPDX-License-Identifier: MIT
/*
 * What the constant expressions of a module need in an instance: a heap, and a place for
 * the value of each expression of an element segment, which is evaluated once.
 */
#include <errno.h>

#include "base/error.h"
#include "module/const_expr.h"

static void expr_note(struct shim_module *module, const struct shim_const_instr *expr)
{
	uint32_t count;
	const struct shim_const_instr *instrs = shim_const_instrs(expr, &count);

	for (uint32_t i = 0; i < count; i++)
		module->needs_heap |= shim_const_needs_heap(&instrs[i]);
}

static int places_init(struct shim_module *module)
{
	const struct shim_module_desc *desc = &module->desc;

	module->expr_places =
		shim_arena_alloc(&module->arena, desc->element_count, sizeof(uint32_t));
	if (!module->expr_places)
		return -ENOMEM;
	for (uint32_t i = 0; i < desc->element_count; i++) {
		module->expr_places[i] = module->expr_count;
		if (__builtin_add_overflow(module->expr_count, desc->elements[i].expr_count,
					   &module->expr_count))
			return shim_error_set(-EOVERFLOW, "expressions of elements are over 2^32");
	}
	return 0;
}

int shim_exprs_init(struct shim_module *module)
{
	const struct shim_module_desc *desc = &module->desc;

	for (uint32_t i = 0; i < desc->defined_table_count; i++)
		expr_note(module, &desc->defined_tables[i].init);
	for (uint32_t i = 0; i < desc->defined_global_count; i++)
		expr_note(module, &desc->defined_globals[i].init);
	for (uint32_t i = 0; i < desc->element_count; i++)
		for (uint32_t j = 0; j < desc->elements[i].expr_count; j++)
			expr_note(module, &desc->elements[i].exprs[j]);
	return places_init(module);
}
