// SPDX-License-Identifier: MIT
// Resets and faults of different slots take no lock of the module in common.
/*
 * So they do not wait for each other.
 *
 * The test looks in two ways. Every lock that a thread takes is noted by its address, and what is
 * taken for one slot compared with what is taken for another. The debug kernel
 * reports locks itself, and of their kind; elsewhere probes on the functions that
 * take them do, which is enough for a reset, where nothing may be in common, but
 * not for a fault, which shares the VMA and the page allocator with others of its
 * process. A kernel of arm64 that is not preemptible has no such functions for
 * spinlocks, and there the first way is the debug kernel's alone. And threads that reset slots of their own never wait for a lock, while
 * threads that reset one slot do.
 *
 * No test here sees cache lines that are written without a lock; against them there
 * is the alignment of struct gs_slot, and the distance of two slots' locks, which is
 * checked, and of two claim words.
 */
#include "test.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/ioctl.h>

#include "abi.h"
#include "guest.h"
#include "image.h"
#include "locks.h"
#include "memory.h"
#include "perf.h"
#include "pool.h"
#include "worker.h"

#define PAGES 64
#define CACHE_LINE 64

static bool starts_with(const char *name, const char *const *starts)
{
	for (; *starts; starts++)
		if (strncmp(name, *starts, strlen(*starts)) == 0)
			return true;
	return false;
}

/*
 * The kernel's own, in a reset: RCU read sides, which are no locks; the mmap lock,
 * which a copy from user space only says that it might take (steady_state.c has the
 * count of the real ones); and what a task switch takes.
 */
static const char *const harmless[] = {
	"rcu_read_lock", "&mm->mmap_lock", "&rq->__lock", "&p->pi_lock", NULL,
};

/* All kinds of locks that the module has, or that others take for it alone. */
static const char *const modules[] = {
	"&slot->lock", "&pool->",    "&xa->xa_lock", "key",
	"&fbc->lock",  "&lru->node", "reclaim_sem",  NULL,
};

static void work_reset(struct pool *pool, uint32_t slot)
{
	test_reset(pool, slot);
}

static void work_first_write(struct pool *pool, uint32_t slot)
{
	poke(area_at(pool, slot, 0) + PAGE, 1);
}

/* Another page each time, known in the write set, of a slot that has some. */
static void work_write(struct pool *pool, uint32_t slot)
{
	poke(area_at(pool, slot, 0) + (2 + resident_of(pool, slot)) * PAGE, 1);
}

static void work_read(struct pool *pool, uint32_t slot)
{
	static size_t page;

	peek(area_at(pool, slot, 0) + (32 + 16 * (page++ % 2)) * PAGE);
}

struct contrast {
	struct locks slots[2];
};

/* Runs the work on two slots in turn. */
static struct contrast contrast(struct pool *pool, int runs,
				void (*prepare)(struct pool *pool, uint32_t slot),
				void (*work)(struct pool *pool, uint32_t slot))
{
	static struct contrast result;

	memset(&result, 0, sizeof(result));
	for (int run = 0; run < runs; run++) {
		for (uint32_t i = 0; i < 2; i++) {
			/* Not next to each other: page tables of their own. */
			uint32_t slot = 1 + 4 * i;

			if (prepare)
				prepare(pool, slot);
			locks_record(work, pool, slot, &result.slots[i], run);
		}
	}
	return result;
}

/* Locks taken for both slots, in that many runs at least. */
static void test_common(const char *what, const struct contrast *contrast, int runs, int all,
			bool (*allowed)(const char *name))
{
	const struct locks *a = &contrast->slots[0], *b = &contrast->slots[1];
	char bad[64] = "";
	size_t own = 0;

	for (size_t i = 0; i < a->count; i++) {
		const struct lock *one = &a->locks[i], *two = locks_find(b, one->address);

		/* A lock that this slot alone needs, each time. */
		own += !two && one->runs == all;
		if (!two || one->runs < runs || two->runs < runs)
			continue;
		test_note("%s: common to both slots: %s", what, one->name);
		if (!allowed(one->name))
			snprintf(bad, sizeof(bad), "%s", one->name);
	}
	/* The recorder works: at least the slot's own lock was seen. */
	test_ok(own >= 1);
	if (bad[0])
		test_fail("%s: %s is taken for both slots", what, bad);
}

static bool is_harmless(const char *name)
{
	return starts_with(name, harmless);
}

static bool is_not_the_modules(const char *name)
{
	return !starts_with(name, modules);
}

static bool is_not_the_modules_but_lists(const char *name)
{
	static const char *const lists[] = { "&lru->node", NULL };

	return is_not_the_modules(name) || starts_with(name, lists);
}

static struct pool pool_recorded(void)
{
	/* No two slots share a page table. */
	struct guardslot_create geometry = {
		.slots = 8,
		.area_count = 1,
		.areas[0] = { PAGE_TABLE_SPAN, PAGE_TABLE_SPAN, PAGES * PAGE, PAGES * PAGE },
	};
	struct pool pool;
	uint32_t image;

	test_ok(has_lock_debugging() || !is_debug_kernel());
	pool = pool_map(&geometry);
	image = image_keyed(&pool, 1, 100, PAGES);
	for (uint32_t slot = 0; slot < 8; slot++)
		test_rebind(&pool, slot, image);
	/* The write set is learned, and page tables are there. */
	write_pages(area_at(&pool, 0, 0), 24, 1);
	for (uint32_t slot = 1; slot < 8; slot += 4) {
		write_pages(area_at(&pool, slot, 0), 24, 1);
		test_purge(&pool, slot);
	}
	locks_start();
	return pool;
}

static void prepare_two_pages(struct pool *pool, uint32_t slot)
{
	if (resident_of(pool, slot) == 0) {
		poke(area_at(pool, slot, 0), 1);
		poke(area_at(pool, slot, 0) + PAGE, 1);
	}
}

static void prepare_purged(struct pool *pool, uint32_t slot)
{
	test_purge(pool, slot);
}

static bool locks_are_seen(void)
{
	return has_lock_debugging() || locks_are_functions();
}

static void record_nothing(void)
{
	struct locks seen = { .count = 0 };

	locks_record_nothing(&seen, 10);
	for (size_t i = 0; i < seen.count; i++)
		if (seen.locks[i].runs >= 8)
			test_fail("%s at %#lx is seen where nothing is done", seen.locks[i].name,
				  (unsigned long)seen.locks[i].address);
}

TEST_WHEN(locks_are_seen, "recording itself and a task switch add no lock, on any processor")
{
	struct pool pool = pool_recorded();

	locks_each_processor(record_nothing);
	locks_stop();
	pool_close(&pool);
}

TEST_WHEN(locks_are_seen, "resets of two slots have no lock in common")
{
	struct pool pool = pool_recorded();
	struct contrast seen;

	for (uint32_t slot = 1; slot < 8; slot += 4)
		write_pages(area_at(&pool, slot, 0), 16, 1);
	seen = contrast(&pool, 10, NULL, work_reset);
	/* A lock of the reset is in each; what a task switch takes is now and then. */
	test_common("reset", &seen, 8, 10, is_harmless);
	locks_stop();
}

TEST_WHEN(is_debug_kernel, "faults that make a page private have no lock of the module in common")
{
	struct pool pool = pool_recorded();
	struct contrast seen = contrast(&pool, 5, prepare_two_pages, work_write);

	test_common("write", &seen, 5, 5, is_not_the_modules);
}

TEST_WHEN(is_debug_kernel, "faults that map pages of an image have no lock of the module in common")
{
	struct pool pool = pool_recorded();
	struct contrast seen = contrast(&pool, 5, prepare_purged, work_read);

	test_common("read", &seen, 5, 5, is_not_the_modules);
}

TEST_WHEN(is_debug_kernel,
	  "the first page of a cold slot takes the lock of the reclaim list besides, and no other")
{
	struct pool pool = pool_recorded();
	struct contrast seen = contrast(&pool, 5, prepare_purged, work_first_write);

	test_common("first write", &seen, 5, 5, is_not_the_modules_but_lists);
}

TEST_WHEN(is_debug_kernel, "the locks of slots next to each other are whole cache lines apart")
{
	struct pool pool = pool_recorded();
	uint64_t locks[8] = { 0 };

	for (uint32_t slot = 0; slot < 8; slot++) {
		struct locks seen = { .count = 0 };

		locks_record(work_reset, &pool, slot, &seen, 0);
		for (size_t i = 0; i < seen.count; i++)
			if (strncmp(seen.locks[i].name, "&slot->lock", 11) == 0)
				locks[slot] = seen.locks[i].address;
		test_ok(locks[slot]);
	}
	test_note("%lu bytes from slot to slot", (unsigned long)(locks[1] - locks[0]));
	for (uint32_t slot = 1; slot < 8; slot++) {
		test_eq(locks[slot] - locks[slot - 1], locks[1] - locks[0]);
		test_eq((locks[slot] - locks[slot - 1]) % CACHE_LINE, 0);
	}
}

TEST("claim words are a cache line apart")
{
	struct guardslot_info info = { 0 };

	test_info(test_success(device_open()), &info);
	test_ok(info.out_claim_stride >= CACHE_LINE);
}

/* ---- waiting ------------------------------------------------------------- */

struct resetter {
	struct worker worker;
	bool one_slot;
	uint32_t slot;
	uint64_t waits;
};

static _Atomic uint32_t ready;
/* Of threads that reset one slot, one has waited: that is enough. */
static atomic_bool seen_waiting;

static void *reset_on(void *arg)
{
	struct resetter *resetter = arg;
	struct pool *pool = resetter->worker.pool;
	uint64_t before;
	int counter;

	worker_pin(resetter->worker.number);
	/*
	 * With lock debugging each mutex_lock() begins so, LCB_F_SPIN | LCB_F_MUTEX,
	 * and has to wait if it comes again without LCB_F_SPIN.
	 */
	counter = counter_open("lock/contention_begin", false);
	test_sys(ioctl(counter, PERF_EVENT_IOC_SET_FILTER,
		       has_lock_debugging() ? "flags != 33 && !(common_flags & 24)" :
					      "!(common_flags & 24)"));
	atomic_fetch_add(&ready, 1);
	while (atomic_load(&ready) < 4)
		sched_yield();
	before = counter_read(counter);
	for (uint64_t i = 0; i < resetter->worker.rounds && !atomic_load(&seen_waiting); i++) {
		poke(area_at(pool, resetter->slot, 0) + i % PAGES * PAGE, 1);
		test_reset(pool, resetter->slot);
		/* To wait 8000 times takes minutes where a lock is handed over by sleeping. */
		if (resetter->one_slot && counter_read(counter) > before)
			atomic_store(&seen_waiting, true);
	}
	resetter->waits = counter_read(counter) - before;
	atomic_fetch_add(&ready, 1);
	while (atomic_load(&ready) < 8)
		sched_yield();
	close(counter);
	return NULL;
}

/* How often four threads had to wait for a lock. */
static uint64_t count_waits(bool one_slot)
{
	struct pool pool = pool_plain(4, PAGES, 0);
	struct resetter resetters[4] = { 0 };
	uint64_t waits = 0;

	if (sysconf(_SC_NPROCESSORS_ONLN) < 4)
		test_skip("needs 4 processors");
	atomic_store(&ready, 0);
	for (uint32_t i = 0; i < 4; i++) {
		write_pages(area_at(&pool, i, 0), PAGES, 1);
		resetters[i].one_slot = one_slot;
		resetters[i].slot = one_slot ? 0 : i;
		resetters[i].worker = (struct worker){
			.pool = &pool,
			.number = i,
			.rounds = (uint64_t)scaled(2000, 400),
		};
		test_eq(pthread_create(&resetters[i].worker.thread, NULL, reset_on, &resetters[i]),
			0);
	}
	for (uint32_t i = 0; i < 4; i++) {
		test_eq(pthread_join(resetters[i].worker.thread, NULL), 0);
		waits += resetters[i].waits;
	}
	test_note("%lu waits in at most %lu resets", (unsigned long)waits,
		  (unsigned long)scaled(8000, 1600));
	pool_close(&pool);
	return waits;
}

TEST("four threads that reset slots of their own never wait for a lock")
{
	uint64_t waits = 1;

	test_timeout(60);
	/* What the scheduler waits for now and then is not the same each time. */
	for (int try = 0; try < 5 && waits; try++)
		waits = count_waits(false);
	test_eq(waits, 0);
}

TEST("four threads that reset one slot do wait, and are seen to")
{
	uint64_t waits = 0;

	test_timeout(60);
	/* They have to meet. */
	while (waits == 0)
		waits = count_waits(true);
}

TEST_MAIN()
