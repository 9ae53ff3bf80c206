// SPDX-License-Identifier: MIT
// The areas of an instance have room for the limits, do not overlap, and are guarded as configured.
#include "test.h"

#include "allocator/area_layout.h"
#include "backend/layout.h"
#include "random.h"

static uint64_t pages_of(uint64_t bytes)
{
	return (bytes + PAGE - 1) / PAGE * PAGE;
}

static struct shim_allocator_config config_known(void)
{
	return (struct shim_allocator_config){
		.size = sizeof(struct shim_allocator_config),
		.instances = 10,
		.max_memories = 2,
		.max_tables = 3,
		.max_table_elements = 600,
		.max_memory_size = 160 << 16,
		.memory_reserve = UINT64_C(4) << 30,
		.memory_guard = 32 << 20,
		.memory_pre_guard = 1 << 20,
		.max_instance_size = 5000,
		.stack_size = 1,
	};
}

TEST("the areas of a known config")
{
	struct shim_allocator_config config = config_known();
	struct shim_area_layout layout;
	const struct shim_area_config *areas = layout.pool.areas;

	test_success(shim_area_layout_init(&layout, &config, PAGE));
	test_eq(layout.pool.size, sizeof(layout.pool));
	test_eq(layout.pool.slots, 10);
	test_eq(layout.pool.area_count, 5);
	test_eq(layout.pool.pre_guard, 1 << 20);
	test_eq(layout.memory, 0);
	test_eq(layout.tables, 2);
	test_eq(layout.table_size, pages_of(600 * sizeof(void *)));
	test_eq(layout.state, 3);
	test_eq(layout.stack, 4);
	for (uint32_t i = 0; i < 2; i++) {
		test_eq(areas[i].reserve, UINT64_C(4) << 30);
		test_eq(areas[i].max, 160 << 16);
		test_eq(areas[i].guard, 32 << 20);
	}
	test_eq(areas[2].max, 3 * pages_of(600 * sizeof(void *)));
	test_eq(areas[2].guard, PAGE);
	test_eq(areas[3].max, pages_of(5000));
	test_eq(areas[4].max, PAGE);
	/* What lies before the memories of the next slot. */
	test_eq(areas[4].guard, 1 << 20);
	for (uint32_t i = 0; i < 5; i++)
		test_eq(areas[i].initial, 0);
}

TEST("without a stack, tables or memories their areas are not there")
{
	struct shim_allocator_config config = config_known();
	struct shim_area_layout layout;

	config.stack_size = 0;
	test_success(shim_area_layout_init(&layout, &config, PAGE));
	test_eq(layout.pool.area_count, 4);
	test_eq(layout.stack, SHIM_INDEX_NONE);
	test_eq(layout.pool.areas[3].guard, 1 << 20);
	config.max_tables = 0;
	config.max_memories = 0;
	config.max_instance_size = 0;
	test_success(shim_area_layout_init(&layout, &config, PAGE));
	test_eq(layout.pool.area_count, 1);
	test_eq(layout.state, 0);
	test_eq(layout.pool.areas[0].reserve, PAGE);
	test_eq(layout.pool.areas[0].max, 0);
}

TEST("the default config has a memory, the tables and the state")
{
	struct shim_allocator_config config;
	struct shim_area_layout layout;

	shim_allocator_config_init(&config, SHIM_ALLOCATOR_POOLING);
	test_success(shim_area_layout_init(&layout, &config, PAGE));
	test_eq(layout.pool.area_count, 3);
	test_eq(layout.memory, 0);
	test_eq(layout.tables, 1);
	test_eq(layout.state, 2);
	test_eq(layout.stack, SHIM_INDEX_NONE);
}

TEST("17 areas are too many, and sizes over 64 bits are found")
{
	struct shim_allocator_config config = config_known();
	struct shim_area_layout layout;

	config.max_memories = 13;
	test_success(shim_area_layout_init(&layout, &config, PAGE));
	config.max_memories = 14;
	test_err(-EINVAL, shim_area_layout_init(&layout, &config, PAGE));
	config.max_memories = UINT32_MAX;
	test_err(-EINVAL, shim_area_layout_init(&layout, &config, PAGE));
	for (int field = 0; field < 7; field++) {
		uint64_t *fields[] = {
			&config.max_memory_size,  &config.memory_reserve,    &config.memory_guard,
			&config.memory_pre_guard, &config.max_instance_size, &config.stack_size,
			&config.max_resident,
		};

		config = config_known();
		*fields[field] = UINT64_MAX - PAGE + 2;
		test_err(-EOVERFLOW, shim_area_layout_init(&layout, &config, PAGE));
		*fields[field] = UINT64_MAX - PAGE + 1;
		test_success(shim_area_layout_init(&layout, &config, PAGE));
	}
}

TEST("tables are in one area, one behind the other, and those that may grow come last")
{
	const struct shim_table_plan plans[] = {
		{ .maximum = UINT64_MAX }, { .minimum = 4, .maximum = 4 },
		{ .maximum = 0 },	   { .maximum = 1 + PAGE / 8 },
		{ .maximum = 600 },
	};
	const struct shim_module_desc desc = { .defined_tables = plans,
					       .defined_table_count = ARRAY_SIZE(plans) };
	struct shim_allocator_config config = config_known();
	struct shim_area_layout layout;
	uint64_t at[ARRAY_SIZE(plans)];

	config.max_tables = ARRAY_SIZE(plans);
	config.max_table_elements = PAGE; /* 8 pages */
	test_success(shim_area_layout_init(&layout, &config, PAGE));
	test_eq(layout.table_size, 8 * PAGE);
	shim_area_layout_place(&layout, &desc, at);
	test_eq(at[1], 0);
	test_eq(at[2], PAGE);
	test_eq(at[3], PAGE);
	test_eq(at[4], 3 * PAGE);
	test_eq(at[0], at[4] + pages_of(600 * 8));
	test_ok(at[0] + layout.table_size <= layout.pool.areas[layout.tables].max);
}

TEST("tables over 64 bits are found")
{
	struct shim_allocator_config config = config_known();
	struct shim_area_layout layout;

	config.max_table_elements = UINT32_MAX;
	config.max_tables = UINT32_MAX;
	test_err(-EOVERFLOW, shim_area_layout_init(&layout, &config, PAGE));
}

static uint64_t seed = 1;

/* Numbers of all magnitudes below 2^bits. */
static uint64_t any(unsigned int bits)
{
	random_next(&seed);
	return (seed >> 8) & ((UINT64_C(1) << (seed >> 57) % (bits + 1)) - 1);
}

/* The space before byte 0 of an area that holds nothing, in any slot but the first. */
static uint64_t gap_before(const struct shim_pool_config *pool, uint32_t area)
{
	const struct shim_area_config *before =
		&pool->areas[area ? area - 1 : pool->area_count - 1];

	return before->reserve - before->max + before->guard;
}

static void check_random(uint64_t page)
{
	struct shim_allocator_config config = {
		.instances = 1 + (uint32_t)any(10),
		.max_memories = (uint32_t)any(2),
		.max_tables = (uint32_t)any(2),
		.max_table_elements = (uint32_t)any(32),
		.max_memory_size = any(34),
		.memory_reserve = any(34),
		.memory_guard = any(32),
		.memory_pre_guard = any(32),
		.max_instance_size = any(24),
		.stack_size = any(24),
	};
	struct shim_area_layout layout;
	const struct shim_pool_config *pool = &layout.pool;
	struct shim_layout slab;
	uint32_t i;

	test_success(shim_area_layout_init(&layout, &config, page));
	test_ok(pool->area_count <= SHIM_MAX_AREAS);
	for (i = 0; i < pool->area_count; i++) {
		const struct shim_area_config *area = &pool->areas[i];

		test_eq((area->reserve | area->guard | area->max | area->initial) % page, 0);
		test_ok(area->reserve > 0 && area->max <= area->reserve);
		test_ok(area->max < area->reserve || area->guard >= page ||
			i < config.max_memories);
	}
	for (i = 0; i < config.max_memories; i++) {
		const struct shim_area_config *area = &pool->areas[layout.memory + i];

		test_ok(area->max >= config.max_memory_size);
		test_ok(area->max < config.max_memory_size + page);
		test_ok(area->reserve >= config.memory_reserve);
		test_ok(area->guard >= config.memory_guard);
	}
	test_ok(gap_before(pool, 0) >= config.memory_pre_guard);
	test_ok(pool->pre_guard >= config.memory_pre_guard);
	if (config.max_tables)
		test_ok(pool->areas[layout.tables].max >=
			config.max_table_elements * 8ULL * config.max_tables);
	test_ok(pool->areas[layout.state].max >= config.max_instance_size);
	if (config.stack_size) {
		test_ok(pool->areas[layout.stack].max >= config.stack_size);
		test_ok(gap_before(pool, layout.stack) >= page);
	}
	/* And the pool makes a slab of it that is as long as its slots. */
	test_success(shim_layout_init(&slab, pool, UINT64_MAX));
	test_eq(slab.map_size, pool->pre_guard + pool->slots * slab.stride);
}

TEST("of 20000 random configs, with pages of 4, 16 and 64 KiB")
{
	for (int round = 0; round < 20000; round++)
		check_random(UINT64_C(4) << (10 + round % 3 * 2));
}

TEST_MAIN()
