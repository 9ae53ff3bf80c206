// SPDX-License-Identifier: MIT
/*
 * What an instance has, by the index in its module: the public view of an instance.
 */
#include <errno.h>
#include <inttypes.h>

#include "base/error.h"
#include "base/pages.h"
#include "instance/instance.h"

void *shim_instance_state(const struct shim_instance *instance)
{
	return instance->head + 1;
}

struct shim_instance *shim_instance_from_state(const void *state)
{
	return ((const struct shim_state_head *)state - 1)->instance;
}

struct shim_module *shim_instance_module(const struct shim_instance *instance)
{
	return instance->module;
}

void *shim_instance_host_state(const struct shim_instance *instance)
{
	return instance->host_state;
}

struct shim_vm_memory *shim_instance_memory(const struct shim_instance *instance, uint32_t memory)
{
	const struct shim_vmoffsets *offsets = &instance->module->offsets;
	const struct shim_vm_memory_import *imports =
		shim_state_field(instance, offsets->imported_memories);

	if (memory < offsets->imported_memory_count)
		return imports[memory].from;
	memory -= offsets->imported_memory_count;
	if (memory >= offsets->defined_memory_count)
		return NULL;
	return shim_defined_memory(instance, memory);
}

struct shim_vm_table *shim_instance_table(const struct shim_instance *instance, uint32_t table)
{
	const struct shim_vmoffsets *offsets = &instance->module->offsets;
	const struct shim_vm_table_import *imports =
		shim_state_field(instance, offsets->imported_tables);

	if (table < offsets->imported_table_count)
		return imports[table].from;
	table -= offsets->imported_table_count;
	if (table >= offsets->defined_table_count)
		return NULL;
	return shim_defined_table(instance, table);
}

struct shim_vm_global *shim_instance_global(const struct shim_instance *instance, uint32_t global)
{
	const struct shim_vmoffsets *offsets = &instance->module->offsets;
	const struct shim_vm_global_import *imports =
		shim_state_field(instance, offsets->imported_globals);
	struct shim_vm_global *globals = shim_state_field(instance, offsets->defined_globals);

	if (global < offsets->imported_global_count)
		return imports[global].from;
	global -= offsets->imported_global_count;
	return global < offsets->defined_global_count ? &globals[global] : NULL;
}

void *shim_instance_stack(const struct shim_instance *instance, uint64_t *length)
{
	const struct shim_allocator *allocator = instance->allocator;

	if (length)
		*length = instance->stack ? shim_page_round_up(allocator->config.stack_size,
							       allocator->page_size) :
					    0;
	return instance->stack;
}

void shim_instance_drop_host_state(struct shim_instance *instance)
{
	if (instance->host_state_drop)
		instance->host_state_drop(instance->host_state);
	instance->host_state = NULL;
	instance->host_state_drop = NULL;
}

int shim_instance_index_error(const char *kind, uint32_t index)
{
	return shim_error_set(-EINVAL, "%s %" PRIu32 " is not in the module", kind, index);
}
