// SPDX-License-Identifier: MIT
/*
 * The on-demand allocator: malloc() and mmap() for each instance, and all of it
 * given back at its end.
 *
 * A memory is a map of its own, reserved with its guard and opened as far as it
 * has grown; it grows within what was reserved. Tables are malloc()ed and may
 * move.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "allocator/allocator.h"
#include "allocator/module_limits.h"
#include "base/error.h"
#include "base/pages.h"
#include "instance/limiter.h"
#include "instance/state.h"

struct on_demand {
	struct shim_allocator allocator;
	atomic_uint instances; /* in use */
};

struct reservation {
	unsigned char *map;
	uint64_t length; /* with the guard; 0: there is none */
	uint64_t room;	 /* without */
};

/* The instance state lies behind the reservations of all defined memories. */
struct on_demand_instance {
	struct shim_instance instance;
	struct reservation stack;
	struct reservation memories[];
};

static struct on_demand_instance *on_demand_instance(struct shim_instance *instance)
{
	return (struct on_demand_instance *)instance;
}

/* ---- reservations ------------------------------------------------------------------ */

/* Address space of room bytes and a guard after them, and one page before. */
static int reserve(struct reservation *to, uint64_t room, uint64_t guard, uint64_t page_size)
{
	uint64_t length;
	void *map;

	if (shim_page_round_overflow(room, page_size, &room) ||
	    shim_page_round_overflow(guard, page_size, &guard) ||
	    __builtin_add_overflow(room, guard, &length) ||
	    __builtin_add_overflow(length, page_size, &length))
		return -ENOMEM;
	map = mmap(NULL, length, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (map == MAP_FAILED)
		return -errno;
	*to = (struct reservation){
		.map = (unsigned char *)map + page_size,
		.length = length - page_size,
		.room = room,
	};
	return 0;
}

static void unreserve(struct reservation *reservation, uint64_t page_size)
{
	if (reservation->length)
		munmap(reservation->map - page_size, reservation->length + page_size);
}

static int open_up(const struct reservation *reservation, uint64_t from, uint64_t to)
{
	if (to > from && mprotect(reservation->map + from, to - from, PROT_READ | PROT_WRITE))
		return -errno;
	return 0;
}

static int map_error(int error, const char *what, uint32_t index, uint64_t length)
{
	errno = -error;
	return shim_error_set(error,
			      "%s %" PRIu32 ": no room for %" PRIu64
			      " bytes: %m (vm.max_map_count may be reached)",
			      what, index, length);
}

/* ---- allocate ------------------------------------------------------------------------ */

static int memories_create(struct on_demand_instance *made, const struct shim_module *module)
{
	const struct shim_allocator *allocator = made->instance.allocator;
	const struct shim_allocator_config *config = &allocator->config;

	for (uint32_t i = 0; i < module->desc.memory_count; i++) {
		uint64_t minimum = shim_memory_minimum(&module->desc.memories[i]);
		uint64_t room = minimum;
		int error;

		if (room < config->memory_reserve)
			room = config->memory_reserve;
		error = reserve(&made->memories[i], room, config->memory_guard,
				allocator->page_size);
		if (!error)
			error = open_up(&made->memories[i], 0, minimum);
		if (error)
			return map_error(error, "memory", module->offsets.imported_memory_count + i,
					 minimum);
		shim_instance_set_memory(&made->instance, i, made->memories[i].map);
	}
	return 0;
}

static int tables_create(struct on_demand_instance *made, const struct shim_module *module)
{
	for (uint32_t i = 0; i < module->desc.table_count; i++) {
		uint64_t elements = module->desc.tables[i].minimum;
		/* An empty one has a place too: NULL is no memory. */
		void *base = calloc(elements + 1, sizeof(void *));

		if (!base)
			return shim_error_set(-ENOMEM, "table %" PRIu32 ": no memory",
					      module->offsets.imported_table_count + i);
		shim_instance_set_table(&made->instance, i, base);
	}
	return 0;
}

static int stack_create(struct on_demand_instance *made)
{
	const struct shim_allocator *allocator = made->instance.allocator;
	uint64_t length = allocator->config.stack_size;
	int error;

	if (!length)
		return 0;
	error = reserve(&made->stack, length, 0, allocator->page_size);
	if (!error)
		error = open_up(&made->stack, 0, made->stack.room);
	if (error)
		return map_error(error, "stack", 0, length);
	made->instance.stack = made->stack.map;
	return 0;
}

/* Also of an instance that is half made: what there is not is zero. */
static void instance_free(struct on_demand_instance *made, const struct shim_module *module)
{
	uint64_t page_size = made->instance.allocator->page_size;

	for (uint32_t i = 0; i < module->desc.table_count; i++)
		free(shim_defined_table(&made->instance, i)->base);
	for (uint32_t i = 0; i < module->desc.memory_count; i++)
		unreserve(&made->memories[i], page_size);
	unreserve(&made->stack, page_size);
	free(made);
}

static struct on_demand_instance *instance_alloc(struct shim_allocator *allocator,
						 struct shim_module *module)
{
	size_t front = sizeof(struct on_demand_instance) +
		       module->desc.memory_count * sizeof(struct reservation);
	struct on_demand_instance *made;

	/* malloc() aligns to 16, as the state has to be. */
	front = (front + 15) & ~(size_t)15;
	made = calloc(1, front + shim_instance_size(module));
	if (!made) {
		shim_error_set(-ENOMEM, "no memory for an instance state of %" PRIu64 " bytes",
			       shim_instance_size(module));
		return NULL;
	}
	made->instance.allocator = allocator;
	made->instance.module = module;
	made->instance.head = (struct shim_state_head *)((unsigned char *)made + front);
	return made;
}

static int on_demand_validate(struct shim_allocator *allocator, const struct shim_module *module)
{
	(void)allocator;
	return shim_module_unshared_check(module);
}

static int on_demand_allocate(struct shim_allocator *allocator,
			      const struct shim_instance_request *request,
			      struct shim_instance **out)
{
	struct on_demand *o = (struct on_demand *)allocator;
	struct shim_module *module = request->module;
	struct on_demand_instance *made;
	int error = shim_module_unshared_check(module);

	if (!error)
		error = shim_limiter_check(request, NULL);
	if (error)
		return error;
	made = instance_alloc(allocator, module);
	if (!made)
		return -ENOMEM;
	error = memories_create(made, module);
	if (!error)
		error = tables_create(made, module);
	if (!error)
		error = stack_create(made);
	if (error) {
		instance_free(made, module);
		return error;
	}
	shim_module_get(module);
	shim_instance_write(&made->instance, request);
	atomic_fetch_add_explicit(&o->instances, 1, memory_order_relaxed);
	*out = &made->instance;
	return 0;
}

static void on_demand_deallocate(struct shim_instance *instance)
{
	struct on_demand *o = (struct on_demand *)instance->allocator;
	struct shim_module *module = instance->module;

	shim_instance_drop_host_state(instance);
	instance_free(on_demand_instance(instance), module);
	shim_module_put(module);
	atomic_fetch_sub_explicit(&o->instances, 1, memory_order_relaxed);
}

/* ---- the rest ---------------------------------------------------------------------------- */

static int on_demand_memory_resize(struct shim_instance *instance, uint32_t defined,
				   uint64_t length)
{
	const struct reservation *memory = &on_demand_instance(instance)->memories[defined];
	uint64_t old = shim_defined_memory(instance, defined)->current_length;
	int error = open_up(memory, old, length);

	return error ? map_error(error, "memory",
				 instance->module->offsets.imported_memory_count + defined,
				 length) :
		       0;
}

static int on_demand_table_resize(struct shim_instance *instance, uint32_t defined,
				  uint64_t elements)
{
	struct shim_vm_table *table = shim_defined_table(instance, defined);
	void **base = realloc(table->base, (elements + 1) * sizeof(*base));

	if (!base)
		return shim_error_set(-ENOMEM, "table %" PRIu32 ": no memory",
				      instance->module->offsets.imported_table_count + defined);
	memset(base + table->current_elements, 0,
	       (elements - table->current_elements) * sizeof(*base));
	table->base = base;
	return 0;
}

static uint64_t on_demand_memory_limit(struct shim_instance *instance, uint32_t defined)
{
	return on_demand_instance(instance)->memories[defined].room;
}

static void on_demand_query(struct shim_allocator *allocator, struct shim_allocator_info *info)
{
	struct on_demand *o = (struct on_demand *)allocator;

	info->instances = atomic_load_explicit(&o->instances, memory_order_relaxed);
}

static void on_demand_destroy(struct shim_allocator *allocator)
{
	free(allocator);
}

static const struct shim_allocator_ops on_demand_ops = {
	.validate = on_demand_validate,
	.allocate = on_demand_allocate,
	.initialize = shim_instance_initialize,
	.deallocate = on_demand_deallocate,
	.memory_resize = on_demand_memory_resize,
	.table_resize = on_demand_table_resize,
	.memory_limit = on_demand_memory_limit,
	.query = on_demand_query,
	.destroy = on_demand_destroy,
};

int shim_on_demand_create(const struct shim_allocator_config *config, uint64_t page_size,
			  struct shim_allocator **out)
{
	struct on_demand *o = calloc(1, sizeof(*o));

	if (!o)
		return shim_error_set(-ENOMEM, "no memory for an allocator");
	o->allocator.ops = &on_demand_ops;
	o->allocator.page_size = page_size;
	o->allocator.config = *config;
	*out = &o->allocator;
	return 0;
}
