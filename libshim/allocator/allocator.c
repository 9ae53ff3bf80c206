// SPDX-License-Identifier: MIT
/*
 * The public calls of an instance allocator: they check their arguments, and the
 * operations of the allocator do the rest.
 */
#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "allocator/allocator.h"
#include "base/error.h"
#include "base/struct_copy.h"
#include "instance/instance.h"
#include "instance/request.h"

/* What the first version of the structs had; the rest of a shorter config is 0. */
#define CONFIG_FIRST_SIZE offsetof(struct shim_allocator_config, reset_mode)
#define INFO_FIRST_SIZE offsetof(struct shim_allocator_info, reset_error)

void shim_allocator_config_defaults(struct shim_allocator_config *config,
				    enum shim_allocator_kind kind)
{
	const struct shim_allocator_config known = {
		.kind = kind,
		.instances = 1000,
		.max_memories = 1,
		.max_tables = 32,
		.max_unused_warm = 100,
		.max_table_elements = 1000000,
		.max_memory_size = UINT64_C(4) << 30,
		.memory_reserve = UINT64_C(4) << 30,
		.memory_guard = UINT64_C(32) << 20,
		.memory_pre_guard = UINT64_C(32) << 20,
		.max_instance_size = UINT64_C(4) << 20,
	};

	/* The program's struct may be shorter or longer than the library's. */
	if (config)
		shim_struct_set(config, sizeof(known), &known);
}

/* Copies a config of any size that agrees with what is known here. */
static int config_copy(struct shim_allocator_config *to, const struct shim_allocator_config *from)
{
	int error = shim_struct_copy(to, sizeof(*to), CONFIG_FIRST_SIZE, from);

	if (error)
		return error;
	if (to->kind > SHIM_ALLOCATOR_ON_DEMAND)
		return shim_error_set(-EINVAL, "kind %" PRIu32 " is over %d", to->kind,
				      SHIM_ALLOCATOR_ON_DEMAND);
	if (to->flags & ~SHIM_ALLOCATOR_LAZY_TABLES)
		return shim_error_set(-EOPNOTSUPP, "flags 0x%" PRIx32 " are unknown",
				      to->flags & ~SHIM_ALLOCATOR_LAZY_TABLES);
	if (to->reserved)
		return shim_error_set(-EINVAL, "reserved %" PRIu32 " is not 0", to->reserved);
	return 0;
}

int shim_allocator_create(const struct shim_allocator_config *config, struct shim_allocator **out)
{
	uint64_t page_size = (uint64_t)sysconf(_SC_PAGESIZE);
	struct shim_allocator_config known;
	int error;

	if (!config || !out)
		return shim_error_set(-EFAULT, "%s is NULL", config ? "out" : "config");
	error = config_copy(&known, config);
	if (error)
		return error;
	if (known.kind == SHIM_ALLOCATOR_ON_DEMAND)
		return shim_on_demand_create(&known, page_size, out);
	return shim_pooling_create(&known, page_size, out);
}

/* In a child the instances are the parent's: there is nothing of them here. */
int shim_allocator_destroy(struct shim_allocator *allocator)
{
	uint32_t count = 0;

	/* One that was destroyed has no owner: shim_allocator_free(). */
	if (!allocator || !allocator->owner)
		return 0;
	if (*allocator->mark)
		count = allocator->ops->in_use(allocator);
	if (count)
		return shim_error_set(-EBUSY, "%" PRIu32 " instances are in use", count);
	allocator->ops->destroy(allocator);
	return 0;
}

int shim_allocator_validate(struct shim_allocator *allocator, const struct shim_module *module)
{
	int error = shim_allocator_check(allocator);

	if (error)
		return error;
	if (!module)
		return shim_error_set(-EFAULT, "module is NULL");
	return allocator->ops->validate(allocator, module);
}

int shim_allocator_allocate(struct shim_allocator *allocator,
			    const struct shim_instance_request *request, struct shim_instance **out)
{
	int error = shim_allocator_check(allocator);

	if (error)
		return error;
	if (!request || !out)
		return shim_error_set(-EFAULT, "%s is NULL", request ? "out" : "request");
	error = shim_request_check(request, allocator->config.flags);
	if (error)
		return error;
	return allocator->ops->allocate(allocator, request, out);
}

/* An instance in use that this allocator made. */
static int instance_check(const struct shim_allocator *allocator,
			  const struct shim_instance *instance)
{
	int error = shim_allocator_check(allocator);

	if (error)
		return error;
	if (!instance)
		return shim_instance_error(instance);
	if (instance->allocator != allocator)
		return shim_error_set(-EINVAL, "the instance belongs to another allocator");
	if (instance->phase == SHIM_INSTANCE_FREE)
		return shim_error_set(-EINVAL, "the instance was deallocated");
	return 0;
}

int shim_allocator_initialize(struct shim_allocator *allocator, struct shim_instance *instance,
			      int is_bulk_memory)
{
	int error = instance_check(allocator, instance);

	if (error)
		return error;
	if (instance->phase != SHIM_INSTANCE_ALLOCATED)
		return shim_error_set(-EINVAL, "the instance was initialized before");
	error = allocator->ops->initialize(instance, is_bulk_memory);
	instance->phase = error ? SHIM_INSTANCE_FAILED : SHIM_INSTANCE_INITIALIZED;
	return error;
}

void shim_allocator_deallocate(struct shim_allocator *allocator, struct shim_instance *instance)
{
	if (instance && !instance_check(allocator, instance))
		allocator->ops->deallocate(instance);
}

int shim_allocator_purge_module(struct shim_allocator *allocator, const struct shim_module *module)
{
	int error = shim_allocator_check(allocator);

	if (error)
		return error;
	if (!module)
		return shim_error_set(-EFAULT, "module is NULL");
	if (!allocator->ops->purge_module)
		return 0;
	return allocator->ops->purge_module(allocator, shim_module_id(module));
}

int shim_instance_snapshot(struct shim_instance *instance)
{
	if (!shim_instance_is_usable(instance))
		return shim_instance_error(instance);
	if (instance->phase != SHIM_INSTANCE_INITIALIZED)
		return shim_error_set(-EINVAL, "the instance was not initialized, or not "
					       "without an error");
	if (!instance->allocator->ops->snapshot)
		return shim_error_set(-EOPNOTSUPP, "an on-demand allocator keeps nothing of a "
						   "module, nor a snapshot");
	return instance->allocator->ops->snapshot(instance);
}

struct shim_pool *shim_allocator_pool(struct shim_allocator *allocator)
{
	if (!shim_allocator_is_usable(allocator) || !allocator->ops->pool)
		return NULL;
	return allocator->ops->pool(allocator);
}

uint32_t shim_instance_slot(const struct shim_instance *instance)
{
	return shim_instance_is_usable(instance) && instance->allocator->ops->pool ?
		       instance->slot :
		       SHIM_INDEX_NONE;
}

void shim_allocator_flush(struct shim_allocator *allocator)
{
	if (!shim_allocator_check(allocator) && allocator->ops->flush)
		allocator->ops->flush(allocator);
}

int shim_allocator_event(struct shim_allocator *allocator)
{
	int error = shim_allocator_check(allocator);

	if (error)
		return error;
	if (!allocator->ops->event)
		return shim_error_set(-EOPNOTSUPP, "an on-demand allocator resets nothing");
	return allocator->ops->event(allocator);
}

int shim_allocator_query(struct shim_allocator *allocator, struct shim_allocator_info *info)
{
	struct shim_allocator_info known = { .size = sizeof(known) };
	int error = shim_allocator_check(allocator);

	if (error)
		return error;
	if (!info)
		return shim_error_set(-EFAULT, "info is NULL");
	known.kind = allocator->config.kind;
	allocator->ops->query(allocator, &known);
	return shim_struct_fill(info, sizeof(known), INFO_FIRST_SIZE, &known);
}
