// SPDX-License-Identifier: MIT
// A slot put into a reset queue comes out once, after those that waited for longer.
#include "test.h"

#include <pthread.h>
#include <stdatomic.h>

#include "background/reset_queue.h"

TEST("slots come out in order, as many as wait and are asked for")
{
	struct shim_reset_queue *queue = shim_reset_queue_create(2, 3);
	uint32_t slots[3];

	test_ok(!shim_reset_queue_busy(queue));
	test_eq(shim_reset_queue_add(queue, 0, 7), 1);
	test_eq(shim_reset_queue_add(queue, 1, 1), 1);
	test_eq(shim_reset_queue_add(queue, 0, 5), 2);
	test_eq(shim_reset_queue_count(queue), 3);
	test_ok(shim_reset_queue_has(queue, 2));
	test_ok(!shim_reset_queue_has(queue, 3));
	test_eq(shim_reset_queue_take(queue, 0, 3, 3, slots), 0);
	test_eq(shim_reset_queue_add(queue, 0, 9), 3);
	test_eq(shim_reset_queue_take(queue, 0, 3, 2, slots), 2);
	test_eq(slots[0], 7);
	test_eq(slots[1], 5);
	/* The ring goes on at its start. */
	test_eq(shim_reset_queue_add(queue, 0, 2), 2);
	test_eq(shim_reset_queue_add(queue, 0, 4), 3);
	test_eq(shim_reset_queue_take(queue, 0, 1, 3, slots), 3);
	test_eq(slots[0], 9);
	test_eq(slots[1], 2);
	test_eq(slots[2], 4);
	test_eq(shim_reset_queue_take(queue, 1, 1, 3, slots), 1);
	test_eq(slots[0], 1);
	test_eq(shim_reset_queue_take(queue, 1, 1, 3, slots), 0);
	shim_reset_queue_destroy(queue);
}

TEST("slots that were taken count until they are done")
{
	struct shim_reset_queue *queue = shim_reset_queue_create(2, 3);
	uint32_t slots[3];

	shim_reset_queue_add(queue, 0, 7);
	shim_reset_queue_add(queue, 0, 5);
	shim_reset_queue_add(queue, 1, 1);
	test_eq(shim_reset_queue_take(queue, 0, 1, 3, slots), 2);
	test_eq(shim_reset_queue_count(queue), 3);
	shim_reset_queue_done(queue, 0, 2);
	test_eq(shim_reset_queue_take(queue, 1, 1, 3, slots), 1);
	test_eq(shim_reset_queue_count(queue), 1);
	test_ok(shim_reset_queue_busy(queue));
	shim_reset_queue_done(queue, 1, 1);
	test_ok(!shim_reset_queue_busy(queue));
	shim_reset_queue_destroy(queue);
}

TEST("a queue that is full takes no slot, and loses none")
{
	struct shim_reset_queue *queue = shim_reset_queue_create(1, 2);
	uint32_t slots[2];

	test_eq(shim_reset_queue_add(queue, 0, 7), 1);
	test_eq(shim_reset_queue_add(queue, 0, 5), 2);
	test_eq(shim_reset_queue_add(queue, 0, 9), 0);
	test_eq(shim_reset_queue_take(queue, 0, 1, 2, slots), 2);
	test_eq(slots[0], 7);
	test_eq(slots[1], 5);
	test_eq(shim_reset_queue_add(queue, 0, 9), 1);
	shim_reset_queue_destroy(queue);
}

#define THREADS 4
#define EACH 5000

static struct shim_reset_queue *shared;
static atomic_uint seen[THREADS * EACH];

static void out(const uint32_t *slots, uint32_t count, uint32_t shard)
{
	for (uint32_t i = 0; i < count; i++)
		atomic_fetch_add(&seen[slots[i]], 1);
	if (count)
		shim_reset_queue_done(shared, shard, count);
}

static void *churn(void *name)
{
	uint32_t me = (uint32_t)(uintptr_t)name, slots[16];

	for (uint32_t i = 0; i < EACH; i++) {
		uint32_t shard = (me + i) % 3;

		while (!shim_reset_queue_add(shared, shard, me * EACH + i))
			out(slots, shim_reset_queue_take(shared, shard, 16, 16, slots), shard);
		if (i % 37 == 0)
			out(slots, shim_reset_queue_take(shared, shard, 1, 16, slots), shard);
	}
	return NULL;
}

TEST("among threads everything comes out once")
{
	pthread_t threads[THREADS];
	uint32_t slots[16];

	shared = shim_reset_queue_create(3, 16);
	for (uintptr_t i = 0; i < THREADS; i++)
		test_eq(pthread_create(&threads[i], NULL, churn, (void *)i), 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	for (uint32_t shard = 0; shard < 3; shard++)
		out(slots, shim_reset_queue_take(shared, shard, 1, 16, slots), shard);
	test_ok(!shim_reset_queue_busy(shared));
	for (uint32_t i = 0; i < THREADS * EACH; i++)
		test_eq(atomic_load(&seen[i]), 1);
	shim_reset_queue_destroy(shared);
}

TEST_MAIN()
