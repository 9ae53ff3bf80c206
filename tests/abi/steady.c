// SPDX-License-Identifier: MIT
// Touches and resets of a warm slot cost no page fault, no TLB flush and no further VMA.
/*
 * This holds for any number of slots.
 */
#include "test.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/resource.h>

#include "abi.h"
#include "image.h"
#include "memory.h"
#include "pool.h"
#include "tlb.h"
#include "vmas.h"

#define CYCLES 1000

static long page_faults(void)
{
	struct rusage usage;

	test_sys(getrusage(RUSAGE_SELF, &usage));
	return usage.ru_minflt + usage.ru_majflt;
}

TEST("1000 cycles of a warm slot without an image take no page fault")
{
	struct pool pool = pool_small(1);
	long before;

	memset(area_at(&pool, 0, 0), 1, 4 * PAGE);
	test_reset(&pool, 0);
	before = page_faults();
	for (int i = 0; i < CYCLES; i++) {
		for (size_t page = 0; page < 4; page++)
			poke(area_at(&pool, 0, 0) + page * PAGE, 1);
		test_reset(&pool, 0);
	}
	test_eq(page_faults() - before, 0);
	test_bytes(area_at(&pool, 0, 0), 0, 4 * PAGE);
}

TEST("1000 cycles of warm slots with an image, in batches, take no page fault")
{
	struct pool pool = pool_small(16);
	uint32_t image = image_filled(&pool, 1, 0x11, 16), slots[16];
	struct guardslot_reset reset = { .slots = (uintptr_t)slots, .count = 16 };
	struct guardslot_query query;
	uint64_t faults;
	long before;

	for (uint32_t slot = 0; slot < 16; slot++) {
		slots[slot] = slot;
		test_rebind(&pool, slot, image);
		test_eq(peek(area_at(&pool, slot, 0)), 0x11);
		poke(area_at(&pool, slot, 0) + slot * PAGE, 1);
		poke(area_at(&pool, slot, 1), 1);
	}
	test_query(&pool, 3, &query);
	faults = query.out_faults;
	before = page_faults();
	for (int i = 0; i < CYCLES / 16; i++) {
		for (uint32_t slot = 0; slot < 16; slot++) {
			poke(area_at(&pool, slot, 0) + slot * PAGE, 1);
			poke(area_at(&pool, slot, 1), 1);
		}
		test_reset_cmd(&pool, &reset);
	}
	test_eq(page_faults() - before, 0);
	test_query(&pool, 3, &query);
	test_eq(query.out_faults, faults);
	for (uint32_t slot = 0; slot < 16; slot++) {
		test_bytes(area_at(&pool, slot, 0) + slot * PAGE, 0x11, PAGE);
		test_eq(peek(area_at(&pool, slot, 1)), 0);
	}
}

static atomic_bool spinning, stop;

static void *spin(void *unused)
{
	atomic_store(&spinning, true);
	while (!atomic_load(&stop))
		;
	return unused;
}

/* How many flushes reached another CPU in so many turns of writing and of the call. */
static long flushes_of(struct pool *pool, int turns, int (*call)(struct pool *pool, uint32_t slot))
{
	long before = tlb_broadcasts();

	for (int i = 0; i < turns; i++) {
		poke(area_at(pool, 0, 0), 1);
		test_err(0, call(pool, 0));
	}
	return tlb_broadcasts() - before;
}

#define TURNS 100   /* of resets, and then of purges */
#define FLUSHES 200 /* fewer than these say nothing of the resets */

TEST("resets flush no TLB of another CPU, as purges of the same slot do")
{
	struct pool pool = pool_small(1);
	long turns = 0, resets = 0, purges = 0;
	cpu_set_t cpus;
	pthread_t thread;

	test_sys(sched_getaffinity(0, sizeof(cpus), &cpus));
	if (CPU_COUNT(&cpus) < 2)
		test_skip("needs 2 CPUs");
	test_timeout(120);
	tlb_watch();
	test_eq(pthread_create(&thread, NULL, spin, NULL), 0);
	poke(area_at(&pool, 0, 0), 1);
	test_until(atomic_load(&spinning));
	/* On a busy machine the other thread has a processor for some of the turns only. */
	while (turns < CYCLES || purges < FLUSHES) {
		resets += flushes_of(&pool, TURNS, do_reset);
		purges += flushes_of(&pool, TURNS, do_purge);
		turns += TURNS;
	}
	atomic_store(&stop, true);
	pthread_join(thread, NULL);
	test_note("%ld resets: %ld flushes; as many purges: %ld", turns, resets, purges);
	/* Others in the system may cause a few. */
	test_ok(resets < purges / 20);
}

TEST("1000 slots in use, with images, guards and resizes, are one VMA")
{
	struct guardslot_create geometry = small_geometry(1000);
	struct pool pool = pool_create(&geometry);
	uint32_t image;
	size_t before;

	image = image_filled(&pool, 1, 0x22, 4);
	before = vma_count();
	pool.base = map_shared(pool.fd, pool.geometry.out_map_size, 0);
	test_eq(vma_count(), before + 1);
	for (uint32_t slot = 0; slot < 1000; slot++) {
		if (slot % 2)
			test_rebind(&pool, slot, image);
		test_eq(peek(area_at(&pool, slot, 0)), slot % 2 ? 0x22 : 0);
		poke(area_at(&pool, slot, 1), 1);
		if (slot % 3 == 0) {
			test_resize(&pool, slot, 0, 6 * PAGE);
			poke(area_at(&pool, slot, 0) + 5 * PAGE, 1);
		}
		if (slot % 5 == 0)
			test_reset(&pool, slot);
	}
	test_eq(vma_count(), before + 1);
	for (uint32_t slot = 0; slot < 1000; slot += 7)
		test_purge(&pool, slot);
	test_eq(vma_count(), before + 1);
}

TEST_MAIN()
