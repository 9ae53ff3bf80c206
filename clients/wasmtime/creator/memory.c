// SPDX-License-Identifier: MIT
/*
 * The callbacks of Wasmtime's memory creator.
 *
 * Wasmtime does not say what a memory is for. In a scope it asks for those of the scope's
 * module, in their order, and for heaps of its garbage collector, which start with 0 bytes (the
 * C API has no other size). Any other memory is of an instance that was not announced.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "creator/creator.h"
#include "seam/pool.h"

static __attribute__((tls_model("initial-exec"))) _Thread_local struct shim_wasmtime_scope *scope;

void shim_wasmtime_enter(struct shim_wasmtime_scope *entered)
{
	/* One without a module has no image to give. */
	if (!entered || !entered->module)
		return;
	entered->outer = scope;
	scope = entered;
}

int shim_wasmtime_leave(struct shim_wasmtime_scope *left)
{
	if (!left || !left->module)
		return creator_error(-EFAULT, "%s is NULL", left ? "the scope's module" : "scope");
	scope = left->outer;
	left->outer = NULL;
	return left->has_memory || !left->module->stripped->minimum ? 0 : -EAGAIN;
}

/* ---- a memory in a slot --------------------------------------------------------------- */

static uint8_t *slot_get(void *env, size_t *size, size_t *capacity)
{
	struct creator_slot *slot = env;

	*size = slot->size;
	*capacity = slot->wasmtime->config.reservation;
	return slot->base;
}

static struct wasmtime_error *slot_grow(void *env, size_t size)
{
	struct creator_slot *slot = env;
	struct shim_wasmtime *wasmtime = slot->wasmtime;
	uint64_t limit = (size + wasmtime->page_size - 1) & ~(wasmtime->page_size - 1);
	int error;

	seam_inside++;
	error = shim_slot_resize(wasmtime->pool, (uint32_t)(slot - wasmtime->slots), 0, limit,
				 NULL);
	seam_inside--;
	if (error)
		return wasmtime->config.error_new(shim_error());
	slot->size = size;
	return NULL;
}

static void slot_end(void *env)
{
	creator_slot_drop(env);
}

static struct wasmtime_error *slot_new(struct shim_wasmtime_module *module,
				       struct wasmtime_linear_memory *memory)
{
	struct shim_wasmtime *wasmtime = module->wasmtime;
	uint32_t index;
	int error = creator_slot_take(module, &index);
	char message[64];

	if (error == -ENOSPC) {
		snprintf(message, sizeof(message), "all %" PRIu32 " slots are in use",
			 wasmtime->config.slots);
		return wasmtime->config.error_new(message);
	}
	if (error)
		return wasmtime->config.error_new(shim_error());
	wasmtime->slots[index].size = module->stripped->minimum;
	*memory = (struct wasmtime_linear_memory){ &wasmtime->slots[index], slot_get, slot_grow,
						   slot_end };
	return NULL;
}

/* ---- a memory ----------------------------------------------------------------------------- */

/* Whether it is what the scope's module asks for next. */
static bool is_next(const struct shim_wasmtime *wasmtime, size_t minimum)
{
	const struct shim_wasmtime_module *module = scope ? scope->module : NULL;

	return module && module->wasmtime == wasmtime && scope->memories < module->memory_count &&
	       module->minimums[scope->memories] == minimum;
}

/* Whether a memory of this size may be that of a module which nobody has entered. */
static bool is_lost(struct shim_wasmtime *wasmtime, size_t minimum)
{
	bool found = false;

	pthread_mutex_lock(&wasmtime->lock);
	for (struct shim_wasmtime_module *module = wasmtime->modules; module && !found;
	     module = module->next)
		found = module->stripped->minimum == minimum && module->stripped->image.length;
	pthread_mutex_unlock(&wasmtime->lock);
	return found;
}

struct wasmtime_error *creator_memory_new(void *env, const void *type, size_t minimum,
					  size_t maximum, size_t reserved, size_t guard,
					  struct wasmtime_linear_memory *memory)
{
	struct shim_wasmtime *wasmtime = env;
	const struct shim_static_image *image = NULL;

	(void)type;
	if (!is_next(wasmtime, minimum)) {
		if (is_lost(wasmtime, minimum))
			return wasmtime->config.error_new(
				"a module with an image is instantiated without a "
				"shim_wasmtime_enter() of its own");
	} else if (!scope->memories++ && scope->module->stripped->minimum) {
		image = &scope->module->stripped->image;
		scope->has_memory = 1;
		if (reserved <= wasmtime->config.reservation && guard <= wasmtime->config.guard)
			return slot_new(scope->module, memory);
	}
	if (creator_plain_new(wasmtime, image, minimum, maximum, reserved, guard, memory))
		return wasmtime->config.error_new("there is no memory");
	return NULL;
}
