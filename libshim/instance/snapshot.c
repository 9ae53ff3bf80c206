// SPDX-License-Identifier: MIT
/*
 * Snapshots of instances: their sizes, and their references to functions, which have
 * other addresses in a new instance.
 */
#include <errno.h>
#include <stdlib.h>

#include "base/error.h"
#include "instance/snapshot.h"
#include "module/value_type.h"

/* Collects references in two passes: the first counts them, the second writes them. */
struct collector {
	struct shim_instance *instance;
	const uint32_t *functions;	/* by place in func_refs */
	struct shim_snapshot_ref *refs; /* NULL: this is the first pass */
	uint32_t count;
};

static struct shim_vm_func_ref *func_refs(const struct shim_instance *instance)
{
	return shim_state_field(instance, instance->module->offsets.func_refs);
}

/* The function of each place in func_refs; the caller frees the array. */
static uint32_t *functions_of(const struct shim_module *module)
{
	uint32_t count =
		module->offsets.imported_function_count + module->desc.defined_function_count;
	uint32_t *functions = calloc(module->offsets.func_ref_count + 1, sizeof(*functions));

	for (uint32_t function = 0; functions && function < count; function++) {
		uint32_t at = shim_module_func_ref_index(module, function);

		if (at != SHIM_INDEX_NONE)
			functions[at] = function;
	}
	return functions;
}

/* Collects a value if it is a reference to a function of the instance itself. */
static void collect(struct collector *collector, const void *value, uint32_t table, uint32_t index)
{
	uintptr_t distance = (uintptr_t)value - (uintptr_t)func_refs(collector->instance);
	size_t at = distance / sizeof(struct shim_vm_func_ref);

	if (at >= collector->instance->module->offsets.func_ref_count)
		return;
	if (collector->refs)
		collector->refs[collector->count] = (struct shim_snapshot_ref){
			.table = table,
			.index = index,
			.function = collector->functions[at],
		};
	collector->count++;
}

static void collect_all(struct collector *collector)
{
	const struct shim_instance *instance = collector->instance;
	const struct shim_module_desc *desc = &instance->module->desc;
	const struct shim_vm_global *globals =
		shim_state_field(instance, instance->module->offsets.defined_globals);

	collector->count = 0;
	for (uint32_t i = 0; i < desc->defined_table_count; i++) {
		const struct shim_vm_table *table = shim_defined_table(instance, i);

		for (uint32_t j = 0; j < table->current_elements; j++)
			collect(collector, ((void **)table->base)[j], i, j);
	}
	for (uint32_t i = 0; i < desc->defined_global_count; i++)
		if (shim_is_function_reference(instance->module,
					       desc->defined_globals[i].type.type))
			collect(collector, (const void *)(uintptr_t)globals[i].bits[0],
				SHIM_INDEX_NONE, i);
}

static void sizes_take(struct shim_snapshot *snapshot, const struct shim_instance *instance)
{
	for (uint32_t i = 0; i < instance->module->desc.defined_memory_count; i++)
		snapshot->memory_length[i] = shim_defined_memory(instance, i)->current_length;
	for (uint32_t i = 0; i < instance->module->desc.defined_table_count; i++)
		snapshot->table_elements[i] = shim_defined_table(instance, i)->current_elements;
}

/* functions is what functions_of() says of the instance's module. */
static struct shim_snapshot *snapshot_make(struct shim_instance *instance,
					   const uint32_t *functions)
{
	struct collector collector = { .instance = instance, .functions = functions };
	struct shim_snapshot *snapshot;

	collect_all(&collector);
	snapshot = calloc(1, sizeof(*snapshot) + collector.count * sizeof(snapshot->refs[0]));
	if (!snapshot)
		return NULL;
	sizes_take(snapshot, instance);
	collector.refs = snapshot->refs;
	collect_all(&collector);
	snapshot->ref_count = collector.count;
	return snapshot;
}

struct shim_snapshot *shim_snapshot_take(struct shim_instance *instance)
{
	uint32_t *functions = functions_of(instance->module);
	struct shim_snapshot *snapshot = NULL;

	if (functions)
		snapshot = snapshot_make(instance, functions);
	if (!snapshot)
		shim_error_set(-ENOMEM, "no memory for a snapshot");
	free(functions);
	return snapshot;
}

void shim_snapshot_apply(struct shim_instance *instance, const struct shim_snapshot *snapshot)
{
	struct shim_vm_global *globals =
		shim_state_field(instance, instance->module->offsets.defined_globals);

	for (uint32_t i = 0; i < instance->module->desc.defined_memory_count; i++)
		shim_defined_memory(instance, i)->current_length = snapshot->memory_length[i];
	for (uint32_t i = 0; i < instance->module->desc.defined_table_count; i++)
		shim_defined_table(instance, i)->current_elements = snapshot->table_elements[i];
	for (uint32_t i = 0; i < snapshot->ref_count; i++) {
		const struct shim_snapshot_ref *ref = &snapshot->refs[i];
		void *value = shim_instance_func_ref(instance, ref->function);

		if (ref->table == SHIM_INDEX_NONE)
			globals[ref->index].bits[0] = (uintptr_t)value;
		else
			((void **)shim_defined_table(instance, ref->table)->base)[ref->index] =
				value;
	}
}
