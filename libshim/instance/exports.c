// SPDX-License-Identifier: MIT
/*
 * What an instance exports, as the import of another instance.
 */
#include <errno.h>

#include "base/error.h"
#include "instance/instance.h"

static int import_error(void)
{
	return shim_error_set(-EFAULT, "import is NULL");
}

int shim_instance_export_memory(const struct shim_instance *instance, uint32_t memory,
				struct shim_vm_memory_import *import)
{
	struct shim_vm_memory *from = shim_instance_memory(instance, memory);
	const struct shim_vm_memory_import *imports;
	const struct shim_vmoffsets *offsets;

	if (!from)
		return shim_instance_item_error(instance, "memory", memory);
	if (!import)
		return import_error();
	offsets = &instance->module->offsets;
	imports = shim_state_field(instance, offsets->imported_memories);
	if (memory < offsets->imported_memory_count)
		*import = imports[memory];
	else
		*import = (struct shim_vm_memory_import){
			.from = from,
			.vmctx = shim_instance_state(instance),
			.defined_memory = memory - offsets->imported_memory_count,
		};
	return 0;
}

int shim_instance_export_table(const struct shim_instance *instance, uint32_t table,
			       struct shim_vm_table_import *import)
{
	struct shim_vm_table *from = shim_instance_table(instance, table);
	const struct shim_vm_table_import *imports;
	const struct shim_vmoffsets *offsets;

	if (!from)
		return shim_instance_item_error(instance, "table", table);
	if (!import)
		return import_error();
	offsets = &instance->module->offsets;
	imports = shim_state_field(instance, offsets->imported_tables);
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
	struct shim_vm_global *from = shim_instance_global(instance, global);

	if (!from)
		return shim_instance_item_error(instance, "global", global);
	if (!import)
		return import_error();
	import->from = from;
	return 0;
}

int shim_instance_export_tag(const struct shim_instance *instance, uint32_t tag,
			     struct shim_vm_tag_import *import)
{
	struct shim_vm_tag *from = shim_instance_tag(instance, tag);

	if (!from)
		return shim_instance_item_error(instance, "tag", tag);
	if (!import)
		return import_error();
	import->from = from;
	return 0;
}
