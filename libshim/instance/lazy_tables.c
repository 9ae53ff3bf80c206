// SPDX-License-Identifier: MIT
/*
 * Tables that are filled when their elements are asked for (SHIM_ALLOCATOR_LAZY_TABLES).
 *
 * The segments that the module counts in lazy_segments are not written. An element that is 0
 * was written by nobody, and so it is theirs, once they would have been written. Before, it is
 * null: who reads or writes it then is noted, and the start of the segments clears what they
 * would have written over.
 */
#include <string.h>

#include "instance/instance.h"

void shim_lazy_tables_define(struct shim_instance *instance)
{
	for (uint32_t i = 0; i < instance->module->desc.defined_table_count; i++)
		shim_defined_table(instance, i)->flags = instance->module->table_flags[i];
}

void shim_lazy_tables_clear(struct shim_instance *instance)
{
	const struct shim_module *module = instance->module;

	for (uint32_t i = 0; i < module->lazy_segments; i++) {
		const struct shim_element_segment *segment = &module->desc.elements[i];
		void **base;

		if (segment->mode != SHIM_SEGMENT_ACTIVE)
			continue;
		base = shim_instance_table(instance, segment->table)->base;
		memset(base + segment->offset.bits, 0, segment->count * sizeof(*base));
	}
}

void shim_lazy_table_touch(struct shim_instance *instance, uint32_t table)
{
	uint32_t defined;

	shim_table_owner(instance, table, &defined)->is_touched = true;
}

static void *element_value(struct shim_instance *owner, uint32_t defined, uint32_t index)
{
	const struct shim_element *element = NULL;

	if (owner->has_elements)
		element = shim_lazy_element(owner->module, defined, index);
	if (!element || element->op != SHIM_CONST_REF_FUNC)
		return NULL;
	return shim_instance_func_ref(owner, element->index);
}

void shim_lazy_element_set(struct shim_instance *instance, uint32_t table, uint32_t index)
{
	const struct shim_vm_table *written = shim_instance_table(instance, table);
	void *value = NULL;

	/* The vmctx of a table that the host made is not followed. */
	if (written->flags & SHIM_VM_TABLE_LAZY) {
		uint32_t defined;
		struct shim_instance *owner = shim_table_owner(instance, table, &defined);

		value = element_value(owner, defined, index);
		owner->is_touched = true;
	}
	((void **)written->base)[index] = shim_tagged(value, SHIM_VM_TABLE_TAGGED);
}
