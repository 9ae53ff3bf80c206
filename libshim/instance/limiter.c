// SPDX-License-Identifier: MIT
/*
 * The check of first sizes: what a limiter is asked before an instance is made.
 */
#include <errno.h>
#include <inttypes.h>

#include "base/error.h"
#include "instance/limiter.h"
#include "instance/snapshot.h"

static int first_size_error(int error, const char *kind, uint64_t size, const char *unit)
{
	return shim_error_set(error, "%s minimum size of %" PRIu64 " %s exceeds %s limits", kind,
			      size, unit, kind);
}

static int memories_check(const struct shim_module *module, const struct shim_limiter *limiter,
			  const struct shim_snapshot *snapshot)
{
	if (!limiter->memory_growing)
		return 0;
	for (uint32_t i = 0; i < module->desc.defined_memory_count; i++) {
		const struct shim_memory_plan *plan = &module->desc.defined_memories[i];
		uint64_t length = snapshot ? snapshot->memory_length[i] : shim_memory_minimum(plan);
		int error = shim_limiter_answer(limiter->memory_growing(limiter->context, 0, length,
									shim_memory_maximum(plan)));

		if (error)
			return first_size_error(error, "memory", length / SHIM_WASM_PAGE, "pages");
	}
	return 0;
}

static int tables_check(const struct shim_module *module, const struct shim_limiter *limiter,
			const struct shim_snapshot *snapshot)
{
	if (!limiter->table_growing)
		return 0;
	for (uint32_t i = 0; i < module->desc.defined_table_count; i++) {
		const struct shim_table_plan *plan = &module->desc.defined_tables[i];
		uint64_t elements = snapshot ? snapshot->table_elements[i] : plan->minimum;
		int error = shim_limiter_answer(
			limiter->table_growing(limiter->context, 0, elements, plan->maximum));

		if (error)
			return first_size_error(error, "table", elements, "elements");
	}
	return 0;
}

int shim_limiter_ask(const struct shim_instance_request *request,
		     const struct shim_snapshot *snapshot)
{
	const struct shim_limiter *limiter = request->limiter;
	int error = memories_check(request->module, limiter, snapshot);

	if (error)
		return error;
	return tables_check(request->module, limiter, snapshot);
}
