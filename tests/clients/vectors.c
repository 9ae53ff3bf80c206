// SPDX-License-Identifier: MIT
// A vector of any length, with ranges of several pools and of others, resets all of them.
#include "test.h"

#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "allocator.h"

#define SLOTS 1500u

TEST("a vector that is longer than the kernel takes is one call a batch")
{
	struct memory memory = { .min = WASM_PAGE, .fd = image_file(PAGE, 1), .length = PAGE };
	struct pool *pool = pool_make(SLOTS, false);
	uint32_t *slots = calloc(SLOTS, sizeof(*slots));
	uint64_t before;

	for (uint32_t i = 0; i < SLOTS; i++) {
		slots[i] = SLOTS - 1 - i;
		slot_instantiate(pool, i, &memory);
		pool->slots[i].base[PAGE] = 1;
	}
	before = slot_info(pool, 0).reset_calls;
	slots_drop(pool, slots, SLOTS);
	test_eq(slot_info(pool, 0).resets, SLOTS);
	test_ok(slot_info(pool, 0).reset_calls - before <= SLOTS / 256 + 1);
	for (uint32_t i = 0; i < SLOTS; i++)
		test_eq(pool->slots[i].base[PAGE], 0);
	pool_drop(pool);
	free(slots);
}

TEST("two pools, grown slots, slots without an image and memory of others in one vector")
{
	struct memory with = { .min = WASM_PAGE, .fd = image_file(PAGE, 1), .length = PAGE };
	struct memory without = { .min = WASM_PAGE, .fd = -1 };
	struct pool *pools[] = { pool_make(4, false), pool_make(4, false) };
	unsigned char *other =
		mmap(NULL, WASM_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct iovec ranges[9];
	size_t total = 0;

	test_ok(other != MAP_FAILED);
	for (unsigned int round = 0; round < 3; round++) {
		for (size_t i = 0; i < 8; i++) {
			struct pool *pool = pools[i % 2];
			uint32_t slot = (uint32_t)i / 2;

			slot_instantiate(pool, slot, slot % 2 ? &with : &without);
			if (slot > 1)
				slot_grow(pool, slot, 3 * WASM_PAGE);
			memset(pool->slots[slot].base, 7, pool->slots[slot].accessible);
			ranges[i] = (struct iovec){ pool->slots[slot].base,
						    pool->slots[slot].accessible };
		}
		memset(other, 7, WASM_PAGE);
		ranges[8] = (struct iovec){ other, WASM_PAGE };
		total = 0;
		for (size_t i = 0; i < 9; i++)
			total += ranges[i].iov_len;
		test_eq(syscall(SYS_process_madvise, -10000, ranges, 9, MADV_DONTNEED, 0), total);
		for (size_t i = 0; i < 9; i++)
			test_bytes((unsigned char *)ranges[i].iov_base + PAGE, 0, WASM_PAGE - PAGE);
	}
	test_eq(slot_info(pools[0], 0).plain_slots, 0);
}

TEST("a vector without a range of a pool is the kernel's")
{
	struct iovec range = { NULL, 0 };
	struct pool *pool = pool_make(1, false);

	test_sys_err(-EBADF, syscall(SYS_process_madvise, -1, &range, 1, MADV_DONTNEED, 0));
	pool_drop(pool);
}

TEST_MAIN()
