// SPDX-License-Identifier: MIT
/*
 * What a new instance has in its state of the tables, memories and globals that its module
 * defines: worked out once, and copied in one piece for each instance. Addresses are NULL
 * in it, and so are the values of globals that depend on the instance.
 */
#include <errno.h>

#include "module/const_expr.h"

static void *state_field(const struct shim_module *module, uint32_t offset)
{
	return (unsigned char *)module->defined_state + (offset - module->offsets.defined_tables);
}

static void sizes_init(struct shim_module *module)
{
	const struct shim_module_desc *desc = &module->desc;
	struct shim_vm_table *tables = state_field(module, module->offsets.defined_tables);
	struct shim_vm_memory *memory = state_field(module, module->offsets.owned_memories);

	for (uint32_t i = 0; i < desc->defined_table_count; i++)
		tables[i].current_elements = (uint32_t)desc->defined_tables[i].minimum;
	for (uint32_t i = 0; i < desc->defined_memory_count; i++)
		if (!(desc->defined_memories[i].flags & SHIM_PLAN_SHARED))
			memory++->current_length = shim_memory_minimum(&desc->defined_memories[i]);
}

static void globals_init(struct shim_module *module)
{
	const struct shim_module_desc *desc = &module->desc;
	/* Of two words each: here they lie as they come, and not on 16 bytes as in a state. */
	uint64_t *bits = state_field(module, module->offsets.defined_globals);

	for (uint32_t i = 0; i < desc->defined_global_count; i++, bits += 2) {
		const struct shim_const_instr *init = &desc->defined_globals[i].init;

		/* What is known needs no environment, and no memory. */
		if (shim_const_is_known(init))
			shim_const_eval(init, NULL, bits);
		else
			module->late_globals[module->late_global_count++] = i;
	}
}

static bool has_table_values(const struct shim_module_desc *desc)
{
	for (uint32_t i = 0; i < desc->defined_table_count; i++)
		if (!shim_const_is_empty(&desc->defined_tables[i].init))
			return true;
	return false;
}

int shim_defined_state_init(struct shim_module *module)
{
	uint32_t size = module->offsets.func_refs - module->offsets.defined_tables;

	module->defined_state = shim_arena_alloc(&module->arena, size / 8, 8);
	module->late_globals = shim_arena_alloc(&module->arena, module->desc.defined_global_count,
						sizeof(uint32_t));
	if (!module->defined_state || !module->late_globals)
		return -ENOMEM;
	sizes_init(module);
	globals_init(module);
	module->needs_evaluation = module->late_global_count || module->expr_count ||
				   has_table_values(&module->desc);
	return 0;
}
