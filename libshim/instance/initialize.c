// SPDX-License-Identifier: MIT
/*
 * The active segments of a new instance: elements before data, each kind in the
 * order of the module, and each segment as a whole or not at all.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/error.h"
#include "instance/state.h"

static int offset_eval(struct shim_instance *instance, const struct shim_const_instr *expr,
		       uint64_t *offset)
{
	uint64_t bits[2];
	int error = shim_instance_eval(instance, expr, NULL, bits);

	*offset = error ? 0 : bits[0];
	return error;
}

/*
 * Finds the table and the place of an active segment; -ERANGE: it does not fit. An offset
 * fails for want of memory only.
 */
static int elements_place(struct shim_instance *instance, uint32_t index,
			  struct shim_vm_table **table, uint64_t *to)
{
	const struct shim_element_segment *segment = &instance->module->desc.elements[index];
	int error = offset_eval(instance, &segment->offset, to);

	if (error)
		return error;
	*table = shim_instance_table(instance, segment->table);
	if (shim_range_fits(*to, segment->count, (*table)->current_elements))
		return 0;
	return shim_error_set(-ERANGE,
			      "table out of bounds: elements segment does not fit: segment %" PRIu32
			      ", %" PRIu32 " elements at %" PRIu64 ", table %" PRIu32
			      " has %" PRIu32,
			      index, segment->count, *to, segment->table,
			      (*table)->current_elements);
}

/* The same for a memory; -EFAULT: it does not fit. */
static int data_place(struct shim_instance *instance, uint32_t index,
		      struct shim_vm_memory **memory, uint64_t *to)
{
	const struct shim_data_segment *segment = &instance->module->desc.data[index];
	int error = offset_eval(instance, &segment->offset, to);

	if (error)
		return error;
	*memory = shim_instance_memory(instance, segment->memory);
	if (shim_range_fits(*to, segment->length, (*memory)->current_length))
		return 0;
	return shim_error_set(-EFAULT,
			      "memory out of bounds: data segment does not fit: segment %" PRIu32
			      ", %" PRIu64 " bytes at %" PRIu64 ", memory %" PRIu32 " has %" PRIu64,
			      index, segment->length, *to, segment->memory,
			      (*memory)->current_length);
}

/*
 * Runs active element segments in order; without write it only checks that they fit, as those
 * which need not be written always do.
 */
static int elements_run(struct shim_instance *instance, bool write)
{
	const struct shim_module_desc *desc = &instance->module->desc;
	uint32_t first = shim_has_lazy_tables(instance) ? instance->module->lazy_segments : 0;
	struct shim_vm_table *table;
	uint64_t to;

	if (write)
		shim_lazy_tables_start(instance);
	if (write && desc->element_count > first)
		shim_active_refs_write(instance);
	for (uint32_t i = first; i < desc->element_count; i++) {
		int error;

		if (desc->elements[i].mode != SHIM_SEGMENT_ACTIVE)
			continue;
		error = elements_place(instance, i, &table, &to);
		if (error)
			return error;
		if (!write)
			continue;
		shim_table_touch(instance, desc->elements[i].table, table);
		shim_active_elements_write(instance, table, (uint32_t)to, i);
	}
	return 0;
}

static int data_run(struct shim_instance *instance, bool write)
{
	const struct shim_module_desc *desc = &instance->module->desc;
	struct shim_vm_memory *memory;
	uint64_t to;

	for (uint32_t i = 0; i < desc->data_count; i++) {
		const struct shim_data_segment *segment = &desc->data[i];
		int error;

		if (segment->mode != SHIM_SEGMENT_ACTIVE)
			continue;
		error = data_place(instance, i, &memory, &to);
		if (error)
			return error;
		if (write && segment->length)
			memcpy((unsigned char *)memory->base + to, segment->bytes, segment->length);
	}
	return 0;
}

/* Either all defined memories of a module have a static image or none has. */
static bool has_image(const struct shim_module *module)
{
	return shim_module_defined_image(module, 0) != NULL;
}

static void image_copy(struct shim_instance *instance)
{
	for (uint32_t i = 0; i < instance->module->desc.defined_memory_count; i++) {
		const struct shim_static_image *image =
			shim_module_defined_image(instance->module, i);
		unsigned char *base = shim_defined_memory(instance, i)->base;

		if (image->length)
			memcpy(base + image->offset, image->bytes, image->length);
	}
}

/*
 * When an element segment fails no data segment has had an effect, so an image that
 * was in the memories from the start is cleared.
 */
static void image_clear(struct shim_instance *instance)
{
	for (uint32_t i = 0; i < instance->module->desc.defined_memory_count; i++) {
		const struct shim_static_image *image =
			shim_module_defined_image(instance->module, i);
		unsigned char *base = shim_defined_memory(instance, i)->base;

		if (image->length)
			memset(base + image->offset, 0, image->length);
	}
}

/* Without bulk memory all segments are checked before the first is written. */
static int segments_initialize(struct shim_instance *instance, bool is_bulk_memory)
{
	int error;

	if (!is_bulk_memory) {
		error = elements_run(instance, false);
		if (error)
			return error;
		error = data_run(instance, false);
		if (error)
			return error;
	}
	error = elements_run(instance, true);
	if (error)
		return error;
	return data_run(instance, true);
}

/* A static image fits its memories, so only element segments can fail. */
static int image_initialize(struct shim_instance *instance, bool is_bulk_memory)
{
	int error;

	if (!is_bulk_memory) {
		error = elements_run(instance, false);
		if (error)
			goto clear_image;
	}
	error = elements_run(instance, true);
	if (error)
		goto clear_image;
	if (!instance->image_there)
		image_copy(instance);
	return 0;
clear_image:
	if (instance->image_there)
		image_clear(instance);
	return error;
}

int shim_instance_initialize(struct shim_instance *instance, bool is_bulk_memory)
{
	if (instance->started)
		return 0;
	if (has_image(instance->module))
		return image_initialize(instance, is_bulk_memory);
	return segments_initialize(instance, is_bulk_memory);
}
