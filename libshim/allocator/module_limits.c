// SPDX-License-Identifier: MIT
/*
 * The limits of an allocator that a module has to fit, checked in this order:
 * memories, tables, instance state.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "allocator/module_limits.h"
#include "base/error.h"
#include "instance/state.h"
#include "module/vmoffsets.h"

int shim_module_unshared_check(const struct shim_module *module)
{
	for (uint32_t i = 0; i < module->desc.defined_memory_count; i++)
		if (module->desc.defined_memories[i].flags & SHIM_PLAN_SHARED)
			return shim_error_set(-EOPNOTSUPP,
					      "memory index %" PRIu32 " is shared, which is "
					      "not supported",
					      module->offsets.imported_memory_count + i);
	return 0;
}

static int count_check(const char *kinds, uint32_t count, uint32_t limit)
{
	if (count <= limit)
		return 0;
	return shim_error_set(-ENOSPC,
			      "defined %s count of %" PRIu32 " exceeds the limit of %" PRIu32,
			      kinds, count, limit);
}

static int minimum_check(const char *kind, uint32_t index, const char *unit, uint64_t minimum,
			 uint64_t limit)
{
	if (minimum <= limit)
		return 0;
	return shim_error_set(-ENOSPC,
			      "%s index %" PRIu32 " has a minimum %s size of %" PRIu64
			      " which exceeds the limit of %" PRIu64,
			      kind, index, unit, minimum, limit);
}

static int memories_check(const struct shim_module *module,
			  const struct shim_allocator_config *config)
{
	uint32_t imported = module->offsets.imported_memory_count;
	int error =
		count_check("memories", module->desc.defined_memory_count, config->max_memories);

	if (error)
		return error;
	for (uint32_t i = 0; i < module->desc.defined_memory_count; i++) {
		error = minimum_check("memory", imported + i, "page",
				      module->desc.defined_memories[i].minimum,
				      config->max_memory_size / SHIM_WASM_PAGE);
		if (error)
			return error;
	}
	return shim_module_unshared_check(module);
}

static int tables_check(const struct shim_module *module,
			const struct shim_allocator_config *config)
{
	uint32_t imported = module->offsets.imported_table_count;
	int error = count_check("tables", module->desc.defined_table_count, config->max_tables);

	if (error)
		return error;
	for (uint32_t i = 0; i < module->desc.defined_table_count; i++) {
		error = minimum_check("table", imported + i, "element",
				      module->desc.defined_tables[i].minimum,
				      config->max_table_elements);
		if (error)
			return error;
	}
	return 0;
}

/* Prints a line for a region of more than 5 % of the whole, and returns its length. */
static int region_print(char *to, size_t room, const char *name, uint64_t size, uint64_t whole)
{
	int length;

	if (size * 20 <= whole)
		return 0;
	length = snprintf(to, room, "\n * %.2f%% - %" PRIu64 " bytes - %s",
			  (double)size * 100 / (double)whole, size, name);
	return length < 0 || (size_t)length >= room ? 0 : length;
}

static int size_error(const struct shim_module *module, uint64_t needed, uint64_t most)
{
	uint64_t managed = needed - module->offsets.state_size;
	struct shim_vm_region regions[SHIM_VM_REGIONS];
	/* No more than 19 regions have more than 5 % each. */
	char lines[19 * 64];
	size_t end = 0;

	lines[0] = '\0';
	shim_vmoffsets_regions(&module->offsets, regions);
	end += (size_t)region_print(lines, sizeof(lines), "instance state management", managed,
				    needed);
	for (int i = 0; i < SHIM_VM_REGIONS; i++)
		end += (size_t)region_print(lines + end, sizeof(lines) - end, regions[i].name,
					    regions[i].size, needed);
	return shim_error_set(-ENOSPC,
			      "instance allocation for this module requires %" PRIu64
			      " bytes which exceeds the configured maximum of %" PRIu64
			      " bytes; breakdown of allocation requirement:%s",
			      needed, most, lines);
}

static int state_check(const struct shim_module *module, const struct shim_allocator_config *config)
{
	uint64_t needed = shim_instance_size(module);

	if (needed <= config->max_instance_size)
		return 0;
	return size_error(module, needed, config->max_instance_size);
}

int shim_module_limits_check(const struct shim_module *module,
			     const struct shim_allocator_config *config)
{
	int error = memories_check(module, config);

	if (error)
		return error;
	error = tables_check(module, config);
	if (error)
		return error;
	return state_check(module, config);
}
