// SPDX-License-Identifier: MIT
/*
 * Snapshots of instances: their sizes, and their references to functions, which have
 * other addresses in a new instance.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "instance/snapshot.h"
#include "instance/state.h"
#include "module/value_type.h"

/* A place in func_refs. */
struct place {
	uint32_t function;
	bool is_used; /* a value that was collected refers to it */
};

/* Collects references in two passes: the first counts them, the second writes them. */
struct collector {
	struct shim_instance *instance;
	struct place *places;
	struct shim_snapshot_ref *refs; /* NULL: this is the first pass */
	uint32_t count;
};

static struct shim_vm_func_ref *func_refs(const struct shim_instance *instance)
{
	return shim_state_field(instance, instance->module->offsets.func_refs);
}

/* The places of a module's functions; the caller frees the array. */
static struct place *places_of(const struct shim_module *module)
{
	uint32_t count =
		module->offsets.imported_function_count + module->desc.defined_function_count;
	struct place *places = calloc(module->offsets.func_ref_count + 1, sizeof(*places));

	for (uint32_t function = 0; places && function < count; function++) {
		uint32_t at = shim_module_func_ref_index(module, function);

		if (at != SHIM_INDEX_NONE)
			places[at].function = function;
	}
	return places;
}

static void ref_add(struct collector *collector, size_t at, uint32_t table, uint32_t index)
{
	if (collector->refs)
		collector->refs[collector->count] = (struct shim_snapshot_ref){
			.table = table,
			.index = index,
			.function = collector->places[at].function,
		};
	collector->count++;
}

/* Collects a value if it is a reference to a function of the instance itself. */
static void collect(struct collector *collector, const void *value, uint32_t table, uint32_t index)
{
	uintptr_t distance = (uintptr_t)value - (uintptr_t)func_refs(collector->instance);
	size_t at = distance / sizeof(struct shim_vm_func_ref);

	if (at >= collector->instance->module->offsets.func_ref_count)
		return;
	collector->places[at].is_used = true;
	ref_add(collector, at, table, index);
}

/* Collects a value that lies in the memory of the state. */
static void collect_field(struct collector *collector, const uint64_t *value)
{
	const uint64_t *head = (const uint64_t *)collector->instance->head;

	collect(collector, (const void *)(uintptr_t)*value, SHIM_INDEX_NONE,
		(uint32_t)(value - head));
}

static void collect_tables(struct collector *collector)
{
	for (uint32_t i = 0; i < collector->instance->module->desc.defined_table_count; i++) {
		const struct shim_vm_table *table = shim_defined_table(collector->instance, i);
		uintptr_t tag = shim_table_tag(table);

		for (uint32_t j = 0; j < table->current_elements; j++)
			collect(collector, shim_untagged(((void **)table->base)[j], tag), i, j);
	}
}

static void collect_globals(struct collector *collector)
{
	const struct shim_module *module = collector->instance->module;
	const struct shim_vm_global *globals =
		shim_state_field(collector->instance, module->offsets.defined_globals);

	for (uint32_t i = 0; i < module->desc.defined_global_count; i++)
		if (shim_is_function_reference(module, module->desc.defined_globals[i].type.type))
			collect_field(collector, &globals[i].bits[0]);
}

/* The values of elements' expressions. */
static void collect_exprs(struct collector *collector)
{
	const struct shim_module *module = collector->instance->module;

	for (uint32_t i = 0; i < module->desc.element_count; i++)
		if (shim_is_function_reference(module, module->desc.elements[i].type))
			for (uint32_t j = 0; j < module->desc.elements[i].expr_count; j++)
				collect_field(collector,
					      shim_element_expr(collector->instance, i, j));
}

/* References that are in no value: the image has them, with the addresses of this instance. */
static void collect_unused(struct collector *collector)
{
	static const struct shim_vm_func_ref none;
	const struct shim_vm_func_ref *refs = func_refs(collector->instance);

	for (uint32_t i = 0; i < collector->instance->module->offsets.func_ref_count; i++)
		if (!collector->places[i].is_used && memcmp(&refs[i], &none, sizeof(none)))
			ref_add(collector, i, SHIM_INDEX_NONE, SHIM_INDEX_NONE);
}

static void collect_all(struct collector *collector)
{
	collector->count = 0;
	collect_tables(collector);
	collect_globals(collector);
	collect_exprs(collector);
	collect_unused(collector);
}

static void sizes_take(struct shim_snapshot *snapshot, const struct shim_instance *instance)
{
	for (uint32_t i = 0; i < instance->module->desc.defined_memory_count; i++)
		snapshot->memory_length[i] = shim_defined_memory(instance, i)->current_length;
	for (uint32_t i = 0; i < instance->module->desc.defined_table_count; i++)
		snapshot->table_elements[i] = shim_defined_table(instance, i)->current_elements;
}

/* One with room for the references and for the sizes of the module's memories and tables. */
static struct shim_snapshot *snapshot_alloc(const struct shim_module_desc *desc, uint32_t refs)
{
	size_t sizes = sizeof(struct shim_snapshot) + refs * sizeof(struct shim_snapshot_ref);
	struct shim_snapshot *snapshot;

	sizes = (sizes + 7) & ~(size_t)7;
	snapshot = calloc(1, sizes + desc->defined_memory_count * sizeof(uint64_t) +
				     desc->defined_table_count * sizeof(uint32_t));
	if (!snapshot)
		return NULL;
	snapshot->memory_length = (uint64_t *)((unsigned char *)snapshot + sizes);
	snapshot->table_elements =
		(uint32_t *)(snapshot->memory_length + desc->defined_memory_count);
	snapshot->ref_count = refs;
	return snapshot;
}

/* places is what places_of() says of the instance's module. */
static struct shim_snapshot *snapshot_make(struct shim_instance *instance, struct place *places)
{
	struct collector collector = { .instance = instance, .places = places };
	struct shim_snapshot *snapshot;

	collect_all(&collector);
	snapshot = snapshot_alloc(&instance->module->desc, collector.count);
	if (!snapshot)
		return NULL;
	sizes_take(snapshot, instance);
	collector.refs = snapshot->refs;
	collect_all(&collector);
	return snapshot;
}

struct shim_snapshot *shim_snapshot_take(struct shim_instance *instance)
{
	struct place *places = places_of(instance->module);
	struct shim_snapshot *snapshot = NULL;

	if (places)
		snapshot = snapshot_make(instance, places);
	if (!snapshot)
		shim_error_set(-ENOMEM, "no memory for a snapshot");
	free(places);
	return snapshot;
}

static void table_ref_set(const struct shim_vm_table *table, uint32_t index, void *value)
{
	((void **)table->base)[index] = shim_tagged(value, shim_table_tag(table));
}

/* Makes a reference one to the function of the new instance. */
static void ref_set(struct shim_instance *instance, const struct shim_snapshot_ref *ref)
{
	void *value = shim_instance_func_ref(instance, ref->function);

	if (ref->table != SHIM_INDEX_NONE)
		table_ref_set(shim_defined_table(instance, ref->table), ref->index, value);
	else if (ref->index != SHIM_INDEX_NONE)
		((uint64_t *)instance->head)[ref->index] = (uintptr_t)value;
}

void shim_snapshot_apply(struct shim_instance *instance, const struct shim_snapshot *snapshot)
{
	for (uint32_t i = 0; i < instance->module->desc.defined_memory_count; i++)
		shim_defined_memory(instance, i)->current_length = snapshot->memory_length[i];
	for (uint32_t i = 0; i < instance->module->desc.defined_table_count; i++)
		shim_defined_table(instance, i)->current_elements = snapshot->table_elements[i];
	for (uint32_t i = 0; i < snapshot->ref_count; i++)
		ref_set(instance, &snapshot->refs[i]);
}
