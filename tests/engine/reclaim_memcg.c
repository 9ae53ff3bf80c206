// SPDX-License-Identifier: MIT
// In a memory cgroup that is full, idle slots lose their pages before a process is killed.
/*
 * Slots in use lose no byte, and the shortage of one cgroup takes nothing from another.
 */
#include "test.h"

#include <sched.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "abi.h"
#include "claim.h"
#include "content.h"
#include "fdinfo.h"
#include "file.h"
#include "guest.h"
#include "image.h"
#include "memory.h"
#include "pool.h"
#include "worker.h"

#define ROOT "/sys/fs/cgroup/"
#define GROUP ROOT "guardslot_test/"
#define OTHER ROOT "guardslot_other/"

#define SLOT_SIZE (1ul << 20)
#define PAGES (SLOT_SIZE / PAGE)
#define ACTIVE_SLOTS 6
#define SLOTS 48
#define LIMIT (24ul << 20)

static void group_make(const char *group)
{
	write_file(ROOT "cgroup.subtree_control", "+memory");
	/* A test that failed may have left it. */
	rmdir(group);
	test_sys(mkdir(group, 0755));
}

static void group_enter(const char *group)
{
	char path[128];

	snprintf(path, sizeof(path), "%scgroup.procs", group);
	write_file(path, "0");
}

/* A group with a limit, entered. */
static void group_start(unsigned long limit)
{
	group_make(GROUP);
	write_number(GROUP "memory.max", limit);
	group_enter(GROUP);
}

static void test_no_oom(void)
{
	test_eq(get_number(GROUP "memory.events", "oom"), 0);
	test_eq(get_number(GROUP "memory.events", "oom_kill"), 0);
}

/* The group may still hold memory, which the kernel gives back. */
static void group_end(void)
{
	test_no_oom();
	group_enter(ROOT);
	test_sys(rmdir(GROUP));
}

/* Asks for more than the group has; how much was given does not matter here. */
static void group_squeeze(const char *group)
{
	char path[128];

	snprintf(path, sizeof(path), "%smemory.reclaim", group);
	for (int i = 0; i < 4; i++)
		try_write_file(path, "64M");
}

static uint64_t key(uint32_t slot, uint32_t round, size_t page)
{
	return ((uint64_t)slot * 1000 + round) * PAGES + page;
}

static void fill_slot(struct pool *pool, uint32_t slot, uint32_t round)
{
	for (size_t i = 0; i < PAGES; i++)
		fill_page(area_at(pool, slot, 0) + i * PAGE, key(slot, round, i));
}

static void test_slot_holds(struct pool *pool, uint32_t slot, uint32_t round)
{
	for (size_t i = 0; i < PAGES; i++)
		test_holds(area_at(pool, slot, 0) + i * PAGE, key(slot, round, i));
}

static uint64_t total_reclaims(struct pool *pool, uint32_t first, uint32_t end)
{
	uint64_t total = 0;

	for (uint32_t slot = first; slot < end; slot++)
		total += reclaims_of(pool, slot);
	return total;
}

TEST("idle slots of twice the limit: everything goes on, active slots keep all")
{
	struct pool pool;

	test_timeout(60);
	group_start(LIMIT);
	pool = pool_plain(SLOTS, PAGES, 0);
	for (uint32_t slot = 0; slot < ACTIVE_SLOTS; slot++)
		fill_slot(&pool, slot, 0);
	for (uint32_t slot = ACTIVE_SLOTS; slot < SLOTS; slot++)
		release(&pool, slot);
	for (uint32_t round = 1; round <= 2; round++) {
		for (uint32_t slot = ACTIVE_SLOTS; slot < SLOTS; slot++) {
			claim_own(&pool, slot);
			test_ok(page_is_zero(area_at(&pool, slot, 0) + round * PAGE));
			fill_slot(&pool, slot, round);
			test_slot_holds(&pool, slot, round);
			test_reset(&pool, slot);
			release(&pool, slot);
		}
		for (uint32_t slot = 0; slot < ACTIVE_SLOTS; slot++)
			test_slot_holds(&pool, slot, 0);
	}
	test_eq(total_reclaims(&pool, 0, ACTIVE_SLOTS), 0);
	test_ok(total_reclaims(&pool, ACTIVE_SLOTS, SLOTS) >= SLOTS / 2);
	test_ok(get_number(GROUP "memory.events", "max") > 0);
	for (uint32_t slot = 0; slot < SLOTS; slot++)
		test_eq(state_of(&pool, slot),
			slot < ACTIVE_SLOTS ? GUARDSLOT_ACTIVE : GUARDSLOT_IDLE);
	test_note("%lu times the limit was met, %lu slots reclaimed",
		  get_number(GROUP "memory.events", "max"),
		  (unsigned long)total_reclaims(&pool, 0, SLOTS));
	group_end();
}

TEST("an image, PREFAULT and other memory of the process make idle slots lose their pages as well")
{
	uint8_t *memory =
		mmap(NULL, 16 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint32_t image;
	struct pool pool;

	test_ok(memory != MAP_FAILED);
	test_timeout(60);
	group_start(LIMIT);
	pool = pool_plain(SLOTS, PAGES, 0);
	for (uint32_t slot = 0; slot < 20; slot++) {
		write_pages(area_at(&pool, slot, 0), PAGES, 1);
		test_reset(&pool, slot);
		release(&pool, slot);
	}
	/* 20 MiB are idle; each of these needs more than is left. */
	write_pages(memory, (8 << 20) / PAGE, 1);
	for (uint32_t i = 0; i < 8; i++)
		image = image_keyed(&pool, 1, 1000, PAGES);
	for (uint32_t slot = 20; slot < 24; slot++) {
		test_rebind(&pool, slot, image);
		test_eq(prefault_range(&pool, slot, 0, 0, SLOT_SIZE), PAGES);
	}
	for (uint32_t slot = 20; slot < 24; slot++)
		for (size_t i = 0; i < PAGES; i++)
			test_holds(area_at(&pool, slot, 0) + i * PAGE, 1000 + i);
	test_ok(total_reclaims(&pool, 0, 20) >= 10);
	test_eq(total_reclaims(&pool, 20, 24), 0);
	group_end();
}

/* Uses one slot after the other, all of them together more than the limit. */
static void *use_slots(void *arg)
{
	struct worker *worker = arg;
	struct pool *pool = worker->pool;

	for (uint32_t round = 1; round <= worker->rounds; round++) {
		for (uint32_t slot = worker->number; slot < SLOTS; slot += 4) {
			claim_own(pool, slot);
			fill_slot(pool, slot, round);
			sched_yield();
			test_slot_holds(pool, slot, round);
			test_reset(pool, slot);
			test_ok(page_is_zero(area_at(pool, slot, 0) + PAGE));
			release(pool, slot);
		}
	}
	return NULL;
}

TEST("four threads share a limit that holds half of their slots")
{
	struct worker workers[4];
	struct pool pool;

	test_timeout(60);
	group_start(LIMIT);
	pool = pool_plain(SLOTS, PAGES, 0);
	for (uint32_t slot = 0; slot < SLOTS; slot++)
		release(&pool, slot);
	workers_start(workers, 4, &pool, use_slots, (uint64_t)scaled(2, 1), NULL);
	workers_join(workers, 4);
	test_ok(total_reclaims(&pool, 0, SLOTS) > 0);
	for (uint32_t slot = 0; slot < SLOTS; slot++)
		test_eq(state_of(&pool, slot), GUARDSLOT_IDLE);
	group_end();
}

TEST("a group that is asked to shrink gives idle slots, never active ones")
{
	struct pool pool;

	group_make(GROUP);
	group_enter(GROUP);
	pool = pool_plain(4, PAGES, 0);
	for (uint32_t slot = 0; slot < 4; slot++)
		fill_slot(&pool, slot, 1);
	test_reset(&pool, 2);
	test_reset(&pool, 3);
	release(&pool, 2);
	release(&pool, 3);
	group_squeeze(GROUP);
	for (uint32_t slot = 0; slot < 4; slot++) {
		test_eq(reclaims_of(&pool, slot), slot >= 2);
		test_eq(resident_of(&pool, slot), slot >= 2 ? 0 : PAGES);
	}
	test_slot_holds(&pool, 0, 1);
	test_slot_holds(&pool, 1, 1);
	test_ok(page_is_zero(area_at(&pool, 2, 0)));
	group_end();
}

TEST("the shortage of one group takes no slot that is charged to another")
{
	struct pool pool = pool_plain(2, PAGES, 0);

	group_make(GROUP);
	group_make(OTHER);
	for (uint32_t slot = 0; slot < 2; slot++) {
		group_enter(slot ? OTHER : GROUP);
		write_pages(area_at(&pool, slot, 0), PAGES, 1);
		test_reset(&pool, slot);
		release(&pool, slot);
	}
	group_squeeze(OTHER);
	test_eq(reclaims_of(&pool, 0), 0);
	test_eq(reclaims_of(&pool, 1), 1);
	test_eq(resident_of(&pool, 0), PAGES);
	group_enter(ROOT);
	test_sys(rmdir(OTHER));
	group_end();
}

TEST("a slot that was purged belongs to the group that uses it next")
{
	struct pool pool = pool_plain(2, PAGES, 0);

	group_make(GROUP);
	for (uint32_t slot = 0; slot < 2; slot++)
		write_pages(area_at(&pool, slot, 0), PAGES, 1);
	test_purge(&pool, 0);
	release(&pool, 1);
	drop_caches();
	test_eq(reclaims_of(&pool, 1), 1);
	claim_own(&pool, 1);

	group_enter(GROUP);
	for (uint32_t slot = 0; slot < 2; slot++) {
		write_pages(area_at(&pool, slot, 0), PAGES, 1);
		test_reset(&pool, slot);
		release(&pool, slot);
	}
	/* The kernel sums its counts up every 2 seconds, and before that not all of them. */
	test_until(get_number(GROUP "memory.stat", "kernel") >= 2 * SLOT_SIZE);
	group_squeeze(GROUP);
	test_eq(reclaims_of(&pool, 0), 1);
	test_eq(reclaims_of(&pool, 1), 2);
	group_end();
}

TEST("slots outlive the group that they were charged to, and are reclaimed all the same")
{
	struct pool pool = pool_plain(2, PAGES, 0);

	group_make(GROUP);
	group_enter(GROUP);
	fill_slot(&pool, 0, 1);
	write_pages(area_at(&pool, 1, 0), PAGES, 1);
	test_reset(&pool, 1);
	release(&pool, 1);
	group_end();
	/*
	 * The kernel moves what a group had to its parent a moment after it is gone. Until then
	 * slots are found in the group, or, between a look there and one at the parent, nowhere.
	 */
	test_until((drop_caches(), reclaims_of(&pool, 1) > 0));
	test_eq(reclaims_of(&pool, 1), 1);
	test_slot_holds(&pool, 0, 1);
	write_pages(area_at(&pool, 1, 0), PAGES, 1);
	test_reset(&pool, 0);
	release(&pool, 0);
	test_until((drop_caches(), reclaims_of(&pool, 0) > 0));
	test_eq(reclaims_of(&pool, 0), 1);
	pool_close(&pool);
}

TEST("what PURGE took is used again in the group that is charged, and goes when that is short")
{
	struct pool pool;
	unsigned long spares;

	worker_pin(0);
	group_make(OTHER);
	group_make(GROUP);
	group_enter(GROUP);
	pool = pool_plain(2, PAGES, 0);
	fill_slot(&pool, 0, 1);
	test_purge(&pool, 0);
	spares = fdinfo_spare_pages(&pool);
	test_ok(spares > 1);
	group_enter(OTHER);
	write_pages(area_at(&pool, 1, 0), PAGES, 1);
	test_eq(fdinfo_spare_pages(&pool), spares);
	group_squeeze(OTHER);
	test_eq(fdinfo_spare_pages(&pool), spares);
	group_enter(GROUP);
	poke(area_at(&pool, 0, 0), 1);
	test_eq(fdinfo_spare_pages(&pool), spares - 1);
	test_purge(&pool, 0);
	group_squeeze(GROUP);
	test_eq(fdinfo_spare_pages(&pool), 0);
	group_end();
	test_sys(rmdir(OTHER));
}

/* How many spares of the pool a first write in a new group takes, of slot 1. */
static unsigned long taken_in(const char *group, struct pool *pool)
{
	unsigned long before = fdinfo_spare_pages(pool), taken;

	group_make(group);
	group_enter(group);
	poke(area_at(pool, 1, 0), 1);
	taken = before - fdinfo_spare_pages(pool);
	test_purge(pool, 1);
	group_enter(ROOT);
	return taken;
}

TEST("what a group that is removed was charged for is not for one made later, at any address")
{
	unsigned long dying = get_number(ROOT "cgroup.stat", "nr_dying_descendants");
	struct pool pool;

	test_timeout(120);
	worker_pin(0);
	pool = pool_plain(2, PAGES, 0);
	for (int round = 0; round < 40; round++) {
		const char *next = round % 2 ? GROUP : OTHER, *last = round % 2 ? OTHER : GROUP;

		group_make(last);
		group_enter(last);
		fill_slot(&pool, 0, 1);
		test_purge(&pool, 0);
		test_ok(fdinfo_spare_pages(&pool) > 1);
		group_enter(ROOT);
		test_sys(rmdir(last));
		/* The kernel frees what it had of the group some time after that. */
		test_until(get_number(ROOT "cgroup.stat", "nr_dying_descendants") <= dying);
		test_ok(fdinfo_spare_pages(&pool) > 1);
		test_eq(taken_in(next, &pool), 0);
		test_sys(rmdir(next));
	}
	pool_close(&pool);
}

TEST("of a slot that two groups write only those pages are kept that are charged where it is listed")
{
	struct pool pool = pool_plain(1, 9, 0);

	worker_pin(0);
	group_make(OTHER);
	group_make(GROUP);
	group_enter(GROUP);
	poke(area_at(&pool, 0, 0) + 8 * PAGE, 1);
	group_enter(OTHER);
	write_pages(area_at(&pool, 0, 0), 8, 1);
	test_resize(&pool, 0, 0, 8 * PAGE);
	test_eq(fdinfo_spare_pages(&pool), 1);
	test_purge(&pool, 0);
	test_eq(fdinfo_spare_pages(&pool), 1);
	group_end();
	test_sys(rmdir(OTHER));
}

TEST_MAIN()
