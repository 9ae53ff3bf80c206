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
	return shim_instance_is_usable(instance) ? instance->head + 1 : NULL;
}

struct shim_instance *shim_instance_from_state(const void *state)
{
	return state ? ((const struct shim_state_head *)state - 1)->instance : NULL;
}

struct shim_module *shim_instance_module(const struct shim_instance *instance)
{
	return shim_instance_is_usable(instance) ? instance->module : NULL;
}

void *shim_instance_host_state(const struct shim_instance *instance)
{
	return shim_instance_is_usable(instance) ? instance->host_state : NULL;
}

struct shim_vm_memory *shim_instance_memory(const struct shim_instance *instance, uint32_t memory)
{
	const struct shim_vm_memory_import *imports;
	const struct shim_vmoffsets *offsets;

	if (!shim_instance_is_usable(instance))
		return NULL;
	offsets = &instance->module->offsets;
	imports = shim_state_field(instance, offsets->imported_memories);
	if (memory < offsets->imported_memory_count)
		return imports[memory].from;
	memory -= offsets->imported_memory_count;
	if (memory >= offsets->defined_memory_count)
		return NULL;
	return shim_defined_memory(instance, memory);
}

struct shim_vm_table *shim_instance_table(const struct shim_instance *instance, uint32_t table)
{
	const struct shim_vm_table_import *imports;
	const struct shim_vmoffsets *offsets;

	if (!shim_instance_is_usable(instance))
		return NULL;
	offsets = &instance->module->offsets;
	imports = shim_state_field(instance, offsets->imported_tables);
	if (table < offsets->imported_table_count)
		return imports[table].from;
	table -= offsets->imported_table_count;
	if (table >= offsets->defined_table_count)
		return NULL;
	return shim_defined_table(instance, table);
}

struct shim_vm_global *shim_instance_global(const struct shim_instance *instance, uint32_t global)
{
	const struct shim_vm_global_import *imports;
	const struct shim_vmoffsets *offsets;
	struct shim_vm_global *globals;

	if (!shim_instance_is_usable(instance))
		return NULL;
	offsets = &instance->module->offsets;
	imports = shim_state_field(instance, offsets->imported_globals);
	if (global < offsets->imported_global_count)
		return imports[global].from;
	global -= offsets->imported_global_count;
	globals = shim_state_field(instance, offsets->defined_globals);
	return global < offsets->defined_global_count ? &globals[global] : NULL;
}

struct shim_vm_tag *shim_instance_tag(const struct shim_instance *instance, uint32_t tag)
{
	const struct shim_vm_tag_import *imports;
	const struct shim_vmoffsets *offsets;
	struct shim_vm_tag *tags;

	if (!shim_instance_is_usable(instance))
		return NULL;
	offsets = &instance->module->offsets;
	imports = shim_state_field(instance, offsets->imported_tags);
	if (tag < offsets->imported_tag_count)
		return imports[tag].from;
	tag -= offsets->imported_tag_count;
	tags = shim_state_field(instance, offsets->defined_tags);
	return tag < offsets->defined_tag_count ? &tags[tag] : NULL;
}

void *shim_instance_stack(const struct shim_instance *instance, uint64_t *length)
{
	bool has_stack = shim_instance_is_usable(instance) && instance->stack;

	if (length)
		*length = has_stack ? shim_page_round_up(instance->allocator->config.stack_size,
							 instance->allocator->page_size) :
				      0;
	return has_stack ? instance->stack : NULL;
}

void shim_instance_drop_host_state(struct shim_instance *instance)
{
	if (instance->host_state_drop)
		instance->host_state_drop(instance->host_state);
	instance->host_state = NULL;
	instance->host_state_drop = NULL;
}

int shim_instance_error(const struct shim_instance *instance)
{
	if (!instance)
		return shim_error_set(-EFAULT, "instance is NULL");
	return shim_allocator_error(instance->allocator);
}

int shim_instance_item_error(const struct shim_instance *instance, const char *kind, uint32_t index)
{
	if (!shim_instance_is_usable(instance))
		return shim_instance_error(instance);
	return shim_error_set(-EINVAL, "%s %" PRIu32 " is not in the module", kind, index);
}
