/* SPDX-License-Identifier: MIT */
/*
 * What the tests of the instance allocators share. They take the allocator as
 * their argument:
 *
 *	device		pooling on /dev/guardslot
 *	mmap		pooling on plain system calls
 *	ondemand	malloc() and mmap() for each instance
 *
 * Modules come from tests/instance/wat or from a struct shim_module_desc.
 */
#ifndef ALLOCATOR_TEST_H
#define ALLOCATOR_TEST_H

#include <signal.h>

#include "module_test.h"
#include "must.h"

#define PAGE UINT64_C(4096)
#define WASM_PAGE SHIM_WASM_PAGE

static inline bool allocator_is(const char *name)
{
	return test_argc > 1 && strcmp(test_argv[1], name) == 0;
}

static inline bool is_pooling(void)
{
	return !allocator_is("ondemand");
}

static inline bool is_device(void)
{
	return allocator_is("device");
}

static inline enum shim_allocator_kind kind_get(void)
{
	if (is_device())
		return SHIM_ALLOCATOR_POOLING_DEVICE;
	if (allocator_is("mmap"))
		return SHIM_ALLOCATOR_POOLING_MMAP;
	if (!allocator_is("ondemand"))
		test_fail("usage: %s device|mmap|ondemand", test_argv[0]);
	return SHIM_ALLOCATOR_ON_DEMAND;
}

/*
 * How often to do what threads do to one another. Emulated processors take long to
 * wait for each other's locks, and milliseconds for each flush of all TLBs, of which
 * there are many without the device.
 */
static inline int thread_rounds(int rounds)
{
	if (!getenv("GUARDSLOT_GUEST"))
		return rounds;
	return rounds / (is_device() ? 10 : 100);
}

/* ---- allocators ---------------------------------------------------------------- */

/* Small, with room for two of everything; a test changes what it is about. */
static inline struct shim_allocator_config config_small(void)
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

static inline struct shim_allocator *allocator_create(const struct shim_allocator_config *config)
{
	struct shim_allocator *allocator;

	must(shim_allocator_create(config, &allocator));
	return allocator;
}

static inline struct shim_allocator *allocator_small(void)
{
	struct shim_allocator_config config = config_small();

	return allocator_create(&config);
}

/* An allocator of one instance: on a pool the next one gets the same slot. */
static inline struct shim_allocator *allocator_single(void)
{
	struct shim_allocator_config config = config_small();

	config.instances = 1;
	return allocator_create(&config);
}

static inline struct shim_allocator_info info_of(struct shim_allocator *allocator)
{
	struct shim_allocator_info info;

	shim_allocator_query(allocator, &info);
	return info;
}

/* ---- instances ----------------------------------------------------------------- */

static inline struct shim_instance_request request_of(struct shim_module *module)
{
	return (struct shim_instance_request){
		.size = sizeof(struct shim_instance_request),
		.module = module,
	};
}

static inline struct shim_instance *instance_allocate(struct shim_allocator *allocator,
						      struct shim_module *module)
{
	struct shim_instance_request request = request_of(module);
	struct shim_instance *instance;

	must(shim_allocator_allocate(allocator, &request, &instance));
	return instance;
}

static inline struct shim_instance *instance_request(struct shim_allocator *allocator,
						     const struct shim_instance_request *request)
{
	struct shim_instance *instance;

	must(shim_allocator_allocate(allocator, request, &instance));
	must(shim_allocator_initialize(allocator, instance, 1));
	return instance;
}

/* A module without imports, with bulk memory. */
static inline struct shim_instance *instance_new(struct shim_allocator *allocator,
						 struct shim_module *module)
{
	struct shim_instance_request request = request_of(module);

	return instance_request(allocator, &request);
}

static inline int allocate_error(struct shim_allocator *allocator, struct shim_module *module)
{
	struct shim_instance_request request = request_of(module);
	struct shim_instance *instance;

	return shim_allocator_allocate(allocator, &request, &instance);
}

/* ---- memories and tables ---------------------------------------------------------- */

static inline volatile unsigned char *memory_at(const struct shim_instance *instance,
						uint32_t memory)
{
	struct shim_vm_memory *found = shim_instance_memory(instance, memory);

	test_ok(found);
	return found->base;
}

static inline uint64_t memory_length(const struct shim_instance *instance, uint32_t memory)
{
	struct shim_vm_memory *found = shim_instance_memory(instance, memory);

	test_ok(found);
	return found->current_length;
}

static inline void memory_is(const struct shim_instance *instance, uint32_t memory,
			     unsigned char value)
{
	test_bytes((const void *)memory_at(instance, memory), value,
		   memory_length(instance, memory));
}

static inline void memory_fill(const struct shim_instance *instance, uint32_t memory, int value)
{
	memset((void *)memory_at(instance, memory), value, memory_length(instance, memory));
}

static inline void text_is(const struct shim_instance *instance, uint64_t at, const char *text)
{
	test_mem((const void *)(memory_at(instance, 0) + at), text, strlen(text));
}

static inline void touches_fault(volatile unsigned char *at)
{
	test_signal(SIGSEGV, at, *at);
	test_signal(SIGSEGV, at, *at = 1);
}

static inline void *table_at(struct shim_instance *instance, uint32_t table, uint32_t index)
{
	void *value;

	must(shim_table_get(instance, table, index, &value));
	return value;
}

static inline uint32_t table_length(const struct shim_instance *instance, uint32_t table)
{
	struct shim_vm_table *found = shim_instance_table(instance, table);

	test_ok(found);
	return found->current_elements;
}

/* ---- modules ------------------------------------------------------------------------ */

/* One memory of so many pages, and nothing else. */
static inline struct shim_module *module_memory(uint64_t minimum, uint64_t maximum)
{
	struct shim_memory_plan memory = {
		.flags = SHIM_PLAN_MAXIMUM,
		.minimum = minimum,
		.maximum = maximum,
	};
	struct shim_module_desc desc = {
		.size = sizeof(desc),
		.memory_count = 1,
		.memories = &memory,
	};

	return module_create(&desc);
}

/* One table of so many elements, and nothing else. */
static inline struct shim_module *module_table(uint64_t minimum, uint64_t maximum)
{
	struct shim_table_plan table = {
		.type = SHIM_TYPE_FUNCREF,
		.flags = SHIM_PLAN_MAXIMUM,
		.minimum = minimum,
		.maximum = maximum,
	};
	struct shim_module_desc desc = {
		.size = sizeof(desc),
		.table_count = 1,
		.tables = &table,
	};

	return module_create(&desc);
}

/* One memory with a text in it. */
static inline struct shim_module *module_text(uint64_t pages, uint32_t at, const char *text)
{
	struct shim_const_instr offset = { .op = SHIM_CONST_I32, .bits = { at } };
	struct shim_memory_plan memory = { .minimum = pages };
	struct shim_data_segment data = {
		.offset = { &offset, 1 },
		.bytes = text,
		.length = strlen(text),
	};
	struct shim_module_desc desc = {
		.size = sizeof(desc),
		.memory_count = 1,
		.memories = &memory,
		.data_count = 1,
		.data = &data,
	};

	return module_create(&desc);
}

/* The index that an export of the module stands for. */
static inline uint32_t export_index(const struct shim_module *module, const char *name)
{
	const struct shim_module_desc *desc = shim_module_desc(module);

	for (uint32_t i = 0; i < desc->export_count; i++)
		if (strcmp(desc->exports[i].name.bytes, name) == 0)
			return desc->exports[i].index;
	test_fail("no export %s", name);
}

#endif /* ALLOCATOR_TEST_H */
