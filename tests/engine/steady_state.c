// SPDX-License-Identifier: MIT
// Touching and resetting warm slots costs one system call a batch and nothing else.
/*
 * There is no page fault, no TLB flush on this or another processor, no acquisition of
 * the mmap lock, no allocation.
 *
 * Four threads, each on a processor of its own, work on slots of one pool. What
 * they do is counted by the kernel's own tracepoints, exactly and in these threads
 * only. TLB flushes that reach another processor are counted once more, over all
 * processors, where x86 has the interrupts for them; and page faults in /proc/vmstat,
 * over all processes: the threads neither start nor end between the two looks, as that would
 * cause both. Nothing else runs in the guest but for a shell that waits and the
 * kernel's own threads: if one of them runs, the two are looked at again. What the
 * cycles cause themselves they cause each time.
 */
#include "test.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/mman.h>

#include "abi.h"
#include "arch.h"
#include "content.h"
#include "file.h"
#include "image.h"
#include "interrupts.h"
#include "memory.h"
#include "perf.h"
#include "pool.h"
#include "tlb.h"
#include "worker.h"

#define THREADS 4
#define CYCLES 10000
#define SLOTS_EACH 25
#define PAGES 16
#define WRITTEN 6
#define TRIES 10

/* What is counted in each thread; all but the last must stay at 0. */
enum { FAULTS, MMAP_LOCK, TLB_FLUSH, PAGE_ALLOC, KMALLOC, CACHE_ALLOC, SYSTEM_CALLS, COUNTERS };

static const char *const counter_names[COUNTERS] = {
	[FAULTS] = "page faults",	 [MMAP_LOCK] = "mmap-lock acquisitions",
	[TLB_FLUSH] = "TLB flushes",	 [PAGE_ALLOC] = "page allocations",
	[KMALLOC] = "kmalloc() calls",	 [CACHE_ALLOC] = "slab-cache allocations",
	[SYSTEM_CALLS] = "system calls",
};

struct cycler {
	struct worker worker;
	uint32_t batch;
	bool with_purges;
	int counters[COUNTERS];
	uint64_t counts[COUNTERS];
	long faults;
};

static _Atomic uint32_t ready, done;
static _Atomic bool go, finish;

static void open_counters(int *counters)
{
	counters[FAULTS] = software_counter_open(PERF_COUNT_SW_PAGE_FAULTS);
	counters[MMAP_LOCK] = counter_open("mmap_lock/mmap_lock_start_locking", false);
	counters[TLB_FLUSH] = tlb_counter_open();
	counters[PAGE_ALLOC] = counter_open("kmem/mm_page_alloc", true);
	counters[KMALLOC] = counter_open("kmem/kmalloc", true);
	counters[CACHE_ALLOC] = counter_open("kmem/kmem_cache_alloc", true);
	counters[SYSTEM_CALLS] = counter_open("raw_syscalls/sys_enter", false);
}

/* The count of system calls last, so that reading it counts one: itself. */
static void read_counters(const struct cycler *cycler, uint64_t *counts)
{
	for (int i = 0; i < COUNTERS; i++)
		counts[i] = counter_read(cycler->counters[i]);
}

static void touch(const struct pool *pool, uint32_t slot, uint8_t value)
{
	uint8_t *at = area_at(pool, slot, 0);

	for (size_t i = 0; i < PAGES; i++) {
		if (i < WRITTEN)
			poke(at + i * PAGE + 8 * i, value);
		else
			peek(at + i * PAGE);
	}
}

/* Batches until every cycle is done; returns how many there were. */
static uint64_t run_cycles(struct cycler *cycler, uint64_t cycles)
{
	struct pool *pool = cycler->worker.pool;
	uint32_t first = cycler->worker.number * SLOTS_EACH, slots[SLOTS_EACH];
	uint64_t batches = 0;

	for (uint64_t cycle = 0; cycle < cycles; batches++) {
		struct guardslot_reset reset = { .slots = (uintptr_t)slots };

		while (reset.count < cycler->batch) {
			uint32_t slot = first + (uint32_t)(cycle++ % SLOTS_EACH);

			touch(pool, slot, (uint8_t)(cycle + 1));
			slots[reset.count++] = slot;
		}
		if (do_reset_cmd(pool, &reset) || reset.out_done != reset.count)
			test_fail("a reset failed");
		/* To see that the counters do count: more pages than the pool may take again. */
		if (cycler->with_purges) {
			for (uint32_t i = 0; i < reset.count; i++)
				test_purge(pool, slots[i]);
			munmap(map_shared(pool->fd, PAGE, 0), PAGE);
		}
	}
	return batches;
}

static void *run_cycler(void *arg)
{
	struct cycler *cycler = arg;
	uint64_t before[COUNTERS], after[COUNTERS], batches;
	long fault_count;

	worker_pin(cycler->worker.number);
	open_counters(cycler->counters);
	/* Warm: the slots, and all that this function needs itself. */
	run_cycles(cycler, 2 * SLOTS_EACH);
	read_counters(cycler, before);
	read_counters(cycler, after);
	faults();
	atomic_fetch_add(&ready, 1);
	while (!atomic_load(&go))
		sched_yield();

	fault_count = faults();
	read_counters(cycler, before);
	batches = run_cycles(cycler, CYCLES / THREADS);
	read_counters(cycler, after);
	cycler->faults = faults() - fault_count;
	for (int i = 0; i < COUNTERS; i++)
		cycler->counts[i] = after[i] - before[i];
	/* Those of reading the counters, and one each for the batches. */
	cycler->counts[SYSTEM_CALLS] -= COUNTERS + batches;

	atomic_fetch_add(&done, 1);
	while (!atomic_load(&finish))
		usleep(1000);
	return NULL;
}

struct totals {
	uint64_t counts[COUNTERS];
	long shootdowns;
	long calls;
	unsigned long vm_faults;
	long faults;
};

static struct totals look(void)
{
	return (struct totals){
		.shootdowns = tlb_broadcasts(),
		.calls = interrupts(ARCH_IRQ_FUNCTION_CALL),
		.vm_faults = get_number("/proc/vmstat", "pgfault"),
	};
}

static void wait_for(_Atomic uint32_t *count)
{
	while (atomic_load(count) < THREADS)
		usleep(1000);
}

static struct totals measure(struct pool *pool, uint32_t batch, bool with_purges)
{
	struct cycler cyclers[THREADS] = { 0 };
	struct totals before, after;

	atomic_store(&ready, 0);
	atomic_store(&done, 0);
	atomic_store(&go, false);
	atomic_store(&finish, false);
	for (uint32_t i = 0; i < THREADS; i++) {
		cyclers[i].worker = (struct worker){ .pool = pool, .number = i };
		cyclers[i].batch = batch;
		cyclers[i].with_purges = with_purges;
		test_eq(pthread_create(&cyclers[i].worker.thread, NULL, run_cycler, &cyclers[i]),
			0);
	}
	wait_for(&ready);
	look();
	before = look();
	atomic_store(&go, true);
	wait_for(&done);
	after = look();
	atomic_store(&finish, true);

	after.shootdowns -= before.shootdowns;
	after.calls -= before.calls;
	after.vm_faults -= before.vm_faults;
	for (uint32_t i = 0; i < THREADS; i++) {
		test_eq(pthread_join(cyclers[i].worker.thread, NULL), 0);
		after.faults += cyclers[i].faults;
		for (int j = 0; j < COUNTERS; j++)
			after.counts[j] += cyclers[i].counts[j];
	}
	return after;
}

static void show(const struct totals *totals)
{
	for (int i = 0; i < SYSTEM_CALLS; i++)
		test_note("%lu %s", (unsigned long)totals->counts[i], counter_names[i]);
	test_note("%ld system calls more than batches", (long)totals->counts[SYSTEM_CALLS]);
	test_note("%ld TLB flushes reached others, %ld function-call interrupts, all in all",
		  totals->shootdowns, totals->calls);
	test_note("%ld page faults by getrusage(), %lu in the whole system", totals->faults,
		  totals->vm_faults);
}

static struct pool pool_warm(void)
{
	struct pool pool = pool_plain(THREADS * SLOTS_EACH, PAGES, 0);
	uint32_t image = image_keyed(&pool, 1, 100, PAGES / 2);

	if (sysconf(_SC_NPROCESSORS_ONLN) < THREADS)
		test_skip("needs %d processors", THREADS);
	tlb_watch();
	/* Pages of an image, private and shared, and zeroes without an image. */
	for (uint32_t slot = 0; slot < THREADS * SLOTS_EACH; slot += 2) {
		test_rebind(&pool, slot, image);
		test_resize(&pool, slot, 0, PAGES * PAGE);
	}
	test_image_snapshot(&pool, 0, 1, &image);
	for (uint32_t slot = 0; slot < THREADS * SLOTS_EACH; slot += 2)
		test_rebind(&pool, slot, image);
	return pool;
}

/* What these threads did must be nothing. */
static void test_nothing(const struct totals *totals)
{
	show(totals);
	for (int i = 0; i < COUNTERS; i++)
		if (totals->counts[i])
			test_fail("%lu %s", (unsigned long)totals->counts[i], counter_names[i]);
	test_eq(totals->faults, 0);
}

static void test_steady(uint32_t batch)
{
	struct pool pool = pool_warm();
	struct totals totals;

	test_timeout(120);
	/*
	 * What another process does in the guest is counted too, and some tries have that.
	 * What the slots cost would be in every try.
	 */
	for (int try = 0; try < TRIES; try++) {
		test_note("%d cycles of touching %d pages and resetting, %u slots a batch", CYCLES,
			  PAGES, batch);
		totals = measure(&pool, batch, false);
		test_nothing(&totals);
		if (!totals.shootdowns && !totals.vm_faults)
			break;
	}
	test_eq(totals.shootdowns, 0);
	test_eq(totals.vm_faults, 0);
	/* The slots were reset all the same. */
	for (uint32_t slot = 0; slot < THREADS * SLOTS_EACH; slot++)
		for (size_t i = 0; i < WRITTEN; i++)
			test_eq(*(volatile uint64_t *)(area_at(&pool, slot, 0) + i * PAGE + 8 * i),
				slot % 2 ? 0 : page_word(100 + i, i));
}

TEST("10,000 cycles, one slot a call: nothing but the calls")
{
	test_steady(1);
}

TEST("10,000 cycles, 25 slots a call: nothing but the calls")
{
	test_steady(SLOTS_EACH);
}

TEST("the counts that must be 0 are not 0 when slots are purged in between")
{
	struct pool pool = pool_warm();
	struct totals totals;

	test_timeout(60);
	totals = measure(&pool, SLOTS_EACH, true);
	show(&totals);
	for (int i = 0; i < COUNTERS; i++)
		if (!totals.counts[i])
			test_fail("no %s", counter_names[i]);
	test_ok(totals.shootdowns > 0);
	test_ok(totals.faults > 0);
	test_ok(totals.vm_faults > 0);
}

TEST_MAIN()
