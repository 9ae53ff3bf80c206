// SPDX-License-Identifier: MIT
/*
 * What a limiter is asked: the first sizes of memories and tables, and their growth.
 */
#include <errno.h>
#include <inttypes.h>

#include "base/error.h"
#include "instance/limiter.h"
#include "instance/snapshot.h"

/* The error of a limiter's answer; 0 when it agrees. */
static int answer_error(int answer)
{
	if (answer > 0)
		return 0;
	return answer ? answer : -EDQUOT;
}

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
	for (uint32_t i = 0; i < module->desc.memory_count; i++) {
		const struct shim_memory_plan *plan = &module->desc.memories[i];
		uint64_t length = snapshot ? snapshot->memory_length[i] : shim_memory_minimum(plan);
		int error = answer_error(limiter->memory_growing(limiter->context, 0, length,
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
	for (uint32_t i = 0; i < module->desc.table_count; i++) {
		const struct shim_table_plan *plan = &module->desc.tables[i];
		uint64_t elements = snapshot ? snapshot->table_elements[i] : plan->minimum;
		int error = answer_error(
			limiter->table_growing(limiter->context, 0, elements, plan->maximum));

		if (error)
			return first_size_error(error, "table", elements, "elements");
	}
	return 0;
}

int shim_limiter_check(const struct shim_instance_request *request,
		       const struct shim_snapshot *snapshot)
{
	const struct shim_limiter *limiter = request->limiter;
	int error;

	if (!limiter)
		return 0;
	error = memories_check(request->module, limiter, snapshot);
	if (error)
		return error;
	return tables_check(request->module, limiter, snapshot);
}

/* ---- growth --------------------------------------------------------------------- */

static int resize(struct shim_instance *owner, uint32_t defined, const struct shim_growth *growth)
{
	uint64_t most = growth->limit < growth->maximum ? growth->limit : growth->maximum;

	if (growth->desired > most)
		return shim_error_set(-ENOSPC,
				      "%s growth to %" PRIu64 " %s exceeds the maximum of %" PRIu64,
				      growth->kind, growth->desired, growth->unit, most);
	return growth->resize(owner, defined, growth->desired);
}

int shim_limiter_grow(struct shim_instance *owner, uint32_t defined,
		      const struct shim_growth *growth)
{
	int error;

	if (growth->growing) {
		error = answer_error(growth->growing(owner->limiter->context, growth->current,
						     growth->desired, growth->maximum));
		if (error)
			return shim_error_set(error,
					      "%s growth to %" PRIu64 " %s exceeds %s limits",
					      growth->kind, growth->desired, growth->unit,
					      growth->kind);
	}
	error = resize(owner, defined, growth);
	if (error && growth->grow_failed)
		growth->grow_failed(owner->limiter->context, error);
	return error;
}
