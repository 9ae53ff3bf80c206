// SPDX-License-Identifier: MIT
// What is learned, forgotten, cleared and read at once stays whole: PREFAULT finds all of a set.
/*
 * Threads with a slot each write to scattered pages, reset by looks so that pages become
 * cold and are forgotten, PREFAULT, and purge the image. In between they stop, and then what
 * the set counts is what PREFAULT makes private in an empty slot.
 */
#include "test.h"

#include <pthread.h>
#include <string.h>

#include "abi.h"
#include "content.h"
#include "image.h"
#include "memory.h"
#include "pool.h"
#include "reset_mode.h"
#include "soak.h"
#include "worker.h"

#define THREADS 4
#define PAGES 8192
#define KEY 100
#define ROUNDS 30

static struct pool pool;
static uint32_t image;

static void purge_image(void)
{
	struct guardslot_purge cmd = { .mode = GUARDSLOT_PURGE_IMAGE, .image = image };

	test_purge_cmd(&pool, &cmd);
}

/* Few distances, so that threads learn and forget the same pages, and page 0 often. */
static size_t random_page(struct worker *worker)
{
	uint64_t bits = worker_random(worker);

	switch (bits % 4) {
	case 0:
		return (bits >> 8) % 3;
	case 1:
		return (bits >> 8) % 16 * 64;
	case 2:
		return (bits >> 8) % 8 * 512 + 511;
	default:
		return (bits >> 8) % PAGES;
	}
}

static void *run(void *data)
{
	struct worker *worker = data;
	uint8_t *at = area_at(&pool, worker->number, 0);

	for (uint64_t round = 0; round < worker->rounds; round++) {
		uint64_t bits = worker_random(worker);

		for (uint64_t i = 0; i < 1 + bits % 20; i++)
			poke(at + random_page(worker) * PAGE, 1);
		if (bits >> 8 & 1)
			prefault_slot(&pool, worker->number);
		/* What it does not write in these becomes cold. */
		for (uint64_t i = 0; bits >> 40 & 1 && i < (bits >> 9) % 100; i++) {
			poke(at + (bits >> 16) % 3 * PAGE, 2);
			test_reset(&pool, worker->number);
		}
		if ((bits >> 20) % 4 == 0)
			test_purge(&pool, worker->number);
		if ((bits >> 22) % 32 == 0)
			purge_image();
	}
	/* So that much is left to be compared. */
	for (int i = 0; i < 100; i++)
		poke(at + random_page(worker) * PAGE, 3);
	return NULL;
}

/* Each page of the set, and no other, is private and mapped. */
static void check(void)
{
	uint32_t count = write_set_of(&pool, THREADS);

	test_purge(&pool, THREADS);
	test_eq(prefault_slot(&pool, THREADS), count);
	test_eq(resident_of(&pool, THREADS), count);
	test_note("%u pages in the set", count);
	test_eq(prefault_slot(&pool, THREADS), 0);
	for (uint32_t slot = 0; slot < THREADS; slot++) {
		test_reset(&pool, slot);
		for (size_t i = 0; i < PAGES; i += 61)
			test_holds(area_at(&pool, slot, 0) + i * PAGE, KEY + i);
	}
	test_purge(&pool, THREADS);
}

TEST("what a set counts is what PREFAULT finds, after threads that learn, forget and clear")
{
	struct worker workers[THREADS];
	uint64_t seed = soak_start(4);
	long done;

	set_reset_mode(MODE_LOOK);
	pool = pool_plain(THREADS + 1, PAGES, 0);
	image = image_keyed(&pool, 1, KEY, PAGES);
	for (uint32_t slot = 0; slot <= THREADS; slot++)
		test_rebind(&pool, slot, image);
	for (done = 0; soak_goes_on(done); done++) {
		workers_start(workers, THREADS, &pool, run, ROUNDS, NULL);
		workers_join(workers, THREADS);
		check();
	}
	(void)seed;
	soak_end(done);
	purge_image();
	test_eq(write_set_of(&pool, 0), 0);
}

TEST_MAIN()
