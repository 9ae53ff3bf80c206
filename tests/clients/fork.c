// SPDX-License-Identifier: MIT
// A child of fork() finds in plain memory what its parent's slots held, and changes nothing there.
#include "test.h"

#include <pthread.h>

#include "allocator.h"
#include "child.h"

static struct memory with, without;

static struct pool *pool_start(void)
{
	struct pool *pool = pool_make(8, false);

	with = (struct memory){ .min = 3 * WASM_PAGE,
				.fd = image_file(WASM_PAGE, 1),
				.offset = WASM_PAGE,
				.length = WASM_PAGE };
	without = (struct memory){ .min = 2 * WASM_PAGE, .fd = -1 };
	for (uint32_t i = 0; i < 6; i++)
		slot_instantiate(pool, i, i % 2 ? &with : &without);
	/* Slots 0 and 1 run, 2 and 3 are as they start, 4 and 5 were reset. */
	pool->slots[0].base[100] = 1;
	pool->slots[1].base[WASM_PAGE + 100] ^= 0x55;
	slot_grow(pool, 1, 4 * WASM_PAGE);
	pool->slots[1].base[3 * WASM_PAGE] = 3;
	memset(pool->slots[5].base, 4, 3 * WASM_PAGE);
	slot_drop(pool, 4);
	slot_drop(pool, 5);
	return pool;
}

static void check(struct pool *pool)
{
	unsigned char bytes[WASM_PAGE];

	image_fill(bytes, WASM_PAGE, 1);
	test_eq(pool->slots[0].base[100], 1);
	test_bytes(pool->slots[0].base + 101, 0, 2 * WASM_PAGE - 101);
	bytes[100] ^= 0x55;
	test_mem(pool->slots[1].base + WASM_PAGE, bytes, WASM_PAGE);
	bytes[100] ^= 0x55;
	test_eq(pool->slots[1].base[3 * WASM_PAGE], 3);
	test_bytes(pool->slots[2].base, 0, 2 * WASM_PAGE);
	for (uint32_t i = 3; i < 6; i += 2) {
		test_bytes(pool->slots[i].base, 0, WASM_PAGE);
		test_mem(pool->slots[i].base + WASM_PAGE, bytes, WASM_PAGE);
		test_bytes(pool->slots[i].base + 2 * WASM_PAGE, 0, WASM_PAGE);
		test_ok(!is_readable(pool->slots[i].base + 3 * WASM_PAGE));
	}
	test_ok(!is_readable(pool->slots[7].base));
}

/* All that an allocator does, with a slot that was in use, one that was not, and a new one. */
static void use(struct pool *pool)
{
	static const uint32_t used[] = { 1, 5, 7 };

	slot_drop(pool, 1);
	for (size_t i = 0; i < ARRAY_SIZE(used); i++) {
		slot_instantiate(pool, used[i], &with);
		test_bytes(pool->slots[used[i]].base, 0, WASM_PAGE);
		memset(pool->slots[used[i]].base, 9, 3 * WASM_PAGE);
		slots_drop(pool, &used[i], 1);
		slot_instantiate(pool, used[i], &without);
		test_bytes(pool->slots[used[i]].base, 0, 2 * WASM_PAGE);
		slot_lose(pool, used[i]);
		slot_instantiate(pool, used[i], &with);
	}
}

TEST("a child and its child have what there was, use it, and the parent has it still")
{
	struct pool *pool = pool_start();

	in_child({
		check(pool);
		in_child({
			check(pool);
			use(pool);
			pool_drop(pool);
		});
		check(pool);
		test_ok(!slot_is_on_slots(pool, 0));
		use(pool);
		pool_drop(pool);
	});
	check(pool);
	test_ok(slot_is_on_slots(pool, 0));
	use(pool);
	pool_drop(pool);
}

TEST("a child makes pools of its own, on slots")
{
	struct pool *pool = pool_start();

	in_child({
		struct pool *own = pool_make(4, false);

		slot_instantiate(own, 0, &with);
		test_ok(slot_is_on_slots(own, 0));
		use(pool);
	});
	pool_drop(pool);
}

static _Atomic(bool) stop;

static void *cycle(void *argument)
{
	struct pool *pool = argument;

	for (unsigned int i = 0; !stop; i++) {
		slot_instantiate(pool, 6, i % 3 ? &with : &without);
		memset(pool->slots[6].base, 9, 2 * WASM_PAGE);
		slot_grow(pool, 6, 5 * WASM_PAGE);
		slots_drop(pool, &(uint32_t){ 6 }, 1);
		if (i % 16 == 0) {
			struct pool *more = pool_make(2, false);

			pool_drop(more);
		}
	}
	return NULL;
}

TEST("a process whose other threads use slots, and make pools, forks")
{
	struct pool *pool = pool_start();
	pthread_t thread;

	test_eq(pthread_create(&thread, NULL, cycle, pool), 0);
	for (unsigned int i = 0; i < 30; i++) {
		in_child({
			check(pool);
			use(pool);
		});
	}
	stop = true;
	pthread_join(thread, NULL);
	check(pool);
	pool_drop(pool);
}

TEST_MAIN()
