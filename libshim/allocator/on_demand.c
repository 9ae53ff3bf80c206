// SPDX-License-Identifier: MIT
/*
 * The on-demand allocator: malloc() and mmap() for each instance, and everything is
 * given back when the instance is deallocated.
 *
 * Each memory is a reservation of its own, with its guard, and grows within it. Tables
 * are from malloc() and move when they grow. Where the module's static images are in a file,
 * memories map it privately: a page is copied when the instance writes it.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "allocator/allocator.h"
#include "allocator/module_limits.h"
#include "allocator/reservation.h"
#include "base/error.h"
#include "base/map.h"
#include "base/map_error.h"
#include "instance/limiter.h"
#include "instance/state.h"

struct on_demand {
	struct shim_allocator allocator;
	atomic_uint instances; /* in use */
};

/* The instance state lies behind the reservations of all defined memories. */
struct on_demand_instance {
	struct shim_instance instance;
	struct shim_reservation stack;
	struct shim_reservation memories[];
};

static struct on_demand_instance *on_demand_instance(struct shim_instance *instance)
{
	return (struct on_demand_instance *)instance;
}

/* For length bytes of address space that could not be had, or opened ones not opened. */
static int map_error(int error, const char *what, uint32_t index, uint64_t length, uint64_t opened)
{
	shim_map_error(error, length, opened);
	return shim_error_prefix(error, "%s %" PRIu32 ": %s %" PRIu64 " bytes: ", what, index,
				 error == -ENOMEM ? "no room for" : "cannot map",
				 length ? length : opened);
}

/* ---- allocate ------------------------------------------------------------------------ */

/*
 * Maps the image of a new memory. *is_mapped is false where a filter of system calls refuses that
 * by now; the image is copied then. -errno without a message.
 */
static int image_map(struct shim_reservation *memory, const struct shim_module *module,
		     const struct shim_static_image *image, bool *is_mapped)
{
	const unsigned char *bytes = image->bytes;
	unsigned char *at = memory->start + image->offset;
	uint64_t offset = (uint64_t)(bytes - module->image_file.content);
	int error = shim_memfd_map(&module->image_file, offset, image->length, at);

	*is_mapped = !error;
	if (error != -ENOMEM && error != -EAGAIN)
		return 0;
	shim_reservation_mend(memory, at, image->length);
	return error;
}

/* Opens a new memory, with its image where there is a file of it. -errno without a message. */
static int memory_open(struct shim_reservation *memory, const struct shim_module *module,
		       uint32_t defined, uint64_t length)
{
	const struct shim_static_image *image = shim_module_defined_image(module, defined);
	bool is_mapped = true;
	int error;

	if (module->has_mapped_images && image && image->length) {
		error = image_map(memory, module, image, &is_mapped);
		if (error)
			return error;
	}
	error = shim_reservation_open(memory, 0, length);
	if (!error && !is_mapped)
		memcpy(memory->start + image->offset, image->bytes, image->length);
	return error;
}

static int memory_create(struct on_demand_instance *made, const struct shim_module *module,
			 uint32_t defined)
{
	const struct shim_allocator *allocator = made->instance.allocator;
	const struct shim_allocator_config *config = &allocator->config;
	struct shim_reservation *memory = &made->memories[defined];
	uint64_t minimum = shim_memory_minimum(&module->desc.defined_memories[defined]);
	uint64_t room = minimum > config->memory_reserve ? minimum : config->memory_reserve;
	int error = shim_reservation_create(memory, room, config->memory_guard, 0,
					    allocator->page_size);

	if (!error)
		error = memory_open(memory, module, defined, minimum);
	if (error)
		return map_error(error, "memory", module->offsets.imported_memory_count + defined,
				 room + config->memory_guard, minimum);
	shim_instance_set_memory(&made->instance, defined, memory->start);
	return 0;
}

static int memories_create(struct on_demand_instance *made, const struct shim_module *module)
{
	for (uint32_t i = 0; i < module->desc.defined_memory_count; i++) {
		int error = memory_create(made, module, i);

		if (error)
			return error;
	}
	return 0;
}

static int tables_create(struct on_demand_instance *made, const struct shim_module *module)
{
	for (uint32_t i = 0; i < module->desc.defined_table_count; i++) {
		uint64_t elements = module->desc.defined_tables[i].minimum;
		void *base = NULL;

		/* An empty table has a base too, as NULL says that there is no memory. */
		if (elements <= SHIM_TABLE_MAX)
			base = calloc(elements + 1, sizeof(void *));
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
	error = shim_reservation_create(&made->stack, length, 0, length, allocator->page_size);
	if (error)
		return map_error(error, "stack", 0, length, length);
	made->instance.stack = made->stack.start;
	return 0;
}

/* Takes an instance that is half made too: what is missing is zero. */
static void instance_free(struct on_demand_instance *made, const struct shim_module *module)
{
	for (uint32_t i = 0; i < module->desc.defined_table_count; i++)
		free(shim_defined_table(&made->instance, i)->base);
	for (uint32_t i = 0; i < module->desc.defined_memory_count; i++)
		shim_reservation_destroy(&made->memories[i]);
	shim_reservation_destroy(&made->stack);
	free(made);
}

static struct on_demand_instance *instance_alloc(struct shim_allocator *allocator,
						 struct shim_module *module)
{
	size_t front = sizeof(struct on_demand_instance) +
		       module->desc.defined_memory_count * sizeof(struct shim_reservation);
	struct on_demand_instance *made;

	/* The state has to be aligned to 16, as what malloc() gives is. */
	front = (front + 15) & ~(size_t)15;
	made = calloc(1, front + shim_instance_size(module));
	if (!made) {
		shim_error_set(-ENOMEM, "no memory for an instance state of %" PRIu64 " bytes",
			       shim_instance_size(module));
		return NULL;
	}
	made->instance.allocator = allocator;
	made->instance.module = module;
	made->instance.image_there = module->has_mapped_images;
	made->instance.head = (struct shim_state_head *)((unsigned char *)made + front);
	shim_instance_define(&made->instance);
	return made;
}

static int on_demand_validate(struct shim_allocator *allocator, const struct shim_module *module)
{
	(void)allocator;
	return shim_module_unshared_check(module);
}

static int instance_create(struct shim_allocator *allocator, struct shim_module *module,
			   struct on_demand_instance **out)
{
	struct on_demand_instance *made = instance_alloc(allocator, module);
	int error;

	if (!made)
		return -ENOMEM;
	error = memories_create(made, module);
	if (error)
		goto free_instance;
	error = tables_create(made, module);
	if (error)
		goto free_instance;
	error = stack_create(made);
	if (error)
		goto free_instance;
	*out = made;
	return 0;
free_instance:
	instance_free(made, module);
	return error;
}

static int on_demand_allocate(struct shim_allocator *allocator,
			      const struct shim_instance_request *request,
			      struct shim_instance **out)
{
	struct on_demand *o = (struct on_demand *)allocator;
	struct on_demand_instance *made;
	int error = shim_module_unshared_check(request->module);

	if (error)
		return error;
	error = shim_limiter_check(request, NULL);
	if (error)
		return error;
	error = instance_create(allocator, request->module, &made);
	if (error)
		return error;
	shim_instance_attach(&made->instance, request);
	error = shim_instance_evaluate(&made->instance, request);
	if (error) {
		instance_free(made, request->module);
		return error;
	}
	shim_module_get(request->module);
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

/* ---- sizes and counts ------------------------------------------------------------- */

static int on_demand_memory_resize(struct shim_instance *instance, uint32_t defined,
				   uint64_t length)
{
	const struct shim_reservation *memory = &on_demand_instance(instance)->memories[defined];
	uint64_t old = shim_defined_memory(instance, defined)->current_length;
	uint32_t index = instance->module->offsets.imported_memory_count + defined;
	int error = shim_reservation_open(memory, old, length);

	return error ? map_error(error, "memory", index, 0, length - old) : 0;
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

static uint32_t on_demand_in_use(struct shim_allocator *allocator)
{
	struct on_demand *o = (struct on_demand *)allocator;

	return atomic_load_explicit(&o->instances, memory_order_relaxed);
}

static void on_demand_query(struct shim_allocator *allocator, struct shim_allocator_info *info)
{
	info->instances = on_demand_in_use(allocator);
}

static void on_demand_destroy(struct shim_allocator *allocator)
{
	shim_allocator_free(allocator, NULL);
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
	.in_use = on_demand_in_use,
	.destroy = on_demand_destroy,
};

int shim_on_demand_create(const struct shim_allocator_config *config, uint64_t page_size,
			  struct shim_allocator **out)
{
	struct on_demand *o;
	int error = shim_map_check();

	if (error)
		return error;
	o = calloc(1, sizeof(*o));
	if (!o)
		return shim_error_set(-ENOMEM, "no memory for an allocator");
	o->allocator.ops = &on_demand_ops;
	o->allocator.mark = &shim_process_any;
	o->allocator.owner = getpid();
	o->allocator.page_size = page_size;
	o->allocator.config = *config;
	*out = &o->allocator;
	return 0;
}
