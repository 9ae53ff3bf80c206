// SPDX-License-Identifier: MIT
/* Makes allocators of the kind that is in the arguments. */
#include "allocators.h"

#include "must.h"

bool allocator_is(const char *name)
{
	return test_argc > 1 && strcmp(test_argv[1], name) == 0;
}

bool is_pooling(void)
{
	return !allocator_is("ondemand");
}

bool is_device(void)
{
	return allocator_is("device");
}

enum shim_allocator_kind kind_get(void)
{
	if (is_device())
		return SHIM_ALLOCATOR_POOLING_DEVICE;
	if (allocator_is("mmap"))
		return SHIM_ALLOCATOR_POOLING_MMAP;
	if (!allocator_is("ondemand"))
		test_fail("usage: %s device|mmap|ondemand", test_argv[0]);
	return SHIM_ALLOCATOR_ON_DEMAND;
}

int thread_rounds(int rounds)
{
	if (!getenv("GUARDSLOT_GUEST"))
		return rounds;
	return rounds / (is_device() ? 10 : 100);
}

struct shim_allocator_config config_small(void)
{
	struct shim_allocator_config config;

	shim_allocator_config_init(&config, kind_get());
	config.instances = 4;
	config.max_memories = 2;
	config.max_tables = 2;
	config.max_table_elements = 1000;
	config.max_memory_size = 16 * WASM_PAGE;
	config.memory_reserve = 32 * WASM_PAGE;
	config.memory_guard = 4 * WASM_PAGE;
	config.memory_pre_guard = 2 * WASM_PAGE;
	config.max_instance_size = 4 * PAGE;
	config.stack_size = 4 * PAGE;
	return config;
}

struct shim_allocator *allocator_create(const struct shim_allocator_config *config)
{
	struct shim_allocator *allocator;

	must(shim_allocator_create(config, &allocator));
	return allocator;
}

struct shim_allocator *allocator_small(void)
{
	struct shim_allocator_config config = config_small();

	return allocator_create(&config);
}

struct shim_allocator *allocator_single(void)
{
	struct shim_allocator_config config = config_small();

	config.instances = 1;
	return allocator_create(&config);
}

struct shim_allocator_info info_of(struct shim_allocator *allocator)
{
	struct shim_allocator_info info = { .size = sizeof(info) };

	must(shim_allocator_query(allocator, &info));
	return info;
}
