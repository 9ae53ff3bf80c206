// SPDX-License-Identifier: MIT
/*
 * The constant expressions of a new instance: the values of its globals, the first values
 * of its tables, and the elements that are no plain references.
 */
#include <errno.h>
#include <inttypes.h>

#include "base/error.h"
#include "instance/state.h"
#include "module/const_expr.h"

struct evaluation {
	struct shim_instance *instance;
	const struct shim_heap *heap;
};

static void global_get(void *context, uint32_t index, uint64_t bits[2])
{
	const struct evaluation *evaluation = context;
	const struct shim_vm_global *global = shim_instance_global(evaluation->instance, index);

	bits[0] = global->bits[0];
	bits[1] = global->bits[1];
}

static void *function_get(void *context, uint32_t index)
{
	const struct evaluation *evaluation = context;

	return shim_instance_func_ref(evaluation->instance, index);
}

static int heap_allocate(void *context, const struct shim_heap_request *request,
			 uint64_t *reference)
{
	const struct shim_heap *heap = ((const struct evaluation *)context)->heap;
	int error = heap->allocate(heap->context, request, reference);

	if (error < 0)
		return shim_error_set(error, "the heap refused type %" PRIu32, request->type);
	if (error || !*reference)
		return shim_error_set(-EINVAL, "the heap answered %d, with reference %" PRIu64,
				      error, *reference);
	return 0;
}

/* Whether an expression is one constant, whose bits are there. */
static bool is_constant(const struct shim_const_instr *expr)
{
	return expr->op != SHIM_CONST_EXPR && expr->op != SHIM_CONST_V128 &&
	       expr->op != SHIM_CONST_GLOBAL_GET && expr->op != SHIM_CONST_REF_FUNC &&
	       !shim_const_needs_heap(expr);
}

int shim_instance_eval(struct shim_instance *instance, const struct shim_const_instr *expr,
		       const struct shim_heap *heap, uint64_t bits[2])
{
	struct evaluation evaluation = { instance, heap };
	struct shim_const_env env = {
		.module = instance->module,
		.global = global_get,
		.function = function_get,
		.allocate = heap_allocate,
		.context = &evaluation,
	};

	if (!is_constant(expr))
		return shim_const_eval(expr, &env, bits);
	bits[0] = expr->bits;
	bits[1] = 0;
	return 0;
}

static int globals_evaluate(struct shim_instance *instance, const struct shim_heap *heap)
{
	const struct shim_module_desc *desc = &instance->module->desc;
	struct shim_vm_global *globals =
		shim_state_field(instance, instance->module->offsets.defined_globals);

	for (uint32_t at = 0; at < instance->module->late_global_count; at++) {
		uint32_t i = instance->module->late_globals[at];
		int error = shim_instance_eval(instance, &desc->defined_globals[i].init, heap,
					       globals[i].bits);

		if (error)
			return shim_error_prefix(error, "global %" PRIu32 ": ",
						 instance->module->offsets.imported_global_count +
							 i);
	}
	return 0;
}

static int tables_evaluate(struct shim_instance *instance, const struct shim_heap *heap)
{
	const struct shim_module_desc *desc = &instance->module->desc;
	uint64_t bits[2];

	for (uint32_t i = 0; i < desc->defined_table_count; i++) {
		const struct shim_const_instr *init = &desc->defined_tables[i].init;
		uint32_t index = instance->module->offsets.imported_table_count + i;
		int error;

		if (shim_const_is_empty(init))
			continue;
		error = shim_instance_eval(instance, init, heap, bits);
		if (error)
			return shim_error_prefix(error, "table %" PRIu32 ": ", index);
		/* The memory of a table is zero at first. */
		if (bits[0])
			shim_table_clear(shim_defined_table(instance, i),
					 (void *)(uintptr_t)bits[0]);
	}
	return 0;
}

static int elements_evaluate(struct shim_instance *instance, const struct shim_heap *heap)
{
	const struct shim_module_desc *desc = &instance->module->desc;
	uint64_t bits[2];

	/* Most modules have no such element. */
	for (uint32_t i = 0; instance->module->expr_count && i < desc->element_count; i++)
		for (uint32_t j = 0; j < desc->elements[i].expr_count; j++) {
			int error = shim_instance_eval(instance, &desc->elements[i].exprs[j], heap,
						       bits);

			if (error)
				return shim_error_prefix(error, "element %" PRIu32 ": ", i);
			*shim_element_expr(instance, i, j) = bits[0];
		}
	return 0;
}

int shim_instance_evaluate_all(struct shim_instance *instance, const struct shim_heap *heap)
{
	int error = globals_evaluate(instance, heap);

	if (error)
		return error;
	error = tables_evaluate(instance, heap);
	if (error)
		return error;
	return elements_evaluate(instance, heap);
}
