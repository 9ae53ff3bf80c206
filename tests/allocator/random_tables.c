// SPDX-License-Identifier: MIT
// Whatever tables modules have and slots had before, a table is its instance's, and null at first.
#include "allocator_test.h"
#include "soak.h"
#include "random.h"

#define MODULES 5
#define TABLES 32
#define INSTANCES 3
#define ELEMENTS 1500 /* of a table at most: three pages of 4 KiB, and not all of the last */

/* A module, and with what sizes its instances begin. */
struct expected {
	struct shim_module *module;
	uint32_t tables;
	uint32_t minimum[TABLES];
	uint32_t first[TABLES]; /* the same, or of a snapshot, whose elements have a tag */
	uint32_t maximum[TABLES];
	uint32_t tag;
};

struct live {
	struct shim_instance *instance; /* NULL: none */
	struct expected *expected;
	uint32_t length[TABLES];
	uint32_t tag; /* of what all elements are; 0: they are null */
};

static uint64_t seed;
static uint32_t last_tag;

static uint32_t below(uint32_t bound)
{
	return random_below(&seed, bound);
}

/* No two elements that were ever written are the same, and none is an address. */
static void *value_of(uint32_t tag, uint32_t table, uint32_t at)
{
	if (!tag)
		return NULL;
	return (void *)((uintptr_t)1 << 63 | (uintptr_t)tag << 24 | table << 16 | at);
}

static void expected_init(struct expected *e)
{
	struct shim_table_plan plans[TABLES] = { 0 };
	struct shim_module_desc desc = { .size = sizeof(desc), .defined_tables = plans };

	*e = (struct expected){ .tables = below(TABLES + 1) };
	for (uint32_t i = 0; i < e->tables; i++) {
		e->maximum[i] = below(3) ? below(ELEMENTS + 1) : ELEMENTS;
		e->first[i] = below(4) ? below(e->maximum[i] + 1) : 0;
		plans[i].type = SHIM_TYPE_EXTERNREF;
		plans[i].flags = below(2) ? SHIM_PLAN_64 : 0;
		e->minimum[i] = e->first[i];
		plans[i].minimum = e->first[i];
		plans[i].maximum = e->maximum[i];
		if (e->maximum[i] < ELEMENTS || below(2))
			plans[i].flags |= SHIM_PLAN_MAXIMUM;
	}
	desc.defined_table_count = e->tables;
	e->module = module_create(&desc);
}

static void live_check(const struct live *live)
{
	for (uint32_t i = 0; i < live->expected->tables; i++) {
		test_eq(table_length(live->instance, i), live->length[i]);
		for (uint32_t j = 0; j < live->length[i]; j++)
			test_eq(table_at(live->instance, i, j), value_of(live->tag, i, j));
	}
}

static void live_start(struct shim_allocator *allocator, struct live *live, struct expected *e)
{
	*live = (struct live){ .instance = instance_new(allocator, e->module), .expected = e };
	memcpy(live->length, e->first, sizeof(live->length));
	live->tag = e->tag;
	live_check(live);
}

/* Elements that a table grows by are null, whoever had the memory before. */
static void table_grow(struct live *live, uint32_t table)
{
	uint32_t old = live->length[table], most = live->expected->maximum[table];
	uint32_t delta = below(2) ? below(most - old + 1) : below(10);

	if (old + delta > most) {
		if (is_pooling() || most < ELEMENTS)
			test_err(-ENOSPC,
				 shim_table_grow(live->instance, table, delta, NULL, NULL));
		return;
	}
	must(shim_table_grow(live->instance, table, delta, NULL, NULL));
	for (uint32_t j = old; j < old + delta; j++)
		test_eq(table_at(live->instance, table, j), 0);
	live->length[table] = old + delta;
}

static void live_write(struct live *live)
{
	for (uint32_t i = 0; i < live->expected->tables; i++)
		table_grow(live, below(live->expected->tables));
	live->tag = ++last_tag;
	for (uint32_t i = 0; i < live->expected->tables; i++)
		for (uint32_t j = 0; j < live->length[i]; j++)
			must(shim_table_set(live->instance, i, j, value_of(live->tag, i, j)));
	for (uint32_t i = 0; i < live->expected->tables; i++)
		test_err(-ERANGE, shim_table_set(live->instance, i, live->length[i], live));
}

static void snapshot(struct live *live)
{
	struct expected *e = live->expected;

	must(shim_instance_snapshot(live->instance));
	memcpy(e->first, live->length, sizeof(e->first));
	e->tag = live->tag;
}

static void purge(struct shim_allocator *allocator, struct expected *e)
{
	must(shim_allocator_purge_module(allocator, e->module));
	memcpy(e->first, e->minimum, sizeof(e->first));
	e->tag = 0;
}

static void step(struct shim_allocator *allocator, struct live *live, struct expected *modules)
{
	if (!live->instance) {
		live_start(allocator, live, &modules[below(MODULES)]);
		return;
	}
	live_check(live);
	switch (below(12)) {
	case 0:
		if (is_pooling())
			snapshot(live);
		break;
	case 1:
		purge(allocator, live->expected);
		break;
	case 2:
	case 3:
	case 4:
		shim_allocator_deallocate(allocator, live->instance);
		live->instance = NULL;
		break;
	default:
		live_write(live);
	}
}

static void run(uint32_t batch)
{
	struct shim_allocator_config config = config_small();
	struct expected modules[MODULES];
	struct live live[INSTANCES] = { 0 };
	struct shim_allocator *allocator;

	config.instances = INSTANCES;
	config.max_tables = TABLES;
	config.max_table_elements = ELEMENTS;
	config.max_instance_size = 4 * PAGE;
	config.reset_batch = batch;
	config.max_unused_warm = below(INSTANCES + 1);
	config.keep_resident = below(3) * 4 * PAGE;
	allocator = allocator_create(&config);
	for (int i = 0; i < MODULES; i++)
		expected_init(&modules[i]);
	for (int round = 0; round < 60; round++)
		step(allocator, &live[below(INSTANCES)], modules);
	for (int i = 0; i < INSTANCES; i++)
		if (live[i].instance)
			shim_allocator_deallocate(allocator, live[i].instance);
	must(shim_allocator_destroy(allocator));
	for (int i = 0; i < MODULES; i++)
		shim_module_destroy(modules[i].module);
}

TEST("of modules of 0 to 32 tables, that grow, have a snapshot or not, alone and in batches")
{
	uint64_t first = soak_start(getenv("GUARDSLOT_GUEST") ? 3 : 60);
	long round;

	for (round = 0; soak_goes_on(round); round++) {
		seed = first + (uint64_t)round;
		test_context("seed %" PRIu64, seed);
		run((uint32_t)(seed % 3));
	}
	soak_end(round);
}

TEST_MAIN()
