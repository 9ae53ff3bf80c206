// SPDX-License-Identifier: MIT
/*
 * The memory of an instance state: its head, the state proper, the bits of its
 * segments and the values of elements, and what a new instance has in them.
 */
#include <string.h>

#include "instance/state.h"

_Static_assert(sizeof(struct shim_state_head) == 16, "the state is aligned to 16");

/* The offset of the segments' bits from the head. */
static uint64_t bits_offset(const struct shim_module *module)
{
	uint64_t end = sizeof(struct shim_state_head) + module->offsets.state_size;

	return (end + 7) & ~UINT64_C(7);
}

/* The offset of the values of elements' expressions. */
static uint64_t exprs_offset(const struct shim_module *module)
{
	uint64_t bits = (uint64_t)module->desc.element_count + module->desc.data_count;

	return bits_offset(module) + (bits + 63) / 64 * 8;
}

uint64_t shim_instance_size(const struct shim_module *module)
{
	return exprs_offset(module) + (uint64_t)module->expr_count * sizeof(uint64_t);
}

uint64_t *shim_element_expr(const struct shim_instance *instance, uint32_t elements, uint32_t expr)
{
	const struct shim_module *module = instance->module;
	uint64_t *values = (uint64_t *)((unsigned char *)instance->head + exprs_offset(module));

	return &values[module->expr_places[elements] + expr];
}

static uint64_t *segment_bits(const struct shim_instance *instance)
{
	return (uint64_t *)((unsigned char *)instance->head + bits_offset(instance->module));
}

bool shim_segment_dropped(const struct shim_instance *instance, uint32_t bit)
{
	return segment_bits(instance)[bit / 64] >> bit % 64 & 1;
}

void shim_segment_drop(struct shim_instance *instance, uint32_t bit)
{
	segment_bits(instance)[bit / 64] |= UINT64_C(1) << bit % 64;
}

static void imports_write(struct shim_instance *instance, const struct shim_imports *imports)
{
	const struct shim_vmoffsets *offsets = &instance->module->offsets;

	if (imports->function_count)
		memcpy(shim_state_field(instance, offsets->imported_functions), imports->functions,
		       imports->function_count * sizeof(*imports->functions));
	if (imports->table_count)
		memcpy(shim_state_field(instance, offsets->imported_tables), imports->tables,
		       imports->table_count * sizeof(*imports->tables));
	if (imports->memory_count)
		memcpy(shim_state_field(instance, offsets->imported_memories), imports->memories,
		       imports->memory_count * sizeof(*imports->memories));
	if (imports->global_count)
		memcpy(shim_state_field(instance, offsets->imported_globals), imports->globals,
		       imports->global_count * sizeof(*imports->globals));
	if (imports->tag_count)
		memcpy(shim_state_field(instance, offsets->imported_tags), imports->tags,
		       imports->tag_count * sizeof(*imports->tags));
}

static void pointer_write(unsigned char *state, uint32_t offset, const void *value)
{
	*(const void **)(state + offset) = value;
}

static void runtime_write(unsigned char *state, const struct shim_vmoffsets *offsets,
			  const struct shim_runtime *runtime)
{
	void **store = (void **)(state + offsets->store);

	pointer_write(state, offsets->runtime_limits, runtime->limits);
	pointer_write(state, offsets->epoch, runtime->epoch);
	pointer_write(state, offsets->externref_activations, runtime->externref_activations);
	store[0] = runtime->store[0];
	store[1] = runtime->store[1];
	pointer_write(state, offsets->builtin_functions, runtime->builtin_functions);
}

/* The tags that the module defines: their types are all that there is to know. */
static void tags_write(struct shim_instance *instance)
{
	const struct shim_module *module = instance->module;
	struct shim_vm_tag *tags = shim_state_field(instance, module->offsets.defined_tags);

	for (uint32_t i = 0; i < module->desc.defined_tag_count; i++)
		tags[i].type = module->type_ids[module->desc.defined_tags[i]];
}

void shim_instance_attach(struct shim_instance *instance,
			  const struct shim_instance_request *request)
{
	static const struct shim_runtime none;
	const struct shim_module *module = request->module;
	unsigned char *state = (unsigned char *)(instance->head + 1);

	instance->module = request->module;
	instance->functions = request->functions;
	instance->limiter = request->limiter;
	instance->host_state = request->host_state;
	instance->host_state_drop = request->host_state_drop;
	instance->phase = SHIM_INSTANCE_ALLOCATED;
	instance->has_elements = instance->started;
	instance->is_touched = false;

	instance->head->instance = instance;
	*(uint32_t *)(state + module->offsets.magic) = SHIM_VM_MAGIC;
	pointer_write(state, module->offsets.type_ids, module->type_ids);
	pointer_write(state, module->offsets.callee, NULL);
	runtime_write(state, &module->offsets, request->runtime ? request->runtime : &none);
	imports_write(instance, &request->imports);
	tags_write(instance);
}

void shim_instance_define(struct shim_instance *instance)
{
	const struct shim_vmoffsets *offsets = &instance->module->offsets;

	memcpy(shim_state_field(instance, offsets->defined_tables), instance->module->defined_state,
	       offsets->func_refs - offsets->defined_tables);
	if (shim_has_lazy_tables(instance))
		shim_lazy_tables_define(instance);
}
