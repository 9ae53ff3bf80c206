// SPDX-License-Identifier: MIT
// An instance of eight memories and four tables, with a stack, is as its module says, each time.
#include "allocator_test.h"

#define MEMORIES 8
#define TABLES 4

static struct shim_allocator_config config_many(void)
{
	struct shim_allocator_config config = config_small();

	config.instances = 2;
	config.max_memories = MEMORIES;
	config.max_tables = TABLES;
	return config;
}

static void memory_check(struct shim_instance *instance, uint32_t memory)
{
	const uint64_t at = memory == 7 ? 65530 : 10 + memory;
	const char *text = format("memory %u", memory);
	uint64_t end = at + strlen(text), length = (memory == 7 ? 2 : 1) * WASM_PAGE;
	const unsigned char *base = (const void *)memory_at(instance, memory);

	test_eq(memory_length(instance, memory), length);
	test_bytes(base, 0, at);
	test_mem(base + at, text, strlen(text));
	test_bytes(base + end, 0, length - end);
	touches_fault(memory_at(instance, memory) + length);
}

static void table_check(struct shim_instance *instance, uint32_t table)
{
	test_eq(table_length(instance, table), 4 + table);
	for (uint32_t i = 0; i < 4 + table; i++)
		test_eq(table_at(instance, table, i),
			i == table ? shim_instance_func_ref(instance, table % 2) : NULL);
}

static void instance_check(struct shim_instance *instance)
{
	uint64_t length;

	for (uint32_t i = 0; i < MEMORIES; i++)
		memory_check(instance, i);
	for (uint32_t i = 0; i < TABLES; i++)
		table_check(instance, i);
	test_bytes(shim_instance_stack(instance, &length), 0, 4 * PAGE);
	test_eq(length, 4 * PAGE);
}

/* Everything grows, some of it as far as it can, and is written. */
static void instance_use(struct shim_instance *instance, uint32_t round)
{
	for (uint32_t i = 0; i < MEMORIES; i++) {
		uint64_t old;

		must(shim_memory_grow(instance, i, 1 + (i + round) % 2, &old));
		memory_fill(instance, i, (int)(0x11 * (i + 1)));
	}
	for (uint32_t i = 0; i < TABLES; i++) {
		void *b = shim_instance_func_ref(instance, 1);
		uint32_t old;

		must(shim_table_grow(instance, i, 1, b, &old));
		must(shim_table_fill(instance, i, 0, b, table_length(instance, i)));
	}
	memset(shim_instance_stack(instance, NULL), 0x77, 4 * PAGE);
	for (uint32_t i = 0; i < MEMORIES; i++)
		memory_is(instance, i, (unsigned char)(0x11 * (i + 1)));
}

TEST("in cycles, beside another instance")
{
	struct shim_allocator_config config = config_many();
	struct shim_allocator *allocator = allocator_create(&config);
	struct shim_module *module = module_load("instance/many");
	struct shim_instance *other;

	must(shim_allocator_validate(allocator, module));
	other = instance_new(allocator, module);
	for (uint32_t round = 0; round < 6; round++) {
		struct shim_instance *instance = instance_new(allocator, module);

		instance_check(instance);
		instance_use(instance, round);
		instance_check(other);
		shim_allocator_deallocate(allocator, instance);
	}
	shim_allocator_deallocate(allocator, other);
	must(shim_allocator_destroy(allocator));
	shim_module_destroy(module);
}

TEST("in turns with a module that has one of each")
{
	struct shim_allocator_config config = config_many();
	struct shim_allocator *allocator;
	struct shim_module *many = module_load("instance/many");
	struct shim_module *one = module_load("instance/instance");

	config.instances = 1;
	allocator = allocator_create(&config);
	for (uint32_t round = 0; round < 4; round++) {
		struct shim_instance *instance = instance_new(allocator, many);

		instance_check(instance);
		instance_use(instance, round);
		shim_allocator_deallocate(allocator, instance);
		instance = instance_new(allocator, one);
		text_is(instance, 16, "hello world");
		test_bytes((const void *)(memory_at(instance, 0) + 27), 0, WASM_PAGE - 27);
		memory_fill(instance, 0, 0x55);
		shim_allocator_deallocate(allocator, instance);
	}
	must(shim_allocator_destroy(allocator));
	shim_module_destroy(many);
	shim_module_destroy(one);
}

TEST_WHEN(is_pooling, "as a snapshot of an instance that was used")
{
	struct shim_allocator_config config = config_many();
	struct shim_allocator *allocator = allocator_create(&config);
	struct shim_module *module = module_load("instance/many");
	struct shim_instance *instance = instance_new(allocator, module);

	for (uint32_t i = 0; i < MEMORIES; i++)
		memory_fill(instance, i, (int)i + 1);
	must(shim_instance_snapshot(instance));
	for (uint32_t round = 0; round < 3; round++) {
		shim_allocator_deallocate(allocator, instance);
		instance = instance_new(allocator, module);
		for (uint32_t i = 0; i < MEMORIES; i++)
			memory_is(instance, i, (unsigned char)(i + 1));
		instance_use(instance, round);
	}
	shim_allocator_deallocate(allocator, instance);
	must(shim_allocator_destroy(allocator));
	shim_module_destroy(module);
}

TEST_MAIN()
