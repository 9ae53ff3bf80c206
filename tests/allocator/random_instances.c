// SPDX-License-Identifier: MIT
// Over random modules, growth, writes and purges each instance is as its module says, always.
#include "allocator_test.h"
#include "soak.h"
#include "random.h"

#define MODULES 6
#define MOST 12

struct expected {
	struct shim_module *module;
	uint32_t memories;
	uint64_t pages[2];
	uint64_t maximum[2];
	uint32_t tables;
	uint32_t elements[2];
	uint32_t at[2]; /* of a text in each memory */
	bool sparse;	/* no static image */
};

struct live {
	struct shim_instance *instance;
	struct expected *expected;
	uint64_t pages[2];
	unsigned char mark; /* written to each memory's last byte when not 0 */
};

static const char text[] = "sixteen of bytes";
static uint64_t seed;

static uint32_t below(uint32_t bound)
{
	return random_below(&seed, bound);
}

static void expected_init(struct expected *e)
{
	struct shim_memory_plan memories[2] = { 0 };
	struct shim_table_plan tables[2] = { 0 };
	struct shim_data_segment data[2] = { 0 };
	struct shim_module_desc desc = { .size = sizeof(desc) };

	e->memories = below(3);
	e->tables = below(3);
	e->sparse = below(2);
	for (uint32_t i = 0; i < e->memories; i++) {
		e->pages[i] = 1 + below(8);
		e->maximum[i] = e->pages[i] + below(20);
		e->at[i] = below((uint32_t)(e->pages[i] * WASM_PAGE - sizeof(text)));
		memories[i] = (struct shim_memory_plan){
			.flags = SHIM_PLAN_MAXIMUM,
			.minimum = e->pages[i],
			.maximum = e->maximum[i],
		};
		data[i] = (struct shim_data_segment){
			.memory = i,
			.offset = { .op = SHIM_CONST_I32, .bits = e->at[i] },
			.bytes = text,
			.length = sizeof(text),
		};
	}
	for (uint32_t i = 0; i < e->tables; i++) {
		e->elements[i] = below(1001);
		tables[i].type = SHIM_TYPE_FUNCREF;
		tables[i].minimum = e->elements[i];
	}
	desc.defined_memories = memories;
	desc.defined_memory_count = e->memories;
	desc.defined_tables = tables;
	desc.defined_table_count = e->tables;
	desc.data = data;
	desc.data_count = below(4) ? e->memories : 0;
	desc.sparse_image = e->sparse ? 1 : 0;
	if (!desc.data_count)
		e->at[0] = e->at[1] = UINT32_MAX;
	e->module = module_create(&desc);
}

/* Every byte of the memory, before anything was written to it. */
static void memory_check(struct live *live, uint32_t i)
{
	const struct expected *e = live->expected;
	volatile unsigned char *base = memory_at(live->instance, i);
	uint64_t length = e->pages[i] * WASM_PAGE, end = 0;

	test_eq(memory_length(live->instance, i), length);
	if (e->at[i] != UINT32_MAX) {
		test_bytes((const void *)base, 0, e->at[i]);
		test_mem((const void *)(base + e->at[i]), text, sizeof(text));
		end = e->at[i] + sizeof(text);
	}
	test_bytes((const void *)(base + end), 0, length - end);
	touches_fault(base + length);
	touches_fault(base - 1);
}

static void live_start(struct shim_allocator *allocator, struct live *live, struct expected *e)
{
	struct shim_instance_request request = request_of(e->module);

	*live = (struct live){ .expected = e };
	must(shim_allocator_allocate(allocator, &request, &live->instance));
	must(shim_allocator_initialize(allocator, live->instance, (int)below(2)));
	for (uint32_t i = 0; i < e->memories; i++) {
		live->pages[i] = e->pages[i];
		memory_check(live, i);
	}
	for (uint32_t i = 0; i < e->tables; i++) {
		test_eq(table_length(live->instance, i), e->elements[i]);
		for (uint32_t j = 0; j < e->elements[i]; j++)
			test_eq(table_at(live->instance, i, j), 0);
	}
	test_bytes(shim_instance_stack(live->instance, NULL), 0, 4 * PAGE);
}

static void live_grow(struct live *live, uint32_t i)
{
	uint64_t most = live->expected->maximum[i], delta = below(10), old;

	if (is_pooling() && most > 16)
		most = 16;
	if (live->pages[i] + delta > most) {
		test_err(-ENOSPC, shim_memory_grow(live->instance, i, delta, &old));
		return;
	}
	must(shim_memory_grow(live->instance, i, delta, &old));
	test_eq(old, live->pages[i]);
	test_bytes((const void *)(memory_at(live->instance, i) + old * WASM_PAGE), 0,
		   delta * WASM_PAGE);
	live->pages[i] += delta;
}

/* Uses an instance, and looks whether what was written before is there. */
static void live_use(struct live *live)
{
	const struct expected *e = live->expected;

	for (uint32_t i = 0; i < e->memories; i++) {
		volatile unsigned char *base = memory_at(live->instance, i);

		if (live->mark)
			test_eq(base[e->pages[i] * WASM_PAGE - 1], live->mark);
		live_grow(live, i);
		for (uint32_t j = 0; j < 20; j++)
			base[below((uint32_t)(live->pages[i] * WASM_PAGE))] = 0xff;
		base[e->pages[i] * WASM_PAGE - 1] = 0x55;
	}
	for (uint32_t i = 0; i < e->tables; i++)
		must(shim_table_fill(live->instance, i, 0, (void *)1, e->elements[i]));
	if (below(2))
		memset(shim_instance_stack(live->instance, NULL), 1, 4 * PAGE);
	live->mark = 0x55;
}

static void run(uint32_t instances, uint32_t batch, uint32_t rounds)
{
	struct shim_allocator_config config = config_small();
	struct expected modules[MODULES];
	struct shim_allocator *allocator;
	struct live live[MOST];
	uint32_t count = 0;

	config.instances = instances;
	config.reset_batch = batch;
	config.max_unused_warm = below(instances + 2);
	config.keep_resident = below(3) * 4 * PAGE;
	allocator = allocator_create(&config);
	for (int i = 0; i < MODULES; i++)
		expected_init(&modules[i]);
	for (uint32_t round = 0; round < rounds; round++) {
		uint32_t at = below(MOST);

		if (at >= count && count < instances)
			live_start(allocator, &live[count++], &modules[below(MODULES)]);
		else if (at < count && below(2))
			live_use(&live[at]);
		else if (at < count) {
			shim_allocator_deallocate(allocator, live[at].instance);
			live[at] = live[--count];
		}
		if (!below(50))
			must(shim_allocator_purge_module(allocator,
							 modules[below(MODULES)].module));
		test_eq(info_of(allocator).instances, count);
	}
	while (count)
		shim_allocator_deallocate(allocator, live[--count].instance);
	test_eq(info_of(allocator).poisoned, 0);
	must(shim_allocator_destroy(allocator));
	for (int i = 0; i < MODULES; i++)
		shim_module_destroy(modules[i].module);
}

TEST("in pools of 1 to 12 slots, alone and in batches")
{
	/* An emulated processor is slow, and the host runs all of them over mmap. */
	uint64_t first = soak_start(getenv("GUARDSLOT_GUEST") ? 6 : 24);
	long round;

	for (round = 0; soak_goes_on(round); round++) {
		uint32_t number = (uint32_t)(first + (uint64_t)round);

		seed = number;
		run(1 + number % MOST, number % 3 * 3, 150);
	}
	soak_end(round);
}

TEST_MAIN()
