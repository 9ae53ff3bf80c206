// SPDX-License-Identifier: MIT
// Threads with instances of several modules never see one another's content, in any batch.
#include "allocator_test.h"
#include "soak.h"

#include <pthread.h>

#define THREADS 6
#define MODULES 4
#define HELD 5

static struct shim_allocator *allocator;
static struct shim_module *modules[MODULES];
static unsigned int first_seed;

struct held {
	struct shim_instance *instance;
	unsigned char mark;
};

static void held_start(struct held *held, unsigned int module, unsigned char mark, bool snapshot)
{
	held->instance = instance_new(allocator, modules[module]);
	held->mark = mark;
	text_is(held->instance, 10 + module, "text");
	test_eq(memory_length(held->instance, 0), (1 + module) * WASM_PAGE);
	for (uint64_t at = PAGE - 1; at < memory_length(held->instance, 0); at += PAGE)
		test_eq(memory_at(held->instance, 0)[at], 0);
	test_eq(table_at(held->instance, 0, 1), 0);
	/* The content is still the module's, so the snapshot changes nothing. */
	if (is_pooling() && snapshot)
		must(shim_instance_snapshot(held->instance));
	must(shim_table_set(held->instance, 0, 1, (void *)(uintptr_t)mark));
	for (uint64_t at = PAGE - 1; at < memory_length(held->instance, 0); at += PAGE)
		memory_at(held->instance, 0)[at] = mark;
	must(shim_memory_grow(held->instance, 0, mark % 3, NULL));
}

static void held_end(struct held *held)
{
	uint64_t length = memory_length(held->instance, 0) - held->mark % 3 * WASM_PAGE;

	for (uint64_t at = PAGE - 1; at < length; at += PAGE)
		test_eq(memory_at(held->instance, 0)[at], held->mark);
	test_eq(table_at(held->instance, 0, 1), held->mark);
	shim_allocator_deallocate(allocator, held->instance);
}

static void *churn(void *name)
{
	unsigned int me = (unsigned int)(uintptr_t)name, seed = first_seed * THREADS + me;
	struct held held[HELD] = { 0 };

	for (long round = 0; soak_goes_on(round); round++) {
		unsigned int at = (unsigned int)rand_r(&seed) % HELD;

		if (held[at].instance) {
			held_end(&held[at]);
			held[at].instance = NULL;
		} else {
			held_start(&held[at], (unsigned int)rand_r(&seed) % MODULES,
				   (unsigned char)(me + 10 * (round % 20) + 1),
				   rand_r(&seed) % 16 == 0);
		}
		if (round % 20 == (long)me)
			must(shim_allocator_purge_module(allocator, modules[me % MODULES]));
	}
	for (int i = 0; i < HELD; i++)
		if (held[i].instance)
			held_end(&held[i]);
	return NULL;
}

static struct shim_module *module_make(uint32_t number)
{
	struct shim_const_instr offset = { .op = SHIM_CONST_I32, .bits = 10 + number };
	struct shim_memory_plan memory = { .minimum = 1 + number };
	struct shim_table_plan table = { .type = SHIM_TYPE_FUNCREF, .minimum = 10 };
	struct shim_data_segment data = {
		.offset = offset,
		.bytes = "text",
		.length = 4,
	};
	struct shim_module_desc desc = {
		.size = sizeof(desc),
		.defined_memory_count = 1,
		.defined_memories = &memory,
		.defined_table_count = 1,
		.defined_tables = &table,
		.data_count = 1,
		.data = &data,
	};

	return module_create(&desc);
}

static void run(uint32_t instances, uint32_t batch)
{
	struct shim_allocator_config config = config_small();
	pthread_t threads[THREADS];

	first_seed = (unsigned int)soak_start(thread_rounds(1500));
	config.instances = instances;
	config.reset_batch = batch;
	config.max_unused_warm = instances / 2;
	allocator = allocator_create(&config);
	for (uint32_t i = 0; i < MODULES; i++)
		modules[i] = module_make(i);
	for (uintptr_t i = 0; i < THREADS; i++)
		test_eq(pthread_create(&threads[i], NULL, churn, (void *)(i + 1)), 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	shim_allocator_flush(allocator);
	test_eq(info_of(allocator).instances, 0);
	test_eq(info_of(allocator).poisoned, 0);
	for (uint32_t i = 0; i < MODULES; i++) {
		must(shim_allocator_purge_module(allocator, modules[i]));
		shim_module_destroy(modules[i]);
	}
	if (is_pooling())
		test_eq(info_of(allocator).unused_cold, instances);
	must(shim_allocator_destroy(allocator));
}

TEST("as many slots as instances at most")
{
	run(THREADS * HELD, 0);
}

TEST("as many slots as instances at most, reset in batches of 4")
{
	run(THREADS * HELD, 4);
}

TEST("many slots in several shards")
{
	run(300, 0);
}

TEST("many slots in several shards, reset in batches of 9")
{
	run(300, 9);
}

TEST_MAIN()
