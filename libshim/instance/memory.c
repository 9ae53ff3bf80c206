// SPDX-License-Identifier: MIT
/*
 * The memory instructions: memory.grow, .init, .copy, .fill and data.drop.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/error.h"
#include "instance/limiter.h"
#include "instance/state.h"

/* Checks an access to a memory or to a data segment. */
static int bounds_check(const char *what, uint32_t index, uint64_t size, uint64_t at,
			uint64_t length)
{
	if (shim_range_fits(at, length, size))
		return 0;
	return shim_error_set(-EFAULT,
			      "out of bounds memory access: %" PRIu64 " bytes at %" PRIu64
			      ", %s %" PRIu32 " has %" PRIu64,
			      length, at, what, index, size);
}

/* ---- grow --------------------------------------------------------------------- */

/* The instance that defines a memory, and the index of the memory there. */
static struct shim_instance *owner_get(struct shim_instance *instance, uint32_t memory,
				       uint32_t *defined)
{
	const struct shim_vmoffsets *offsets = &instance->module->offsets;
	const struct shim_vm_memory_import *imports =
		shim_state_field(instance, offsets->imported_memories);

	if (memory >= offsets->imported_memory_count) {
		*defined = memory - offsets->imported_memory_count;
		return instance;
	}
	*defined = imports[memory].defined_memory;
	return shim_instance_from_state(imports[memory].vmctx);
}

static __attribute__((cold)) int refused_error(int error, uint64_t desired)
{
	return shim_error_set(error, "memory growth to %" PRIu64 " bytes exceeds memory limits",
			      desired);
}

static __attribute__((cold)) int maximum_error(uint64_t desired, uint64_t most)
{
	return shim_error_set(-ENOSPC,
			      "memory growth to %" PRIu64 " bytes exceeds the maximum of %" PRIu64,
			      desired, most);
}

static uint64_t memory_limit(struct shim_instance *owner, uint32_t defined)
{
	const struct shim_allocator_ops *ops = owner->allocator->ops;

	return ops->memory_limit ? ops->memory_limit(owner, defined) : UINT64_MAX;
}

static int memory_resize(struct shim_instance *owner, uint32_t defined, uint64_t size)
{
	return owner->allocator->ops->memory_resize(owner, defined, size);
}

static int memory_grow(struct shim_instance *owner, uint32_t defined, uint64_t desired)
{
	/* Before all that would have to be saved during the call. */
	uint64_t limit = memory_limit(owner, defined);
	struct shim_growth growth = {
		.current = shim_defined_memory(owner, defined)->current_length,
		.desired = desired,
		.maximum = shim_memory_maximum(&owner->module->desc.defined_memories[defined]),
		.limit = limit,
		.resize = memory_resize,
		.refused = refused_error,
		.over_maximum = maximum_error,
	};

	if (owner->limiter) {
		growth.growing = owner->limiter->memory_growing;
		growth.grow_failed = owner->limiter->memory_grow_failed;
	}
	return shim_growth_run(owner, defined, &growth);
}

int shim_memory_grow(struct shim_instance *instance, uint32_t memory, uint64_t delta,
		     uint64_t *old_pages)
{
	struct shim_vm_memory *grown = shim_instance_memory(instance, memory);
	uint64_t current, desired;
	struct shim_instance *owner;
	uint32_t defined;
	int error;

	if (!grown)
		return shim_instance_item_error(instance, "memory", memory);
	current = grown->current_length;
	owner = owner_get(instance, memory, &defined);
	if (__builtin_mul_overflow(delta, SHIM_WASM_PAGE, &desired) ||
	    __builtin_add_overflow(desired, current, &desired))
		desired = UINT64_MAX;
	if (delta) {
		error = memory_grow(owner, defined, desired);
		if (error)
			return error;
		grown->current_length = desired;
	}
	if (old_pages)
		*old_pages = current / SHIM_WASM_PAGE;
	return 0;
}

/* ---- init, copy, fill ----------------------------------------------------------- */

static const struct shim_data_segment *data_get(const struct shim_instance *instance, uint32_t data)
{
	if (!shim_instance_is_usable(instance) || data >= instance->module->desc.data_count)
		return NULL;
	return &instance->module->desc.data[data];
}

/* The length of a segment for memory.init: 0 once the segment has run or was dropped. */
static uint64_t data_length(const struct shim_instance *instance, uint32_t data)
{
	const struct shim_module_desc *desc = &instance->module->desc;

	if (desc->data[data].mode != SHIM_SEGMENT_PASSIVE ||
	    shim_segment_dropped(instance, desc->element_count + data))
		return 0;
	return desc->data[data].length;
}

int shim_memory_init(struct shim_instance *instance, uint32_t memory, uint32_t data, uint64_t to,
		     uint64_t from, uint64_t length)
{
	struct shim_vm_memory *written = shim_instance_memory(instance, memory);
	const struct shim_data_segment *segment;
	int error;

	if (!written)
		return shim_instance_item_error(instance, "memory", memory);
	segment = data_get(instance, data);
	if (!segment)
		return shim_instance_item_error(instance, "data segment", data);
	error = bounds_check("memory", memory, written->current_length, to, length);
	if (error)
		return error;
	error = bounds_check("data segment", data, data_length(instance, data), from, length);
	if (error)
		return error;
	if (length)
		memcpy((unsigned char *)written->base + to,
		       (const unsigned char *)segment->bytes + from, length);
	return 0;
}

int shim_data_drop(struct shim_instance *instance, uint32_t data)
{
	if (!data_get(instance, data))
		return shim_instance_item_error(instance, "data segment", data);
	shim_segment_drop(instance, instance->module->desc.element_count + data);
	return 0;
}

int shim_memory_copy(struct shim_instance *instance, uint32_t to_memory, uint64_t to,
		     uint32_t from_memory, uint64_t from, uint64_t length)
{
	struct shim_vm_memory *read = shim_instance_memory(instance, from_memory), *written;
	int error;

	if (!read)
		return shim_instance_item_error(instance, "memory", from_memory);
	written = shim_instance_memory(instance, to_memory);
	if (!written)
		return shim_instance_item_error(instance, "memory", to_memory);
	error = bounds_check("memory", from_memory, read->current_length, from, length);
	if (error)
		return error;
	error = bounds_check("memory", to_memory, written->current_length, to, length);
	if (error)
		return error;
	if (length)
		memmove((unsigned char *)written->base + to,
			(const unsigned char *)read->base + from, length);
	return 0;
}

int shim_memory_fill(struct shim_instance *instance, uint32_t memory, uint64_t to, uint8_t value,
		     uint64_t length)
{
	struct shim_vm_memory *written = shim_instance_memory(instance, memory);
	int error;

	if (!written)
		return shim_instance_item_error(instance, "memory", memory);
	error = bounds_check("memory", memory, written->current_length, to, length);
	if (error)
		return error;
	if (length)
		memset((unsigned char *)written->base + to, value, length);
	return 0;
}
