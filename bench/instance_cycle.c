// SPDX-License-Identifier: MIT
/*
 * The life of an instance in libshim's allocators: allocate, initialize, write
 * some pages, deallocate.
 */
#include <stdlib.h>
#include <string.h>

#include <libshim.h>

#include "measure.h"
#include "result.h"

#define WRITTEN 16

/*
 * (module
 *   (func $a (export "a") (result i32) i32.const 1)
 *   (func $b (param i32) (result i32) local.get 0)
 *   (memory (export "memory") 64 128)
 *   (table (export "table") 10 20 funcref)
 *   (global (export "stack") (mut i32) (i32.const 65536))
 *   (global (export "heap") i32 (i32.const 131072))
 *   (elem (i32.const 2) func $a $b)
 *   (data (i32.const 1024) "hello world")
 *   (data (i32.const 70000) "and again"))
 */
static const uint8_t module_bytes[] = {
	0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, 0x01, 0x0a, 0x02, 0x60, 0x00, 0x01,
	0x7f, 0x60, 0x01, 0x7f, 0x01, 0x7f, 0x03, 0x03, 0x02, 0x00, 0x01, 0x04, 0x05, 0x01,
	0x70, 0x01, 0x0a, 0x14, 0x05, 0x05, 0x01, 0x01, 0x40, 0x80, 0x01, 0x06, 0x0f, 0x02,
	0x7f, 0x01, 0x41, 0x80, 0x80, 0x04, 0x0b, 0x7f, 0x00, 0x41, 0x80, 0x80, 0x08, 0x0b,
	0x07, 0x25, 0x05, 0x01, 0x61, 0x00, 0x00, 0x06, 0x6d, 0x65, 0x6d, 0x6f, 0x72, 0x79,
	0x02, 0x00, 0x05, 0x74, 0x61, 0x62, 0x6c, 0x65, 0x01, 0x00, 0x05, 0x73, 0x74, 0x61,
	0x63, 0x6b, 0x03, 0x00, 0x04, 0x68, 0x65, 0x61, 0x70, 0x03, 0x01, 0x09, 0x08, 0x01,
	0x00, 0x41, 0x02, 0x0b, 0x02, 0x00, 0x01, 0x0a, 0x0b, 0x02, 0x04, 0x00, 0x41, 0x01,
	0x0b, 0x04, 0x00, 0x20, 0x00, 0x0b, 0x0b, 0x22, 0x02, 0x00, 0x41, 0x80, 0x08, 0x0b,
	0x0b, 0x68, 0x65, 0x6c, 0x6c, 0x6f, 0x20, 0x77, 0x6f, 0x72, 0x6c, 0x64, 0x00, 0x41,
	0xf0, 0xa2, 0x04, 0x0b, 0x09, 0x61, 0x6e, 0x64, 0x20, 0x61, 0x67, 0x61, 0x69, 0x6e,
};

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

static void must(int error)
{
	if (error)
		die("%s: %s", strerror(-error), shim_error());
}

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
	struct shim_module *module;

	must(shim_module_parse(module_bytes, sizeof(module_bytes), &module));
	result_begin("instance_cycle");
	result_param("pages", WRITTEN);
	for (size_t i = 0; i < ARRAY_SIZE(candidates); i++)
		measure_candidate(&candidates[i], module);
	result_end();
	shim_module_destroy(module);
}

const struct scenario scenario_instance_cycle = { "instance_cycle", run_instance_cycle };
