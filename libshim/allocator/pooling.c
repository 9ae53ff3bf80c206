// SPDX-License-Identifier: MIT
/*
 * The operations of the pooling allocator.
 *
 * The warm path of allocate finds a slot that is bound to the module already. It
 * takes the lock of the index's home shard, claims the slot and writes the instance
 * state. It makes no system call, allocates nothing and writes no lock or cache line
 * that another thread writes.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "allocator/allocator.h"
#include "allocator/module_limits.h"
#include "base/padded_alloc.h"
#include "allocator/pooled_slot.h"
#include "base/error.h"
#include "base/pages.h"
#include "instance/state.h"

/* ---- allocate ------------------------------------------------------------------------ */

static int pooling_validate(struct shim_allocator *allocator, const struct shim_module *module)
{
	return shim_module_limits_check(module, &allocator->config);
}

/* All slots have the same layout, so that an area is as far from the state in each. */
static void *area_address(const struct shim_pooling *p, const struct shim_instance *instance,
			  uint32_t area)
{
	return (unsigned char *)instance->head + p->from_state[area];
}

static int instance_fill(struct shim_pooling *p, struct shim_instance *instance,
			 const struct shim_instance_request *request)
{
	const struct shim_binding *binding = p->slots[instance->slot].binding;
	const struct shim_snapshot *snapshot = binding->snapshot;
	const struct shim_module_desc *desc = &request->module->desc;
	unsigned char *tables = NULL;

	instance->started = snapshot != NULL;
	shim_instance_attach(instance, request);
	/* A snapshot's globals are in the state, and its sizes are applied below. */
	if (!snapshot)
		shim_instance_define(instance);
	for (uint32_t i = 0; i < desc->defined_memory_count; i++)
		shim_instance_set_memory(instance, i,
					 area_address(p, instance, p->layout.memory + i));
	if (desc->defined_table_count)
		tables = area_address(p, instance, p->layout.tables);
	for (uint32_t i = 0; i < desc->defined_table_count; i++)
		shim_instance_set_table(instance, i, tables + binding->table_offsets[i]);
	if (!snapshot)
		return shim_instance_evaluate(instance, request);
	shim_snapshot_apply(instance, snapshot);
	return 0;
}

/* Takes back a slot whose instance could not be filled: the caller keeps the host state. */
static void instance_unfill(struct shim_pooling *p, struct shim_instance *instance)
{
	instance->host_state = NULL;
	instance->host_state_drop = NULL;
	instance->phase = SHIM_INSTANCE_FREE;
	shim_pooled_reset(p, &instance->slot, 1);
}

static int pooling_allocate(struct shim_allocator *allocator,
			    const struct shim_instance_request *request, struct shim_instance **out)
{
	struct shim_pooling *p = shim_pooling(allocator);
	struct shim_instance *instance;
	uint32_t slot;
	int error = shim_pooled_prepare(p, request, &slot);

	if (error)
		return error;
	instance = &p->slots[slot].instance;
	error = instance_fill(p, instance, request);
	if (error) {
		instance_unfill(p, instance);
		return error;
	}
	*out = instance;
	return 0;
}

/* ---- deallocate ------------------------------------------------------------------------ */

static void pooling_deallocate(struct shim_instance *instance)
{
	struct shim_pooling *p = shim_pooling(instance->allocator);

	shim_instance_drop_host_state(instance);
	/* From shim_resets_add() on another thread may have the slot. */
	instance->phase = SHIM_INSTANCE_FREE;
	if (p->resets)
		shim_resets_add(p->resets, instance->slot);
	else
		shim_pooled_reset(p, &instance->slot, 1);
}

static void pooling_flush(struct shim_allocator *allocator)
{
	struct shim_pooling *p = shim_pooling(allocator);

	if (p->resets)
		shim_resets_flush(p->resets);
}

static int pooling_event(struct shim_allocator *allocator)
{
	return shim_resets_event(shim_pooling(allocator)->resets);
}

/*
 * From the first step on no slot is bound to the module's image any more. Slots that
 * wait or are with a thread of the allocator are reset, and then purged like other unused ones. A slot that the last step
 * does not find is not free yet; the thread that frees it sees the purge.
 */
static int pooling_purge_module(struct shim_allocator *allocator, uint64_t module)
{
	struct shim_pooling *p = shim_pooling(allocator);

	shim_binding_table_purge(&p->bindings, module);
	atomic_fetch_add(&p->purges, 1);
	pooling_flush(allocator);
	return shim_pooled_purge(p, module);
}

/* Unused slots that show the old image are given back as by a purge. */
static int pooling_snapshot(struct shim_instance *instance)
{
	struct shim_pooling *p = shim_pooling(instance->allocator);
	struct shim_snapshot *snapshot = shim_snapshot_take(instance);
	int error;

	if (!snapshot)
		return -ENOMEM;
	error = shim_binding_table_snapshot(&p->bindings, instance->module, instance->slot,
					    snapshot);
	if (error)
		return error;
	atomic_fetch_add(&p->purges, 1);
	pooling_flush(instance->allocator);
	/* A slot that cannot be given back is poisoned; the snapshot is made. */
	shim_pooled_purge(p, instance->module->id);
	return 0;
}

/* ---- sizes and counts ------------------------------------------------------------- */

static int area_resize(struct shim_instance *instance, uint32_t area, uint64_t limit)
{
	return shim_slot_resize(shim_pooling(instance->allocator)->pool, instance->slot, area,
				limit, NULL);
}

/* A memory grows by pages of WebAssembly, which are one page or more. */
static int pooling_memory_resize(struct shim_instance *instance, uint32_t defined, uint64_t length)
{
	const struct shim_area_layout *layout = &shim_pooling(instance->allocator)->layout;

	return area_resize(instance, layout->memory + defined,
			   shim_page_round_up(length, layout->page_size));
}

/* How far the area of the tables is open, if one of them has so many elements. */
static uint64_t tables_limit(struct shim_instance *instance, uint32_t defined, uint64_t elements)
{
	const struct shim_pooling *p = shim_pooling(instance->allocator);
	const struct shim_binding *binding = p->slots[instance->slot].binding;
	uint64_t limit = 0;

	for (uint32_t i = 0; i < instance->module->desc.defined_table_count; i++) {
		uint64_t length = i == defined ? elements :
						 shim_defined_table(instance, i)->current_elements;
		uint64_t end =
			shim_area_layout_table_end(&p->layout, binding->table_offsets[i], length);

		if (limit < end)
			limit = end;
	}
	return limit;
}

/* A table that grows within its last page, or before another, leaves the limit as it is. */
static int pooling_table_resize(struct shim_instance *instance, uint32_t defined, uint64_t elements)
{
	const struct shim_area_layout *layout = &shim_pooling(instance->allocator)->layout;
	uint64_t old = shim_defined_table(instance, defined)->current_elements;
	uint64_t limit = tables_limit(instance, defined, elements);

	if (limit == tables_limit(instance, defined, old))
		return 0;
	return area_resize(instance, layout->tables, limit);
}

static uint64_t pooling_memory_limit(struct shim_instance *instance, uint32_t defined)
{
	(void)defined;
	return instance->allocator->config.max_memory_size;
}

static uint64_t pooling_table_limit(struct shim_instance *instance, uint32_t defined)
{
	(void)defined;
	return instance->allocator->config.max_table_elements;
}

static void pooling_query(struct shim_allocator *allocator, struct shim_allocator_info *info)
{
	struct shim_pooling *p = shim_pooling(allocator);
	struct shim_slot_index_counts counts;

	info->waiting = p->resets ? shim_resets_count(p->resets) : 0;
	shim_slot_index_count(p->index, &counts);
	info->instances = counts.used > info->waiting ? counts.used - info->waiting : 0;
	info->unused_warm = counts.unused_warm;
	info->unused_cold = counts.unused_cold;
	info->poisoned = counts.poisoned;
	info->modules = shim_binding_table_count(&p->bindings);
	info->reset_error = atomic_load(&p->reset_error);
}

/* The counts of the index have slots that wait, and threads of the allocator change them. */
static uint32_t pooling_in_use(struct shim_allocator *allocator)
{
	struct shim_pooling *p = shim_pooling(allocator);
	uint32_t count = 0;

	for (uint32_t slot = 0; slot < allocator->config.instances; slot++)
		count += p->slots[slot].instance.phase != SHIM_INSTANCE_FREE;
	return count;
}

static struct shim_pool *pooling_pool(struct shim_allocator *allocator)
{
	return shim_pooling(allocator)->pool;
}

/* ---- create and destroy ------------------------------------------------------------ */

static void pooling_destroy(struct shim_allocator *allocator)
{
	struct shim_pooling *p = shim_pooling(allocator);
	bool is_child = !*allocator->mark;

	shim_resets_destroy(p->resets, is_child);
	shim_slot_index_destroy(p->index);
	/* Those of a child stay, for the same reason as the images of its pool. */
	if (!is_child) {
		for (uint32_t slot = 0; slot < allocator->config.instances; slot++)
			shim_binding_put(p->slots[slot].binding);
		shim_binding_table_uninit(&p->bindings);
	}
	shim_pool_destroy(p->pool);
	shim_allocator_free(&p->allocator, p->slots);
}

static const struct shim_allocator_ops pooling_ops = {
	.validate = pooling_validate,
	.allocate = pooling_allocate,
	.initialize = shim_instance_initialize,
	.deallocate = pooling_deallocate,
	.purge_module = pooling_purge_module,
	.snapshot = pooling_snapshot,
	.memory_resize = pooling_memory_resize,
	.table_resize = pooling_table_resize,
	.memory_limit = pooling_memory_limit,
	.table_limit = pooling_table_limit,
	.flush = pooling_flush,
	.event = pooling_event,
	.query = pooling_query,
	.in_use = pooling_in_use,
	.pool = pooling_pool,
	.destroy = pooling_destroy,
};

static struct shim_resets_config resets_config(const struct shim_allocator_config *config)
{
	return (struct shim_resets_config){
		.mode = config->reset_mode,
		.threads = config->reset_threads,
		.batch = config->reset_batch,
		.waiting = config->reset_waiting,
		.cpus_size = config->reset_cpus_size,
		.cpus = config->reset_cpus,
		.slots = config->instances,
		.reset = shim_pooled_reset,
	};
}

static int config_check(const struct shim_allocator_config *config)
{
	const struct shim_resets_config resets = resets_config(config);

	if (!config->instances)
		return shim_error_set(-EINVAL, "instances: the limit cannot be 0");
	return shim_resets_check(&resets);
}

/* The backends of pooling allocators, by kind of allocator. */
static const enum shim_backend backends[] = {
	[SHIM_ALLOCATOR_POOLING] = SHIM_BACKEND_BEST,
	[SHIM_ALLOCATOR_POOLING_DEVICE] = SHIM_BACKEND_DEVICE,
	[SHIM_ALLOCATOR_POOLING_MMAP] = SHIM_BACKEND_MMAP,
};

/* Of the backend that a pool has, which is never SHIM_BACKEND_BEST. */
static uint32_t kind_of(enum shim_backend backend)
{
	uint32_t kind = sizeof(backends) / sizeof(backends[0]) - 1;

	while (kind > SHIM_ALLOCATOR_POOLING && backends[kind] != backend)
		kind--;
	return kind;
}

static void distances_init(struct shim_pooling *p)
{
	const unsigned char *state = shim_slot_address(p->pool, 0, p->layout.state);

	for (uint32_t area = 0; area < p->layout.pool.area_count; area++)
		p->from_state[area] =
			(const unsigned char *)shim_slot_address(p->pool, 0, area) - state;
}

static int slots_create(struct shim_pooling *p)
{
	uint32_t count = p->allocator.config.instances;
	bool stack = p->layout.stack != SHIM_INDEX_NONE;

	p->slots = shim_padded_zalloc(count, sizeof(*p->slots));
	if (!p->slots)
		return shim_error_set(-ENOMEM, "instances %" PRIu32 ": no memory", count);
	distances_init(p);
	for (uint32_t slot = 0; slot < count; slot++) {
		struct shim_instance *instance = &p->slots[slot].instance;

		instance->allocator = &p->allocator;
		instance->slot = slot;
		instance->image_there = true;
		instance->head = shim_slot_address(p->pool, slot, p->layout.state);
		if (stack)
			instance->stack = shim_slot_address(p->pool, slot, p->layout.stack);
	}
	return 0;
}

static int index_create(struct shim_pooling *p)
{
	const struct shim_allocator_config *config = &p->allocator.config;
	struct shim_slot_index_config index = {
		.slots = config->instances,
		.max_unused_warm = config->max_unused_warm,
	};

	return shim_slot_index_create(&index, &p->index);
}

/* The last step of a creation: threads of the allocator run from here on. */
static int resets_create(struct shim_pooling *p)
{
	struct shim_resets_config config = resets_config(&p->allocator.config);

	if (!shim_resets_are_wanted(&config))
		return 0;
	config.context = p;
	return shim_resets_create(&config, &p->resets);
}

/* Creates the pool; from then on the allocator's kind is that of its backend. */
static int pool_create(struct shim_pooling *p)
{
	struct shim_allocator_config *config = &p->allocator.config;
	int error = shim_area_layout_init(&p->layout, config, p->allocator.page_size);

	if (error)
		return error;
	p->layout.pool.backend = backends[config->kind];
	error = shim_pool_create(&p->layout.pool, &p->pool);
	if (error)
		return shim_error_rename(error, "slots", "instances");
	config->kind = kind_of(shim_pool_backend(p->pool));
	return 0;
}

static struct shim_pooling *pooling_alloc(const struct shim_allocator_config *config,
					  uint64_t page_size)
{
	struct shim_pooling *p = shim_padded_zalloc(1, sizeof(*p));

	if (!p) {
		shim_error_set(-ENOMEM, "no memory for an allocator");
		return NULL;
	}
	p->allocator.ops = &pooling_ops;
	p->allocator.owner = getpid();
	p->allocator.page_size = page_size;
	p->allocator.config = *config;
	return p;
}

int shim_pooling_create(const struct shim_allocator_config *config, uint64_t page_size,
			struct shim_allocator **out)
{
	struct shim_pooling *p;
	int error = config_check(config);

	if (error)
		return error;
	p = pooling_alloc(config, page_size);
	if (!p)
		return -ENOMEM;
	error = shim_process_mark(&p->allocator.mark);
	if (error)
		goto free_pooling;
	error = pool_create(p);
	if (error)
		goto free_pooling;
	shim_binding_table_init(&p->bindings, p->pool, &p->layout);
	error = slots_create(p);
	if (error)
		goto destroy_pool;
	error = index_create(p);
	if (error)
		goto free_slots;
	error = resets_create(p);
	if (error)
		goto destroy_index;
	*out = &p->allocator;
	return 0;
destroy_index:
	shim_slot_index_destroy(p->index);
free_slots:
	free(p->slots);
destroy_pool:
	shim_binding_table_uninit(&p->bindings);
	shim_pool_destroy(p->pool);
free_pooling:
	free(p);
	return error;
}
