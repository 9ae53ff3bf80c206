// SPDX-License-Identifier: MIT
/*
 * The functions of a module that have references, and the place of each in func_refs of
 * the instance state.
 */
#include <errno.h>

#include "module/const_expr.h"

static void func_ref_mark(struct shim_module *module, const struct shim_const_instr *expr)
{
	uint32_t count;
	const struct shim_const_instr *instrs = shim_const_instrs(expr, &count);

	for (uint32_t i = 0; i < count; i++)
		if (instrs[i].op == SHIM_CONST_REF_FUNC)
			module->func_refs[instrs[i].index] = 0;
}

/* Sets func_refs to 0 for each function that has a reference. */
static void func_refs_mark(struct shim_module *module)
{
	const struct shim_module_desc *desc = &module->desc;

	for (uint32_t i = 0; i < desc->export_count; i++)
		if (desc->exports[i].kind == SHIM_EXTERN_FUNCTION)
			module->func_refs[desc->exports[i].index] = 0;
	if (desc->flags & SHIM_MODULE_START)
		module->func_refs[desc->start] = 0;
	for (uint32_t i = 0; i < desc->defined_table_count; i++)
		func_ref_mark(module, &desc->defined_tables[i].init);
	for (uint32_t i = 0; i < desc->defined_global_count; i++)
		func_ref_mark(module, &desc->defined_globals[i].init);
	for (uint32_t i = 0; i < desc->element_count; i++) {
		const struct shim_element_segment *segment = &desc->elements[i];

		for (uint32_t j = 0; j < segment->expr_count; j++)
			func_ref_mark(module, &segment->exprs[j]);
		for (uint32_t j = 0; j < segment->count; j++)
			if (segment->elements[j].op == SHIM_CONST_REF_FUNC)
				module->func_refs[segment->elements[j].index] = 0;
	}
}

/* Numbers these functions in their order, and returns how many there are. */
static uint32_t func_refs_number(struct shim_module *module, uint32_t functions)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < functions; i++)
		if (module->func_refs[i] != SHIM_INDEX_NONE)
			module->func_refs[i] = count++;
	return count;
}

int shim_func_refs_init(struct shim_module *module)
{
	uint32_t functions = shim_module_count(module, SHIM_EXTERN_FUNCTION);

	module->func_refs = shim_arena_alloc(&module->arena, functions, sizeof(uint32_t));
	if (!module->func_refs)
		return -ENOMEM;
	for (uint32_t i = 0; i < functions; i++)
		module->func_refs[i] = SHIM_INDEX_NONE;
	func_refs_mark(module);
	module->offsets.func_ref_count = func_refs_number(module, functions);
	return 0;
}
