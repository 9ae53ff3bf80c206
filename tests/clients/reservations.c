// SPDX-License-Identifier: MIT
// A mapping of the size of a pool is one, on slots; any other is the kernel's.
#include "test.h"

#include <sys/mman.h>
#include <sys/syscall.h>

#include "allocator.h"

#define NORESERVE (MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE)

static bool is_seen(const void *address)
{
	struct guardslot_wasmtime_info info = { .size = sizeof(info) };
	int error = guardslot_wasmtime_query(address, &info);

	test_ok(!error || error == -ENOENT);
	return !error;
}

TEST("pools of the default layout are on slots, any number of them, and gone when unmapped")
{
	struct pool *pools[20];
	struct memory memory = { .min = WASM_PAGE, .fd = -1 };

	for (unsigned int round = 0; round < 2; round++) {
		for (size_t i = 0; i < ARRAY_SIZE(pools); i++) {
			pools[i] = pool_make(3 + (uint32_t)i, false);
			slot_instantiate(pools[i], 2, &memory);
			pools[i]->slots[2].base[5] = (unsigned char)i;
		}
		for (size_t i = 0; i < ARRAY_SIZE(pools); i++) {
			void *start = pools[i]->start;

			test_ok(slot_is_on_slots(pools[i], 2));
			test_eq(slot_info(pools[i], 2).slots, 3 + i);
			test_eq(pools[i]->slots[2].base[5], i);
			pool_drop(pools[i]);
			test_ok(!is_seen(start));
			test_ok(!is_readable(start));
		}
	}
}

TEST("other reservations and guards are layouts, too, and the environment can say one")
{
	static const uint64_t layouts[][2] = {
		{ 4 * GIB, 2 * GIB },
		{ 8 * GIB, 32 * MIB },
		{ 1 * GIB, 32 * MIB },
		{ 256 * MIB, 32 * MIB },
	};
	struct pool *pool;

	for (size_t i = 0; i < ARRAY_SIZE(layouts); i++) {
		pool = pool_make_as(7, false, layouts[i][0], layouts[i][1]);
		test_eq(slot_info(pool, 3).stride, layouts[i][0] + layouts[i][1]);
		pool_drop(pool);
	}
	pool = pool_make_as(7, false, 100 * MIB, MIB);
	test_ok(!is_seen(pool->start));
	pool_drop(pool);
	setenv("GUARDSLOT_WASMTIME_LAYOUT", "0x6400000,1048576", 1);
	pool = pool_make_as(7, false, 100 * MIB, MIB);
	test_eq(slot_info(pool, 6).stride, 101 * MIB);
	pool_drop(pool);
}

TEST("mappings that are no pools, and calls for them, are the kernel's")
{
	size_t length = GUARD + 4 * (RESERVE + GUARD);
	unsigned char *at;

	at = mmap(NULL, length, PROT_READ, NORESERVE, -1, 0);
	test_ok(at != MAP_FAILED && !is_seen(at));
	test_sys(munmap(at, length));
	at = mmap(NULL, length + PAGE, PROT_NONE, NORESERVE, -1, 0);
	test_ok(at != MAP_FAILED && !is_seen(at));
	test_sys(mprotect(at + PAGE, PAGE, PROT_READ | PROT_WRITE));
	at[PAGE] = 1;
	test_sys(madvise(at + PAGE, PAGE, MADV_DONTNEED));
	test_eq(at[PAGE], 0);
	test_sys(munmap(at, length + PAGE));
	test_sys_err(-EINVAL, munmap((void *)1, 1));
	test_sys_err(-EBADF, syscall(SYS_close, -1));
	test_ok(mmap(NULL, 0, PROT_READ, NORESERVE, -1, 0) == MAP_FAILED);
	test_eq(errno, EINVAL);
}

TEST_MAIN()
