// SPDX-License-Identifier: MIT
/*
 * The table instructions that a runtime leaves to the library.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/error.h"
#include "instance/instance.h"

static struct shim_vm_table *table_get(const struct shim_instance *instance, uint32_t table)
{
	struct shim_vm_table *found = shim_instance_table(instance, table);

	if (!found)
		shim_error_set(-EINVAL, "table %" PRIu32 " is not in the module", table);
	return found;
}

static int bounds_check(const struct shim_vm_table *table, uint32_t index, uint32_t at,
			uint32_t length)
{
	if (shim_range_fits(at, length, table->current_elements))
		return 0;
	return shim_error_set(-ERANGE,
			      "out of bounds table access: %" PRIu32 " elements at %" PRIu32
			      ", table %" PRIu32 " has %" PRIu32,
			      length, at, index, table->current_elements);
}

static void **element_at(const struct shim_vm_table *table, uint32_t at)
{
	return (void **)table->base + at;
}

int shim_table_get(struct shim_instance *instance, uint32_t table, uint32_t index, void **value)
{
	struct shim_vm_table *read = table_get(instance, table);
	int error;

	if (!read)
		return -EINVAL;
	error = bounds_check(read, table, index, 1);
	if (!error)
		*value = *element_at(read, index);
	return error;
}

int shim_table_set(struct shim_instance *instance, uint32_t table, uint32_t index, void *value)
{
	return shim_table_fill(instance, table, index, value, 1);
}

static void elements_fill(const struct shim_vm_table *table, uint32_t to, void *value,
			  uint32_t length)
{
	for (uint32_t i = 0; i < length; i++)
		*element_at(table, to + i) = value;
}

int shim_table_fill(struct shim_instance *instance, uint32_t table, uint32_t to, void *value,
		    uint32_t length)
{
	struct shim_vm_table *written = table_get(instance, table);
	int error;

	if (!written)
		return -EINVAL;
	error = bounds_check(written, table, to, length);
	if (!error)
		elements_fill(written, to, value, length);
	return error;
}

int shim_table_copy(struct shim_instance *instance, uint32_t to_table, uint32_t to,
		    uint32_t from_table, uint32_t from, uint32_t length)
{
	struct shim_vm_table *written = table_get(instance, to_table);
	struct shim_vm_table *read = table_get(instance, from_table);
	int error;

	if (!written || !read)
		return -EINVAL;
	error = bounds_check(read, from_table, from, length);
	if (!error)
		error = bounds_check(written, to_table, to, length);
	if (!error && length)
		memmove(element_at(written, to), element_at(read, from), length * sizeof(void *));
	return error;
}

/* ---- grow --------------------------------------------------------------------- */

/* The instance that a table belongs to, and which of its defined ones it is. */
static struct shim_instance *owner_get(struct shim_instance *instance, uint32_t table,
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

static int table_resize(struct shim_instance *owner, uint32_t defined, uint64_t desired)
{
	const struct shim_table_plan *plan = &owner->module->desc.tables[defined];
	struct shim_vm_table *table = shim_defined_table(owner, defined);
	const struct shim_limiter *limiter = owner->limiter;
	uint64_t most = UINT64_MAX;
	int answer;

	if (limiter && limiter->table_growing) {
		answer = limiter->table_growing(limiter->context, table->current_elements, desired,
						plan->maximum);
		if (answer <= 0)
			return shim_error_set(answer ? answer : -EDQUOT,
					      "table growth to %" PRIu64
					      " elements exceeds table limits",
					      desired);
	}
	if (owner->allocator->ops->table_limit)
		most = owner->allocator->ops->table_limit(owner, defined);
	if (most > plan->maximum)
		most = plan->maximum;
	if (desired > most)
		answer = shim_error_set(-ENOSPC,
					"table growth to %" PRIu64
					" elements exceeds the maximum of %" PRIu64,
					desired, most);
	else
		answer = owner->allocator->ops->table_resize(owner, defined, desired);
	if (answer && limiter && limiter->table_grow_failed)
		limiter->table_grow_failed(limiter->context, answer);
	return answer;
}

int shim_table_grow(struct shim_instance *instance, uint32_t table, uint32_t delta, void *value,
		    uint32_t *old_elements)
{
	struct shim_vm_table *grown = table_get(instance, table);
	struct shim_instance *owner;
	uint32_t current, defined;
	int error;

	if (!grown)
		return -EINVAL;
	current = grown->current_elements;
	owner = owner_get(instance, table, &defined);
	if (delta) {
		error = table_resize(owner, defined, (uint64_t)current + delta);
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

static void *element_value(struct shim_instance *instance, const struct shim_element *element)
{
	switch (element->op) {
	case SHIM_CONST_REF_FUNC:
		return shim_instance_func_ref(instance, element->index);
	case SHIM_CONST_GLOBAL_GET:
		return (void *)(uintptr_t)shim_instance_global(instance, element->index)->bits[0];
	default: /* SHIM_CONST_REF_NULL */
		return NULL;
	}
}

void shim_elements_write(struct shim_instance *instance, struct shim_vm_table *table, uint32_t to,
			 const struct shim_element_segment *segment, uint32_t from, uint32_t length)
{
	for (uint32_t i = 0; i < length; i++)
		*element_at(table, to + i) = element_value(instance, &segment->elements[from + i]);
}

static const struct shim_element_segment *elements_get(const struct shim_instance *instance,
						       uint32_t elements)
{
	if (elements < instance->module->desc.element_count)
		return &instance->module->desc.elements[elements];
	shim_error_set(-EINVAL, "element segment %" PRIu32 " is not in the module", elements);
	return NULL;
}

/* What table.init sees of a segment: nothing, once it was run or dropped. */
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
	const struct shim_element_segment *segment = elements_get(instance, elements);
	struct shim_vm_table *written = table_get(instance, table);
	int error;

	if (!written || !segment)
		return -EINVAL;
	error = bounds_check(written, table, to, length);
	if (error)
		return error;
	if (!shim_range_fits(from, length, elements_count(instance, elements)))
		return shim_error_set(-ERANGE,
				      "out of bounds table access: %" PRIu32 " elements at %" PRIu32
				      ", element segment %" PRIu32 " has %" PRIu32,
				      length, from, elements, elements_count(instance, elements));
	shim_elements_write(instance, written, to, segment, from, length);
	return 0;
}

int shim_elem_drop(struct shim_instance *instance, uint32_t elements)
{
	if (!elements_get(instance, elements))
		return -EINVAL;
	shim_segment_drop(instance, elements);
	return 0;
}
