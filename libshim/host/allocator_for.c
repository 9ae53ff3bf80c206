// SPDX-License-Identifier: MIT
/*
 * Allocators whose limits are those of a module.
 */
#include <errno.h>
#include <stddef.h>

#include <libshim/host.h>

#include "allocator/module_limits.h"
#include "base/error.h"
#include "instance/state.h"
#include "module/module.h"

/* Up to the last limit that is looked at: a program's struct may be shorter. */
#define FITTED_SIZE offsetof(struct shim_allocator_config, stack_size)

static void raise_to(uint64_t *limit, uint64_t needed)
{
	if (*limit < needed)
		*limit = needed;
}

/* Of elements and items. More than the limit can be stays over it. */
static void raise_count(uint32_t *limit, uint64_t needed)
{
	if (*limit < needed)
		*limit = needed < UINT32_MAX ? (uint32_t)needed : UINT32_MAX;
}

/* More than there are addresses: the most that is whole pages, which no pool has either. */
static uint64_t bytes_of(uint64_t pages)
{
	return pages <= UINT64_MAX / SHIM_WASM_PAGE ? pages * SHIM_WASM_PAGE : -SHIM_WASM_PAGE;
}

void shim_allocator_config_fit(struct shim_allocator_config *config,
			       const struct shim_module *module)
{
	const struct shim_module_desc *desc = shim_module_desc(module);

	if (!config || config->size < FITTED_SIZE || !desc)
		return;
	raise_count(&config->max_memories, desc->defined_memory_count);
	raise_count(&config->max_tables, desc->defined_table_count);
	for (uint32_t i = 0; i < desc->defined_memory_count; i++)
		raise_to(&config->max_memory_size, bytes_of(desc->defined_memories[i].minimum));
	for (uint32_t i = 0; i < desc->defined_table_count; i++)
		raise_count(&config->max_table_elements, desc->defined_tables[i].minimum);
	raise_to(&config->max_instance_size, shim_instance_size(module));
}

int shim_allocator_create_for(const struct shim_module *module, enum shim_allocator_kind kind,
			      uint32_t instances, struct shim_allocator **out)
{
	struct shim_allocator_config config;
	int error;

	if (!module || !out)
		return shim_error_set(-EFAULT, "%s is NULL", module ? "out" : "module");
	shim_allocator_config_init(&config, kind);
	config.instances = instances;
	shim_allocator_config_fit(&config, module);
	/* What no limit allows. */
	error = kind == SHIM_ALLOCATOR_ON_DEMAND ? shim_module_unshared_check(module) :
						   shim_module_limits_check(module, &config);
	return error ? error : shim_allocator_create(&config, out);
}
