// SPDX-License-Identifier: MIT
/*
 * Whether a module fits the limits of a pooling allocator: memories, tables,
 * instance size, in this order.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "instance/allocator_ops.h"
#include "base/error.h"
#include "instance/instance.h"
#include "module/vmoffsets.h"

int shim_shared_check(const struct shim_module *module)
{
	for (uint32_t i = 0; i < module->desc.memory_count; i++)
		if (module->desc.memories[i].flags & SHIM_PLAN_SHARED)
			return shim_error_set(-EOPNOTSUPP,
					      "memory index %" PRIu32 " is shared, which is "
					      "not supported",
					      module->offsets.imported_memory_count + i);
	return 0;
}

static int memories_check(const struct shim_allocator_config *config,
			  const struct shim_module *module)
{
	uint64_t most = config->max_memory_size / SHIM_WASM_PAGE;

	if (module->desc.memory_count > config->max_memories)
		return shim_error_set(-ENOSPC,
				      "defined memories count of %" PRIu32
				      " exceeds the limit of %" PRIu32,
				      module->desc.memory_count, config->max_memories);
	for (uint32_t i = 0; i < module->desc.memory_count; i++) {
		uint64_t minimum = module->desc.memories[i].minimum;

		if (minimum > most)
			return shim_error_set(-ENOSPC,
					      "memory index %" PRIu32
					      " has a minimum page size of %" PRIu64
					      " which exceeds the limit of %" PRIu64,
					      module->offsets.imported_memory_count + i, minimum,
					      most);
	}
	return shim_shared_check(module);
}

static int tables_check(const struct shim_allocator_config *config,
			const struct shim_module *module)
{
	if (module->desc.table_count > config->max_tables)
		return shim_error_set(-ENOSPC,
				      "defined tables count of %" PRIu32
				      " exceeds the limit of %" PRIu32,
				      module->desc.table_count, config->max_tables);
	for (uint32_t i = 0; i < module->desc.table_count; i++) {
		uint64_t minimum = module->desc.tables[i].minimum;

		if (minimum > config->max_table_elements)
			return shim_error_set(-ENOSPC,
					      "table index %" PRIu32
					      " has a minimum element size of %" PRIu64
					      " which exceeds the limit of %" PRIu32,
					      module->offsets.imported_table_count + i, minimum,
					      config->max_table_elements);
	}
	return 0;
}

/* Adds a line for a region that takes more than 5 % of the whole. */
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
	/* At most 19 regions can have more than 5 % each. */
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

int shim_limits_check(const struct shim_allocator_config *config, const struct shim_module *module)
{
	uint64_t needed = shim_instance_size(module);
	int error = memories_check(config, module);

	if (!error)
		error = tables_check(config, module);
	if (!error && needed > config->max_instance_size)
		error = size_error(module, needed, config->max_instance_size);
	return error;
}
