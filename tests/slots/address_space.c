// SPDX-License-Identifier: MIT
// A pool is as long as mmap() without a hint can map, on any machine, and the message says it.
#include "slot_test.h"

#include <sys/mman.h>

/* A pool of one slot, whose address space is so long. */
static struct shim_pool_config config_of(uint64_t size)
{
	struct shim_pool_config config = config_default();

	memset(config.areas, 0, sizeof(config.areas));
	config.slots = 1;
	config.area_count = 1;
	config.pre_guard = 0;
	config.areas[0].reserve = size;
	config.areas[0].max = PAGE;
	config.areas[0].initial = PAGE;
	return config;
}

/* What the message of a pool that is too long says of the address space. */
static uint64_t longest(void)
{
	static const char message[] =
		"areas, pre_guard: one slot is longer than the address space of ";
	struct shim_pool_config config = config_of(UINT64_C(1) << 62);
	struct shim_pool *pool;

	test_err(-EOVERFLOW, shim_pool_create(&config, &pool));
	test_ok(strncmp(shim_error(), message, strlen(message)) == 0);
	return strtoull(shim_error() + strlen(message), NULL, 10);
}

static long map_anywhere(uint64_t size)
{
	long at = (long)mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1,
			     0);

	return at == -1 ? -errno : at;
}

TEST("mmap gives no more than the message says, but half as much")
{
	uint64_t size = longest();
	long at = map_anywhere(size / 2);

	test_ok(at > 0);
	test_sys(munmap((void *)at, size / 2));
	test_eq(map_anywhere(size + PAGE), -ENOMEM);
}

TEST("a pool of half that length works, one of a page more is EOVERFLOW")
{
	uint64_t size = longest();
	struct shim_pool_config config = config_of(size + PAGE);
	struct shim_pool *pool;
	unsigned char *at;

	test_err(-EOVERFLOW, shim_pool_create(&config, &pool));
	config = config_of(size / 2 / PAGE * PAGE);
	pool = pool_create(&config);
	at = shim_slot_address(pool, 0, 0);
	at[PAGE - 1] = 1;
	touches_fault(at + PAGE);
	touches_fault(at + size / 2 / PAGE * PAGE - 1);
	pool_destroy(pool);
}

TEST("a pool that the message allows but mmap does not is ENOMEM")
{
	uint64_t size = longest() / PAGE * PAGE;
	struct shim_pool_config config = config_of(size);
	struct shim_pool *pool;

	must_fail(-ENOMEM,
		  format("slots 1: no address space for a slab of %" PRIu64 " bytes: %s", size,
			 strerror(ENOMEM)),
		  shim_pool_create(&config, &pool));
}

TEST_MAIN()
