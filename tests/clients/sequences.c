// SPDX-License-Identifier: MIT
// After each sequence of calls that Wasmtime makes a slot holds what plain memory would.
#include "test.h"

#include "allocator.h"

static struct pool *seam, *plain;

#define BOTH(call)                        \
	do {                              \
		struct pool *pool = seam; \
		call;                     \
		pool = plain;             \
		call;                     \
	} while (0)

static struct memory memory_make(uint64_t pages, uint64_t offset, uint64_t length, uint64_t seed)
{
	return (struct memory){
		.min = pages * WASM_PAGE,
		.fd = length ? image_file(length, seed) : -1,
		.offset = offset,
		.length = length,
	};
}

static void pools_make(void)
{
	seam = pool_make(4, false);
	plain = pool_make(4, true);
	test_ok(slot_is_on_slots(seam, 0));
}

static void pools_drop(void)
{
	test_eq(slot_info(seam, 0).plain_slots, 0);
	pool_drop(seam);
	pool_drop(plain);
}

static void dirty(uint32_t slot, uint64_t from, uint64_t to, uint64_t seed)
{
	BOTH(image_fill(pool->slots[slot].base + from, to - from, seed));
}

/* All that is accessible is written, and looked at before and after. */
static void run(uint32_t slot)
{
	static uint64_t seed;

	slots_are_equal(seam, plain, slot);
	dirty(slot, 0, seam->slots[slot].accessible, ++seed);
	slots_are_equal(seam, plain, slot);
}

TEST("a slot that is used again by the same module")
{
	struct memory with = memory_make(4, WASM_PAGE, 2 * WASM_PAGE, 1);
	struct memory without = memory_make(3, 0, 0, 0);

	pools_make();
	for (unsigned int i = 0; i < 3; i++) {
		BOTH(slot_instantiate(pool, 0, &with));
		BOTH(slot_instantiate(pool, 1, &without));
		run(0);
		run(1);
		BOTH(slot_drop(pool, 0));
		BOTH(slot_drop(pool, 1));
	}
	pools_drop();
}

TEST("a slot that grew")
{
	struct memory with = memory_make(2, 0, WASM_PAGE, 2);
	struct memory without = memory_make(2, 0, 0, 0);

	pools_make();
	for (unsigned int i = 0; i < 4; i++) {
		BOTH(slot_instantiate(pool, 0, &with));
		BOTH(slot_instantiate(pool, 1, &without));
		for (uint32_t slot = 0; slot < 2; slot++) {
			run(slot);
			BOTH(slot_grow(pool, slot, (3 + i) * WASM_PAGE));
			run(slot);
			BOTH(slot_grow(pool, slot, 9 * WASM_PAGE));
			run(slot);
			BOTH(slot_drop(pool, slot));
		}
	}
	pools_drop();
}

TEST("a slot that grew, of an engine that does not lower")
{
	struct memory with = memory_make(2, 0, WASM_PAGE, 2);
	struct memory without = memory_make(2, 0, 0, 0);

	with.never_lowers = true;
	without.never_lowers = true;
	pools_make();
	for (unsigned int i = 0; i < 4; i++) {
		BOTH(slot_instantiate(pool, 0, &with));
		BOTH(slot_instantiate(pool, 1, &without));
		for (uint32_t slot = 0; slot < 2; slot++) {
			run(slot);
			BOTH(slot_grow(pool, slot, (4 - i) * WASM_PAGE));
			run(slot);
			BOTH(slot_drop(pool, slot));
		}
	}
	pools_drop();
}

TEST("a slot that goes from one module to another, whichever of them has an image")
{
	struct memory memories[] = {
		memory_make(2, 0, WASM_PAGE, 3),
		memory_make(6, WASM_PAGE, WASM_PAGE, 4),
		memory_make(2, 0, 0, 0),
		memory_make(5, 0, 5 * WASM_PAGE, 5),
		memory_make(1, 0, 0, 0),
		memory_make(0, 0, 0, 0),
		memory_make(2, WASM_PAGE, WASM_PAGE, 3),
	};
	const size_t count = ARRAY_SIZE(memories);

	pools_make();
	for (size_t from = 0; from < count; from++) {
		for (size_t to = 0; to < count; to++) {
			for (unsigned int grows = 0; grows < 2; grows++) {
				test_context("module %zu to %zu, %u", from, to, grows);
				BOTH(slot_instantiate(pool, 3, &memories[from]));
				run(3);
				if (grows)
					BOTH(slot_grow(pool, 3, 7 * WASM_PAGE));
				run(3);
				BOTH(slot_drop(pool, 3));
				BOTH(slot_instantiate(pool, 3, &memories[to]));
				run(3);
				BOTH(slot_drop(pool, 3));
			}
		}
	}
	pools_drop();
}

TEST("a purged module leaves no image and no page")
{
	struct memory with = memory_make(2, 0, WASM_PAGE, 3);
	struct memory without = memory_make(2, 0, 0, 0);

	pools_make();
	BOTH(slot_instantiate(pool, 0, &with));
	run(0);
	BOTH(slot_grow(pool, 0, 3 * WASM_PAGE));
	BOTH(slot_drop(pool, 0));
	BOTH(slot_purge(pool, 0));
	slots_are_equal(seam, plain, 0);
	test_bytes(seam->slots[0].base, 0, 3 * WASM_PAGE);
	BOTH(slot_instantiate(pool, 0, &without));
	run(0);
	pools_drop();
}

TEST("a slot in an unknown state starts as zero")
{
	struct memory with = memory_make(2, 0, WASM_PAGE, 3);
	struct memory without = memory_make(2, 0, 0, 0);
	const struct memory *memories[] = { &with, &without };

	pools_make();
	for (unsigned int i = 0; i < 4; i++) {
		BOTH(slot_instantiate(pool, 0, memories[i % 2]));
		run(0);
		BOTH(slot_grow(pool, 0, 5 * WASM_PAGE));
		run(0);
		BOTH(slot_lose(pool, 0));
		BOTH(slot_instantiate(pool, 0, memories[i / 2]));
		run(0);
		BOTH(slot_lose(pool, 0));
	}
	pools_drop();
}

TEST("a memory of four GiB grows to its end, and no further byte is accessible")
{
	struct memory with = memory_make(1, 0, WASM_PAGE, 3);

	pools_make();
	BOTH(slot_instantiate(pool, 1, &with));
	BOTH(slot_grow(pool, 1, RESERVE));
	dirty(1, RESERVE - WASM_PAGE, RESERVE, 7);
	test_ok(!is_readable(seam->slots[1].base + RESERVE));
	test_ok(!is_readable(seam->slots[2].base));
	BOTH(slot_drop(pool, 1));
	BOTH(slot_instantiate(pool, 1, &with));
	run(1);
	pools_drop();
}

TEST_MAIN()
