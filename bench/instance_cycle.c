// SPDX-License-Identifier: MIT
/*
 * The life of an instance in libshim's allocators: allocate, initialize, write
 * some pages, deallocate.
 */
#include <libshim.h>

#include "instance.h"
#include "measure.h"
#include "result.h"

#define WRITTEN 16

#define HELLO 1024

/* @batch: instances that wait for a reset together, and are made in a cycle */
struct candidate {
	const char *name;
	enum shim_allocator_kind kind;
	uint32_t batch;
};

static const struct candidate candidates[] = {
	{ "guardslot_bulk", SHIM_ALLOCATOR_POOLING_DEVICE, BULK },
	{ "guardslot", SHIM_ALLOCATOR_POOLING_DEVICE, 1 },
	{ "pooling_mmap", SHIM_ALLOCATOR_POOLING_MMAP, 1 },
	{ "on_demand", SHIM_ALLOCATOR_ON_DEMAND, 1 },
};

struct cycle {
	struct shim_allocator *allocator;
	struct shim_module *module;
	struct shim_instance *instances[BULK];
	uint32_t count;
};

static struct shim_instance *instance_new(struct cycle *cycle)
{
	struct shim_instance_request request = {
		.size = sizeof(request),
		.module = cycle->module,
	};
	struct shim_instance *instance;

	must(shim_allocator_allocate(cycle->allocator, &request, &instance));
	must(shim_allocator_initialize(cycle->allocator, instance, 1));
	return instance;
}

static volatile uint8_t *memory_of(const struct shim_instance *instance)
{
	return shim_instance_memory(instance, 0)->base;
}

static void instance_cycle(void *data)
{
	struct cycle *cycle = data;
	size_t step = page_size + 1;

	for (uint32_t i = 0; i < cycle->count; i++) {
		struct shim_instance *instance = instance_new(cycle);
		volatile uint8_t *memory = memory_of(instance);

		/* Another byte of each page. */
		for (uint32_t page = 0; page < WRITTEN; page++, memory += step)
			*memory = 0xee;
		cycle->instances[i] = instance;
	}
	for (uint32_t i = 0; i < cycle->count; i++)
		shim_allocator_deallocate(cycle->allocator, cycle->instances[i]);
}

static void check_memory(const uint8_t *memory)
{
	for (size_t i = 0; i < WRITTEN * page_size; i++) {
		size_t at = i - HELLO;
		uint8_t want = at < 11 ? (uint8_t) "hello world"[at] : 0;

		if (memory[i] != want)
			die("byte %zu of a new instance is %u", i, memory[i]);
	}
}

/* The next instance must find its memory as the module has it. */
static void instance_check(void *data)
{
	struct cycle *cycle = data;
	struct shim_instance *instance = instance_new(cycle);

	check_memory((const uint8_t *)memory_of(instance));
	shim_allocator_deallocate(cycle->allocator, instance);
	shim_allocator_flush(cycle->allocator);
}

static void measure_candidate(const struct candidate *candidate, struct shim_module *module)
{
	struct shim_allocator_config config;
	struct cycle cycle = { .module = module, .count = candidate->batch };
	struct job job = {
		.data = &cycle,
		.units = candidate->batch,
		.cycle = instance_cycle,
		.check = instance_check,
	};

	if (!is_wanted(candidate->name))
		return;
	shim_allocator_config_init(&config, candidate->kind);
	config.instances = 2 * BULK;
	config.reset_batch = candidate->batch;
	must(shim_allocator_create(&config, &cycle.allocator));
	measure_job(candidate->name, &job);
	must(shim_allocator_purge_module(cycle.allocator, module));
	shim_allocator_destroy(cycle.allocator);
}

static void run_instance_cycle(void)
{
	struct shim_module *module = module_create();

	result_begin("instance_cycle");
	result_param("pages", WRITTEN);
	for (size_t i = 0; i < ARRAY_SIZE(candidates); i++)
		measure_candidate(&candidates[i], module);
	result_end();
	shim_module_destroy(module);
}

const struct scenario scenario_instance_cycle = { "instance_cycle", run_instance_cycle };
