// SPDX-License-Identifier: MIT
/*
 * What an instance exports, as the import of another instance.
 */
#include "instance/instance.h"

int shim_instance_export_memory(const struct shim_instance *instance, uint32_t memory,
				struct shim_vm_memory_import *import)
{
	const struct shim_vmoffsets *offsets = &instance->module->offsets;
	const struct shim_vm_memory_import *imports =
		shim_state_field(instance, offsets->imported_memories);
	struct shim_vm_memory *from = shim_instance_memory(instance, memory);

	if (!from)
		return shim_instance_index_error("memory", memory);
	if (memory < offsets->imported_memory_count)
		*import = imports[memory];
	else
		*import = (struct shim_vm_memory_import){
			.from = from,
			.vmctx = shim_instance_state(instance),
			.index = memory - offsets->imported_memory_count,
		};
	return 0;
}

int shim_instance_export_table(const struct shim_instance *instance, uint32_t table,
			       struct shim_vm_table_import *import)
{
	const struct shim_vmoffsets *offsets = &instance->module->offsets;
	const struct shim_vm_table_import *imports =
		shim_state_field(instance, offsets->imported_tables);
	struct shim_vm_table *from = shim_instance_table(instance, table);

	if (!from)
		return shim_instance_index_error("table", table);
	if (table < offsets->imported_table_count)
		*import = imports[table];
	else
		*import = (struct shim_vm_table_import){
			.from = from,
			.vmctx = shim_instance_state(instance),
		};
	return 0;
}

int shim_instance_export_global(const struct shim_instance *instance, uint32_t global,
				struct shim_vm_global_import *import)
{
	import->from = shim_instance_global(instance, global);
	return import->from ? 0 : shim_instance_index_error("global", global);
}
