// SPDX-License-Identifier: MIT
/*
 * The table instructions: table.get, .set, .grow, .init, .copy, .fill and elem.drop.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/error.h"
#include "instance/limiter.h"
#include "instance/state.h"

/* Checks an access to a table or to an element segment. */
static int bounds_check(const char *what, uint32_t index, uint32_t count, uint32_t at,
			uint32_t length)
{
	if (shim_range_fits(at, length, count))
		return 0;
	return shim_error_set(-ERANGE,
			      "out of bounds table access: %" PRIu32 " elements at %" PRIu32
			      ", %s %" PRIu32 " has %" PRIu32,
			      length, at, what, index, count);
}

static void **element_at(const struct shim_vm_table *table, uint32_t at)
{
	return (void **)table->base + at;
}

/* Makes elements that were not set yet what they are to be. */
static void elements_set(struct shim_instance *instance, uint32_t table,
			 const struct shim_vm_table *read, uint32_t from, uint32_t length)
{
	for (uint32_t i = 0; shim_table_tag(read) && i < length; i++)
		if (!*element_at(read, from + i))
			shim_lazy_element_set(instance, table, from + i);
}

int shim_table_get(struct shim_instance *instance, uint32_t table, uint32_t index, void **value)
{
	struct shim_vm_table *read = shim_instance_table(instance, table);
	int error;

	if (!read)
		return shim_instance_item_error(instance, "table", table);
	error = bounds_check("table", table, read->current_elements, index, 1);
	if (error)
		return error;
	if (!value)
		return shim_error_set(-EFAULT, "value is NULL");
	elements_set(instance, table, read, index, 1);
	*value = shim_untagged(*element_at(read, index), shim_table_tag(read));
	return 0;
}

int shim_table_set(struct shim_instance *instance, uint32_t table, uint32_t index, void *value)
{
	return shim_table_fill(instance, table, index, value, 1);
}

static void elements_fill(const struct shim_vm_table *table, uint32_t to, void *value,
			  uint32_t length)
{
	void *element = shim_tagged(value, shim_table_tag(table));

	for (uint32_t i = 0; i < length; i++)
		*element_at(table, to + i) = element;
}

void shim_table_clear(const struct shim_vm_table *table, void *value)
{
	elements_fill(table, 0, value, table->current_elements);
}

int shim_table_fill(struct shim_instance *instance, uint32_t table, uint32_t to, void *value,
		    uint32_t length)
{
	struct shim_vm_table *written = shim_instance_table(instance, table);
	int error;

	if (!written)
		return shim_instance_item_error(instance, "table", table);
	error = bounds_check("table", table, written->current_elements, to, length);
	if (error)
		return error;
	shim_table_touch(instance, table, written);
	elements_fill(written, to, value, length);
	return 0;
}

int shim_table_copy(struct shim_instance *instance, uint32_t to_table, uint32_t to,
		    uint32_t from_table, uint32_t from, uint32_t length)
{
	struct shim_vm_table *read = shim_instance_table(instance, from_table), *written;
	int error;

	if (!read)
		return shim_instance_item_error(instance, "table", from_table);
	written = shim_instance_table(instance, to_table);
	if (!written)
		return shim_instance_item_error(instance, "table", to_table);
	error = bounds_check("table", from_table, read->current_elements, from, length);
	if (error)
		return error;
	error = bounds_check("table", to_table, written->current_elements, to, length);
	if (error)
		return error;
	elements_set(instance, from_table, read, from, length);
	shim_table_touch(instance, to_table, written);
	if (length)
		memmove(element_at(written, to), element_at(read, from), length * sizeof(void *));
	return 0;
}

/* ---- grow --------------------------------------------------------------------- */

struct shim_instance *shim_table_owner(struct shim_instance *instance, uint32_t table,
				       uint32_t *defined)
{
	const struct shim_vmoffsets *offsets = &instance->module->offsets;
	const struct shim_vm_table_import *imports =
		shim_state_field(instance, offsets->imported_tables);
	struct shim_instance *owner;

	if (table >= offsets->imported_table_count) {
		*defined = table - offsets->imported_table_count;
		return instance;
	}
	owner = shim_instance_from_state(imports[table].vmctx);
	*defined = (uint32_t)(imports[table].from - shim_defined_table(owner, 0));
	return owner;
}

static __attribute__((cold)) int refused_error(int error, uint64_t desired)
{
	return shim_error_set(error, "table growth to %" PRIu64 " elements exceeds table limits",
			      desired);
}

static __attribute__((cold)) int maximum_error(uint64_t desired, uint64_t most)
{
	return shim_error_set(-ENOSPC,
			      "table growth to %" PRIu64
			      " elements exceeds the maximum of %" PRIu64,
			      desired, most);
}

static uint64_t table_limit(struct shim_instance *owner, uint32_t defined)
{
	const struct shim_allocator_ops *ops = owner->allocator->ops;

	return ops->table_limit ? ops->table_limit(owner, defined) : SHIM_TABLE_MAX;
}

static int table_resize(struct shim_instance *owner, uint32_t defined, uint64_t size)
{
	return owner->allocator->ops->table_resize(owner, defined, size);
}

static int table_grow(struct shim_instance *owner, uint32_t defined, uint64_t desired)
{
	/* Before all that would have to be saved during the call. */
	uint64_t limit = table_limit(owner, defined);
	struct shim_growth growth = {
		.current = shim_defined_table(owner, defined)->current_elements,
		.desired = desired,
		.maximum = owner->module->desc.defined_tables[defined].maximum,
		.limit = limit,
		.resize = table_resize,
		.refused = refused_error,
		.over_maximum = maximum_error,
	};

	if (owner->limiter) {
		growth.growing = owner->limiter->table_growing;
		growth.grow_failed = owner->limiter->table_grow_failed;
	}
	return shim_growth_run(owner, defined, &growth);
}

int shim_table_grow(struct shim_instance *instance, uint32_t table, uint32_t delta, void *value,
		    uint32_t *old_elements)
{
	struct shim_vm_table *grown = shim_instance_table(instance, table);
	struct shim_instance *owner;
	uint32_t current, defined;
	int error;

	if (!grown)
		return shim_instance_item_error(instance, "table", table);
	current = grown->current_elements;
	owner = shim_table_owner(instance, table, &defined);
	if (delta) {
		error = table_grow(owner, defined, (uint64_t)current + delta);
		if (error)
			return error;
		grown->current_elements = current + delta;
		if (value)
			elements_fill(grown, current, value, delta);
	}
	if (old_elements)
		*old_elements = current;
	return 0;
}

/* ---- init --------------------------------------------------------------------- */

static void *element_value(struct shim_instance *instance, uint32_t elements,
			   const struct shim_element *element)
{
	switch (element->op) {
	case SHIM_CONST_REF_FUNC:
		return shim_instance_func_ref(instance, element->index);
	case SHIM_CONST_GLOBAL_GET:
		return (void *)(uintptr_t)shim_instance_global(instance, element->index)->bits[0];
	case SHIM_ELEMENT_EXPR:
		return (void *)(uintptr_t)*shim_element_expr(instance, elements, element->index);
	default: /* SHIM_CONST_REF_NULL */
		return NULL;
	}
}

void shim_elements_write(struct shim_instance *instance, struct shim_vm_table *table, uint32_t to,
			 uint32_t elements, uint32_t from, uint32_t length)
{
	const struct shim_element_segment *segment = &instance->module->desc.elements[elements];
	uintptr_t tag = shim_table_tag(table);

	for (uint32_t i = 0; i < length; i++) {
		const struct shim_element *next = &segment->elements[from + i];

		i += shim_func_refs_write(instance, next, length - i, element_at(table, to + i),
					  tag);
		if (i == length)
			break;
		next = &segment->elements[from + i];
		*element_at(table, to + i) =
			shim_tagged(element_value(instance, elements, next), tag);
	}
}

static const struct shim_element_segment *elements_get(const struct shim_instance *instance,
						       uint32_t elements)
{
	if (!shim_instance_is_usable(instance) || elements >= instance->module->desc.element_count)
		return NULL;
	return &instance->module->desc.elements[elements];
}

/* The length of a segment for table.init: 0 once the segment has run or was dropped. */
static uint32_t elements_count(const struct shim_instance *instance, uint32_t elements)
{
	const struct shim_element_segment *segment = &instance->module->desc.elements[elements];

	if (segment->mode != SHIM_SEGMENT_PASSIVE || shim_segment_dropped(instance, elements))
		return 0;
	return segment->count;
}

int shim_table_init(struct shim_instance *instance, uint32_t table, uint32_t elements, uint32_t to,
		    uint32_t from, uint32_t length)
{
	struct shim_vm_table *written = shim_instance_table(instance, table);
	int error;

	if (!written)
		return shim_instance_item_error(instance, "table", table);
	if (!elements_get(instance, elements))
		return shim_instance_item_error(instance, "element segment", elements);
	error = bounds_check("table", table, written->current_elements, to, length);
	if (error)
		return error;
	error = bounds_check("element segment", elements, elements_count(instance, elements), from,
			     length);
	if (error)
		return error;
	shim_table_touch(instance, table, written);
	shim_elements_write(instance, written, to, elements, from, length);
	return 0;
}

int shim_elem_drop(struct shim_instance *instance, uint32_t elements)
{
	if (!elements_get(instance, elements))
		return shim_instance_item_error(instance, "element segment", elements);
	shim_segment_drop(instance, elements);
	return 0;
}
