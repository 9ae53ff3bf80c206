// SPDX-License-Identifier: MIT
/*
 * Which active element segments need not be written, as it is known from the module what they
 * write. There is no array of it: the segments are searched for each element that is asked
 * for, so there are few.
 */
#include <errno.h>

#include "module/const_expr.h"
#include "module/value_type.h"

#define SEGMENTS_MAX 64

static bool has_only_functions(const struct shim_module *module, uint32_t index)
{
	const struct shim_element_segment *segment = &module->desc.elements[index];

	/* Those that have it have been looked at. */
	if (module->element_offsets[index])
		return true;
	for (uint32_t i = 0; i < segment->count; i++)
		if (segment->elements[i].op != SHIM_CONST_REF_FUNC &&
		    segment->elements[i].op != SHIM_CONST_REF_NULL)
			return false;
	return true;
}

/* An offset that is one number is found at once. */
static bool is_lazy(const struct shim_module *module, uint32_t index)
{
	const struct shim_element_segment *segment = &module->desc.elements[index];
	uint32_t imported = module->offsets.imported_table_count;
	const struct shim_table_plan *table;

	if (segment->table < imported ||
	    (segment->offset.op != SHIM_CONST_I32 && segment->offset.op != SHIM_CONST_I64))
		return false;
	table = &module->desc.defined_tables[segment->table - imported];
	return shim_const_is_empty(&table->init) && segment->count <= table->minimum &&
	       segment->offset.bits <= table->minimum - segment->count &&
	       shim_is_function_reference(module, table->type) && has_only_functions(module, index);
}

/*
 * Ends at the first segment that has to be written: it may not fit, and those after it are
 * written only if it does, or over it.
 */
static void segments_init(struct shim_module *module)
{
	const struct shim_module_desc *desc = &module->desc;
	uint32_t active = 0, i;

	for (i = 0; i < desc->element_count; i++) {
		if (desc->elements[i].mode != SHIM_SEGMENT_ACTIVE)
			continue;
		if (active++ == SEGMENTS_MAX || !is_lazy(module, i))
			break;
		module->table_flags[desc->elements[i].table - module->offsets.imported_table_count] |=
			SHIM_VM_TABLE_LAZY;
	}
	module->lazy_segments = i;
}

int shim_lazy_tables_init(struct shim_module *module)
{
	const struct shim_module_desc *desc = &module->desc;

	module->table_flags = shim_arena_alloc(&module->arena, desc->defined_table_count, 1);
	if (!module->table_flags)
		return -ENOMEM;
	for (uint32_t i = 0; i < desc->defined_table_count; i++)
		if (shim_is_function_reference(module, desc->defined_tables[i].type))
			module->table_flags[i] = SHIM_VM_TABLE_TAGGED;
	segments_init(module);
	return 0;
}

const struct shim_element *shim_lazy_element(const struct shim_module *module, uint32_t defined,
					     uint32_t index)
{
	uint32_t table = module->offsets.imported_table_count + defined;

	/* The last one that writes an element wins. */
	for (uint32_t i = module->lazy_segments; i-- > 0;) {
		const struct shim_element_segment *segment = &module->desc.elements[i];

		if (segment->mode == SHIM_SEGMENT_ACTIVE && segment->table == table &&
		    index - segment->offset.bits < segment->count)
			return &segment->elements[index - segment->offset.bits];
	}
	return NULL;
}
