// SPDX-License-Identifier: MIT
// Each wrong value in a pool's config is refused with its errno and a message that names it.
#include "slot_test.h"

/* The config must fail; nothing is left of it. */
static void refused(const struct shim_pool_config *config, int error, const char *message)
{
	struct shim_pool *pool = NULL;

	must_fail(error, message, shim_pool_create(config, &pool));
	test_ok(!pool);
}

#define REFUSED(error, message, change)                            \
	do {                                                       \
		struct shim_pool_config config = config_default(); \
		change;                                            \
		refused(&config, error, message);                  \
	} while (0)

/* The config with this value in *field, which is called name. */
static void no_multiple(struct shim_pool_config *config, uint64_t *field, const char *name,
			uint64_t value)
{
	*field = value;
	refused(config, -EINVAL,
		format("%s %" PRIu64 " is not a multiple of the page size %zu", name, value, PAGE));
}

#define NO_MULTIPLE(name, field, value)                            \
	do {                                                       \
		struct shim_pool_config config = config_default(); \
		no_multiple(&config, &config.field, name, value);  \
	} while (0)

TEST("sizes that are no page multiple")
{
	NO_MULTIPLE("area 1: guard", areas[1].guard, PAGE - 1);
	NO_MULTIPLE("area 0: reserve", areas[0].reserve, 16 * PAGE + 1);
	NO_MULTIPLE("area 0: max", areas[0].max, 1);
	NO_MULTIPLE("area 1: initial", areas[1].initial, PAGE + PAGE / 2);
	NO_MULTIPLE("pre_guard", pre_guard, 100);
	NO_MULTIPLE("keep_resident", keep_resident, 5);
	NO_MULTIPLE("max_resident", max_resident, PAGE + 1);
}

TEST("counts out of range")
{
	REFUSED(-EINVAL, "slots 0 is not 1 to 1048576", config.slots = 0);
	REFUSED(-EINVAL, "slots 1048577 is not 1 to 1048576", config.slots = 1048577);
	REFUSED(-EINVAL, "area_count 0 is not 1 to 16", config.area_count = 0);
	REFUSED(-EINVAL, "area_count 17 is not 1 to 16", config.area_count = 17);
}

TEST("an area that does not fit into itself")
{
	REFUSED(-EINVAL, "area 1: reserve is 0",
		memset(&config.areas[1], 0, sizeof(config.areas[1])));
	REFUSED(-EINVAL, format("area 0: max %zu is over reserve %zu", 65 * PAGE, 64 * PAGE),
		config.areas[0].max = config.areas[0].reserve + PAGE);
	REFUSED(-EINVAL, format("area 1: initial %zu is over max %zu", 13 * PAGE, 12 * PAGE),
		config.areas[1].initial = config.areas[1].max + PAGE);
}

TEST("an area past the count")
{
	REFUSED(-EINVAL, "area 1 is not 0, area_count is 1", config.area_count = 1);
	REFUSED(-EINVAL, "area 15 is not 0, area_count is 2", config.areas[15].guard = PAGE);
}

/* The message ends in the length of the address space, which depends on the processor. */
static void too_long(const struct shim_pool_config *config)
{
	static const char message[] =
		"areas, pre_guard: one slot is longer than the address space of ";
	struct shim_pool *pool = NULL;

	test_err(-EOVERFLOW, shim_pool_create(config, &pool));
	test_ok(strncmp(shim_error(), message, strlen(message)) == 0);
	test_ok(!pool);
}

TEST("a slab longer than the address space, with and without wrapping around")
{
	struct shim_pool_config config = config_default();

	config.areas[0].reserve = UINT64_C(1) << 60;
	too_long(&config);
	config.areas[0].reserve = UINT64_C(1) << 62;
	too_long(&config);
	config.areas[0].reserve = -PAGE;
	too_long(&config);
	config = config_default();
	config.areas[1].guard = -PAGE;
	too_long(&config);
	config = config_default();
	config.pre_guard = -PAGE;
	too_long(&config);
}

TEST("of slots that do not fit the message says how many would")
{
	struct shim_pool_config config = config_default();
	unsigned long slot, most, space;
	unsigned int slots;
	struct shim_pool *pool;

	config.areas[0].reserve = UINT64_C(1) << 46;
	test_err(-EOVERFLOW, shim_pool_create(&config, &pool));
	test_eq(sscanf(shim_error(),
		       "slots %u: of %lu bytes each with the guards, %lu fit into the address "
		       "space of %lu bytes",
		       &slots, &slot, &most, &space),
		4);
	test_eq(slots, config.slots);
	test_ok(slot >= UINT64_C(1) << 46);
	test_eq(most, (space - config.pre_guard) / slot);
	test_ok(most < slots);
}

TEST("a wrong value is named before its consequence")
{
	REFUSED(-EINVAL, format("area 1: guard 1 is not a multiple of the page size %zu", PAGE),
		config.areas[0].reserve = -PAGE;
		config.areas[1].guard = 1);
}

TEST("a struct of another size")
{
	struct {
		struct shim_pool_config config;
		uint64_t tail;
	} longer = { .config = config_default() };
	struct shim_pool *pool;

	REFUSED(-EINVAL, "size 0 is under 552", config.size = 0);
	REFUSED(-EINVAL, "size 551 is under 552", config.size = 551);
	/* Without the flags, as the first version of the struct was. */
	longer.config.size = 552;
	longer.config.flags = UINT32_MAX;
	must(shim_pool_create(&longer.config, &pool));
	pool_destroy(pool);
	longer.config.flags = 0;
	longer.config.size = sizeof(longer);
	must(shim_pool_create(&longer.config, &pool));
	pool_destroy(pool);
	longer.tail = UINT64_C(1) << 40;
	refused(&longer.config, -E2BIG,
		"size 600 is over the 592 known here, and byte 597 is not 0");
}

TEST("who resets, and when")
{
	REFUSED(-EINVAL, "reset_mode 3 is over 2", config.reset_mode = 3);
	REFUSED(-EINVAL, "reset_batch 1025 is over 1024", config.reset_batch = 1025);
	REFUSED(-EINVAL, "reset_threads 65 is over 64",
		(config.reset_mode = SHIM_RESET_THREADS, config.reset_threads = 65));
	REFUSED(-EINVAL, "reset_threads 1 with reset_mode 2",
		(config.reset_mode = SHIM_RESET_EVENT, config.reset_threads = 1));
	REFUSED(-EINVAL, "reset_waiting 9 with reset_mode 0", config.reset_waiting = 9);
	REFUSED(-EINVAL, "reset_batch 10 is over reset_waiting 9",
		(config.reset_mode = SHIM_RESET_EVENT, config.reset_batch = 10,
		 config.reset_waiting = 9));
	REFUSED(-EINVAL, "reset_cpus with reset_mode 2",
		(config.reset_mode = SHIM_RESET_EVENT, config.reset_cpus = &config,
		 config.reset_cpus_size = 8));
	REFUSED(-EFAULT, "reset_cpus is NULL, reset_cpus_size is 8",
		(config.reset_mode = SHIM_RESET_THREADS, config.reset_cpus_size = 8));
	REFUSED(-EINVAL, "reset_cpus of 0 bytes: Invalid argument",
		(config.reset_mode = SHIM_RESET_THREADS, config.reset_cpus = &config));
	REFUSED(-EINVAL, "reserved 1 is not 0", config.reserved = 1);
}

TEST("unknown flags, and a descriptor without its flag")
{
	REFUSED(-EOPNOTSUPP, "flags 0x10 are unknown", config.flags = 16 | SHIM_POOL_PREFAULT);
	REFUSED(-EOPNOTSUPP, "flags 0x80000000 are unknown", config.flags = 1u << 31);
	REFUSED(-EINVAL, "descriptor 7 with flags 0x0", config.descriptor = 7);
	REFUSED(-EINVAL, "descriptor -1 with flags 0x8",
		(config.descriptor = -1, config.flags = SHIM_POOL_DESCRIPTOR));
}

TEST("a backend that does not exist")
{
	REFUSED(-EINVAL, "backend 3 is over 2", config.backend = 3);
}

TEST("pointers that are NULL")
{
	struct shim_pool_config config = config_default();
	struct shim_pool *pool;

	must_fail(-EFAULT, "config is NULL", shim_pool_create(NULL, &pool));
	must_fail(-EFAULT, "out is NULL", shim_pool_create(&config, NULL));
	shim_pool_destroy(NULL);
}

TEST("the best backend is one of the two, and the pool says which")
{
	struct shim_pool_config config = config_default();
	enum shim_backend asked = config.backend;
	struct shim_pool *pool = pool_create(&config);

	test_eq(shim_pool_backend(pool), asked);
	pool_destroy(pool);
	config.backend = SHIM_BACKEND_BEST;
	pool = pool_create(&config);
	if (asked == SHIM_BACKEND_DEVICE)
		test_eq(shim_pool_backend(pool), SHIM_BACKEND_DEVICE);
	else
		test_ok(shim_pool_backend(pool) != SHIM_BACKEND_BEST);
	/* That the device could not be opened is no error then. */
	test_str(shim_error(), "");
	pool_destroy(pool);
}

TEST("all 16 areas and the least of everything")
{
	struct shim_pool_config config = config_default();
	struct shim_pool *pool;

	memset(config.areas, 0, sizeof(config.areas));
	config.area_count = 16;
	config.slots = 1;
	config.pre_guard = 0;
	for (uint32_t i = 0; i < 16; i++)
		config.areas[i].reserve = PAGE;
	pool = pool_create(&config);
	for (uint32_t i = 0; i < 16; i++)
		test_eq(area_at(pool, 0, i) - area_at(pool, 0, 0), i * PAGE);
	pool_destroy(pool);
}

TEST_MAIN()
