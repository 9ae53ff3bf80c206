// SPDX-License-Identifier: MIT
/*
 * The memory instructions that a runtime leaves to the library.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/error.h"
#include "instance/instance.h"

static struct shim_vm_memory *memory_get(const struct shim_instance *instance, uint32_t memory)
{
	struct shim_vm_memory *found = shim_instance_memory(instance, memory);

	if (!found)
		shim_error_set(-EINVAL, "memory %" PRIu32 " is not in the module", memory);
	return found;
}

static int bounds_check(const struct shim_vm_memory *memory, uint32_t index, uint64_t at,
			uint64_t length)
{
	if (shim_range_fits(at, length, memory->current_length))
		return 0;
	return shim_error_set(-EFAULT,
			      "out of bounds memory access: %" PRIu64 " bytes at %" PRIu64
			      ", memory %" PRIu32 " has %" PRIu64,
			      length, at, index, memory->current_length);
}

/* ---- grow --------------------------------------------------------------------- */

/* The instance that a memory belongs to, and which of its defined ones it is. */
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
	*defined = imports[memory].index;
	return shim_instance_from_state(imports[memory].vmctx);
}

static int memory_resize(struct shim_instance *owner, uint32_t defined, uint64_t desired)
{
	const struct shim_memory_plan *plan = &owner->module->desc.memories[defined];
	struct shim_vm_memory *memory = shim_defined_memory(owner, defined);
	const struct shim_limiter *limiter = owner->limiter;
	uint64_t most = owner->allocator->ops->memory_limit(owner, defined);
	uint64_t maximum = shim_memory_maximum(plan);
	int answer;

	if (limiter && limiter->memory_growing) {
		answer = limiter->memory_growing(limiter->context, memory->current_length, desired,
						 maximum);
		if (answer <= 0)
			return shim_error_set(answer ? answer : -EDQUOT,
					      "memory growth to %" PRIu64
					      " bytes exceeds memory limits",
					      desired);
	}
	if (most > maximum)
		most = maximum;
	if (desired > most)
		answer = shim_error_set(-ENOSPC,
					"memory growth to %" PRIu64
					" bytes exceeds the maximum of %" PRIu64,
					desired, most);
	else
		answer = owner->allocator->ops->memory_resize(owner, defined, desired);
	if (answer && limiter && limiter->memory_grow_failed)
		limiter->memory_grow_failed(limiter->context, answer);
	return answer;
}

int shim_memory_grow(struct shim_instance *instance, uint32_t memory, uint64_t delta,
		     uint64_t *old_pages)
{
	struct shim_vm_memory *grown = memory_get(instance, memory);
	uint64_t current, desired;
	struct shim_instance *owner;
	uint32_t defined;
	int error;

	if (!grown)
		return -EINVAL;
	current = grown->current_length;
	owner = owner_get(instance, memory, &defined);
	if (__builtin_mul_overflow(delta, SHIM_WASM_PAGE, &desired) ||
	    __builtin_add_overflow(desired, current, &desired))
		desired = UINT64_MAX;
	if (delta) {
		error = memory_resize(owner, defined, desired);
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
	if (data < instance->module->desc.data_count)
		return &instance->module->desc.data[data];
	shim_error_set(-EINVAL, "data segment %" PRIu32 " is not in the module", data);
	return NULL;
}

/* What memory.init sees of a segment: nothing, once it was run or dropped. */
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
	const struct shim_data_segment *segment = data_get(instance, data);
	struct shim_vm_memory *written = memory_get(instance, memory);
	int error;

	if (!written || !segment)
		return -EINVAL;
	error = bounds_check(written, memory, to, length);
	if (error)
		return error;
	if (!shim_range_fits(from, length, data_length(instance, data)))
		return shim_error_set(-EFAULT,
				      "out of bounds memory access: %" PRIu64 " bytes at %" PRIu64
				      ", data segment %" PRIu32 " has %" PRIu64,
				      length, from, data, data_length(instance, data));
	if (length)
		memcpy((unsigned char *)written->base + to,
		       (const unsigned char *)segment->bytes + from, length);
	return 0;
}

int shim_data_drop(struct shim_instance *instance, uint32_t data)
{
	if (!data_get(instance, data))
		return -EINVAL;
	shim_segment_drop(instance, instance->module->desc.element_count + data);
	return 0;
}

int shim_memory_copy(struct shim_instance *instance, uint32_t to_memory, uint64_t to,
		     uint32_t from_memory, uint64_t from, uint64_t length)
{
	struct shim_vm_memory *written = memory_get(instance, to_memory);
	struct shim_vm_memory *read = memory_get(instance, from_memory);
	int error;

	if (!written || !read)
		return -EINVAL;
	error = bounds_check(read, from_memory, from, length);
	if (!error)
		error = bounds_check(written, to_memory, to, length);
	if (!error && length)
		memmove((unsigned char *)written->base + to,
			(const unsigned char *)read->base + from, length);
	return error;
}

int shim_memory_fill(struct shim_instance *instance, uint32_t memory, uint64_t to, uint8_t value,
		     uint64_t length)
{
	struct shim_vm_memory *written = memory_get(instance, memory);
	int error;

	if (!written)
		return -EINVAL;
	error = bounds_check(written, memory, to, length);
	if (!error && length)
		memset((unsigned char *)written->base + to, value, length);
	return error;
}
