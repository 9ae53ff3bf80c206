// SPDX-License-Identifier: MIT
/*
 * The functions of a module that have references, and the place of each in func_refs of
 * the instance state.
 */
#include <errno.h>
#include <string.h>

#include "module/const_expr.h"

static void expr_mark(uint8_t *steps, const struct shim_const_instr *expr)
{
	uint32_t count;
	const struct shim_const_instr *instrs = shim_const_instrs(expr, &count);

	for (uint32_t i = 0; i < count; i++)
		if (instrs[i].op == SHIM_CONST_REF_FUNC)
			steps[instrs[i].index] = 1;
}

static void segment_mark(uint8_t *steps, const struct shim_element_segment *segment)
{
	const struct shim_element *elements = segment->elements;
	uint32_t count = segment->count;

	for (uint32_t i = 0; i < segment->expr_count; i++)
		expr_mark(steps, &segment->exprs[i]);
	for (uint32_t i = 0; i < count; i++)
		if (elements[i].op == SHIM_CONST_REF_FUNC)
			steps[elements[i].index] = 1;
}

/* Sets the step of each function that has a reference to 1. */
static void func_refs_mark(uint8_t *steps, const struct shim_module_desc *desc)
{
	const struct shim_export *exports = desc->exports;
	uint32_t count = desc->export_count;

	for (uint32_t i = 0; i < count; i++)
		if (exports[i].kind == SHIM_EXTERN_FUNCTION)
			steps[exports[i].index] = 1;
	if (desc->flags & SHIM_MODULE_START)
		steps[desc->start] = 1;
	for (uint32_t i = 0; i < desc->defined_table_count; i++)
		expr_mark(steps, &desc->defined_tables[i].init);
	for (uint32_t i = 0; i < desc->defined_global_count; i++)
		expr_mark(steps, &desc->defined_globals[i].init);
	for (uint32_t i = 0; i < desc->element_count; i++)
		segment_mark(steps, &desc->elements[i]);
}

/*
 * Numbers eight functions at once, each of which is 0 or 1, from the number after before on:
 * each byte of the product is the sum of those up to it, from the lowest on, which is the first
 * in memory. The sums of a block fit.
 */
#define EIGHT sizeof(uint64_t)
#define ONES UINT64_C(0x0101010101010101)

static uint64_t eight_number(uint8_t *steps, uint64_t before)
{
	uint64_t flags, sums;

	memcpy(&flags, steps, EIGHT);
	sums = (flags + before) * ONES;
	flags = sums & flags * UINT8_MAX;
	memcpy(steps, &flags, EIGHT);
	return sums >> 56;
}

/* Numbers all that have references, and returns how many there are. */
static uint32_t func_refs_number(struct shim_module *module, uint32_t functions)
{
	uint32_t count = 0;
	uint64_t step = 0;

	for (uint32_t i = 0; i < functions; i += EIGHT) {
		if (i % SHIM_FUNC_REF_BLOCK == 0) {
			count += (uint32_t)step;
			step = 0;
			/* The first step is 1, so the base is one less than its place. */
			module->func_ref_bases[i / SHIM_FUNC_REF_BLOCK] = count - 1;
		}
		step = eight_number(&module->func_ref_steps[i], step);
	}
	return count + (uint32_t)step;
}

int shim_func_refs_init(struct shim_module *module)
{
	uint32_t functions = shim_module_count(module, SHIM_EXTERN_FUNCTION);

	module->func_ref_steps = shim_arena_alloc(&module->arena, functions / EIGHT + 1, EIGHT);
	module->func_ref_bases = shim_arena_alloc(
		&module->arena, functions / SHIM_FUNC_REF_BLOCK + 1, sizeof(uint32_t));
	if (!module->func_ref_steps || !module->func_ref_bases)
		return -ENOMEM;
	func_refs_mark(module->func_ref_steps, &module->desc);
	module->offsets.func_ref_count = func_refs_number(module, functions);
	return 0;
}
