// SPDX-License-Identifier: MIT
/*
 * Instances that are ready to run, and what they export by name.
 */
#include <errno.h>
#include <stdio.h>

#include <libshim/host.h>

#include "base/error.h"

int shim_instance_create(struct shim_allocator *allocator, struct shim_module *module,
			 struct shim_instance **out)
{
	struct shim_instance_request request;
	struct shim_instance *instance;
	char message[1024];
	int error;

	if (!out)
		return shim_error_set(-EFAULT, "out is NULL");
	shim_instance_request_init(&request, module);
	error = shim_allocator_allocate(allocator, &request, &instance);
	if (error)
		return error;
	error = shim_allocator_initialize(allocator, instance, 1);
	if (error) {
		snprintf(message, sizeof(message), "%s", shim_error());
		/* Without imports nothing of it can be in use elsewhere. */
		shim_allocator_deallocate(allocator, instance);
		return shim_error_set(error, "%s", message);
	}
	*out = instance;
	return 0;
}

/* SHIM_INDEX_NONE, which no item has, where there is no such export of that kind. */
static uint32_t index_find(const struct shim_instance *instance, const char *name,
			   enum shim_extern_kind kind)
{
	const struct shim_export *found =
		shim_module_find_export(shim_instance_module(instance), name, SIZE_MAX);

	return found && found->kind == kind ? found->index : SHIM_INDEX_NONE;
}

struct shim_vm_memory *shim_instance_find_memory(const struct shim_instance *instance,
						 const char *name)
{
	return shim_instance_memory(instance, index_find(instance, name, SHIM_EXTERN_MEMORY));
}

struct shim_vm_table *shim_instance_find_table(const struct shim_instance *instance,
					       const char *name)
{
	return shim_instance_table(instance, index_find(instance, name, SHIM_EXTERN_TABLE));
}

struct shim_vm_global *shim_instance_find_global(const struct shim_instance *instance,
						 const char *name)
{
	return shim_instance_global(instance, index_find(instance, name, SHIM_EXTERN_GLOBAL));
}
