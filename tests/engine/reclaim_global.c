// SPDX-License-Identifier: MIT
// When the machine is short of memory, idle slots lose their pages, and slots in use lose no byte.
/*
 * Instances run on and see nothing but a fault, and no value that a user puts into a
 * claim word does harm.
 */
#include "test.h"

#include <sched.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "abi.h"
#include "child.h"
#include "claim.h"
#include "content.h"
#include "fdinfo.h"
#include "file.h"
#include "guest.h"
#include "image.h"
#include "memory.h"
#include "pool.h"
#include "worker.h"

#define PAGES 32

static uint64_t key(uint32_t slot, uint64_t stamp, size_t page)
{
	return (stamp * 1024 + slot) * PAGES + page;
}

static uint64_t total_reclaims(struct pool *pool)
{
	uint64_t total = 0;

	for (uint32_t slot = 0; slot < pool->geometry.slots; slot++)
		total += reclaims_of(pool, slot);
	return total;
}

static void release_all(struct pool *pool)
{
	for (uint32_t slot = 0; slot < pool->geometry.slots; slot++)
		release(pool, slot);
}

static void test_all_idle(struct pool *pool)
{
	for (uint32_t slot = 0; slot < pool->geometry.slots; slot++)
		test_eq(state_of(pool, slot), GUARDSLOT_IDLE);
}

TEST("a shortage takes all pages of idle slots, their limits and images stay")
{
	struct pool pool = pool_plain(3, PAGES, 0);
	uint32_t image = image_keyed(&pool, 1, 100, PAGES);
	struct guardslot_query query;

	for (uint32_t slot = 0; slot < 3; slot++) {
		test_rebind(&pool, slot, image);
		read_pages(area_at(&pool, slot, 0), PAGES);
		write_pages(area_at(&pool, slot, 0), 5, 1);
	}
	test_reset(&pool, 1);
	test_resize(&pool, 1, 0, 20 * PAGE);
	release(&pool, 1);
	drop_caches();

	test_query(&pool, 1, &query);
	test_eq(query.out_state, GUARDSLOT_IDLE);
	test_eq(query.out_reclaims, 1);
	test_eq(query.out_resident_pages, 0);
	test_eq(query.out_shared_pages, 0);
	test_eq(query.out_image, image);
	test_eq(query.out_limit[0], 20 * PAGE);
	test_ok(claim(&pool, 1));
	for (size_t i = 0; i < 20; i++)
		test_holds(area_at(&pool, 1, 0) + i * PAGE, 100 + i);
	for (uint32_t slot = 0; slot < 3; slot += 2) {
		test_eq(reclaims_of(&pool, slot), 0);
		test_eq(resident_of(&pool, slot), 5);
		test_eq(peek(area_at(&pool, slot, 0)), 1);
	}
}

TEST("a slot with nothing of its own is left alone, and one that was taken is not taken twice")
{
	struct pool pool = pool_plain(2, PAGES, 0);

	release_all(&pool);
	drop_caches();
	test_eq(total_reclaims(&pool), 0);
	poke(area_at(&pool, 1, 0), 1);
	drop_caches();
	drop_caches();
	test_eq(total_reclaims(&pool), 1);
}

TEST("the slots of a process that is gone are given back while another holds the pool")
{
	struct pool pool = pool_plain(4, PAGES, 0);

	in_child({
		pool.base = map_shared(pool.fd, pool.geometry.out_map_size, 0);
		pool.claim = map_shared(pool.fd, pool.geometry.out_claim_size,
					pool.geometry.out_claim_offset);
		for (uint32_t slot = 0; slot < 4; slot++)
			write_pages(area_at(&pool, slot, 0), PAGES, 1);
		release_all(&pool);
		atomic_store(claim_word(&pool, 3), GUARDSLOT_ACTIVE);
	});
	test_eq(fdinfo_resident_pages(&pool), 4 * PAGES);
	drop_caches();
	test_eq(fdinfo_resident_pages(&pool), PAGES);
	test_eq(peek(area_at(&pool, 3, 0)), 1);
}

/* ---- many at once -------------------------------------------------------- */

static void *drop_caches_on(void *arg)
{
	struct worker *worker = arg;

	while (!atomic_load(worker->stop)) {
		drop_caches();
		worker->rounds++;
	}
	return NULL;
}

/*
 * Claims any slot, uses it, checks that what it wrote stays for as long as it
 * has the slot, and that what it gets was reset.
 */
static void *run_instances(void *arg)
{
	struct worker *worker = arg;
	struct pool *pool = worker->pool;

	for (uint64_t round = 0; round < worker->rounds;) {
		uint32_t slot = (uint32_t)(worker_random(worker) % pool->geometry.slots);
		size_t count = 1 + worker_random(worker) % PAGES;
		uint64_t stamp = round * 8 + worker->number + 1;
		uint8_t *at = area_at(pool, slot, 0);

		if (!claim(pool, slot))
			continue;
		for (size_t i = 0; i < count; i++) {
			if (*(volatile uint64_t *)(at + i * PAGE))
				test_fail("slot %u page %zu was not reset", slot, i);
			fill_page(at + i * PAGE, key(slot, stamp, i));
		}
		if (round % 4 == 0)
			sched_yield();
		for (size_t i = 0; i < count; i++)
			if (!page_holds(at + i * PAGE, key(slot, stamp, i)))
				test_fail("slot %u page %zu lost what was written", slot, i);
		test_reset(pool, slot);
		release(pool, slot);
		round++;
	}
	return NULL;
}

TEST("instances on four threads, while caches are dropped without a pause")
{
	struct pool pool = pool_plain(24, PAGES, 0);
	struct worker workers[4], dropper;
	_Atomic bool stop = false;

	test_timeout(60);
	release_all(&pool);
	workers_start(&dropper, 1, &pool, drop_caches_on, 0, &stop);
	do { /* until the two have met */
		workers_start(workers, 4, &pool, run_instances, (uint64_t)scaled(600, 100), NULL);
		workers_join(workers, 4);
	} while (total_reclaims(&pool) == 0);
	atomic_store(&stop, true);
	workers_join(&dropper, 1);
	test_note("%lu drops took %lu slots", (unsigned long)dropper.rounds,
		  (unsigned long)total_reclaims(&pool));
	test_all_idle(&pool);
}

/* What competes with reclaim for the lock or the claim word of an idle slot. */
static void *purge_idle_on(void *arg)
{
	struct worker *worker = arg;

	while (!atomic_load(worker->stop)) {
		struct guardslot_purge purge = { .mode = GUARDSLOT_PURGE_IDLE };
		struct guardslot_query query;
		uint32_t slot = (uint32_t)(worker_random(worker) % worker->pool->geometry.slots);

		test_purge_cmd(worker->pool, &purge);
		test_query(worker->pool, slot, &query);
		test_ok(query.out_state <= GUARDSLOT_RECLAIM);
		test_ok(fdinfo_resident_pages(worker->pool) <=
			(unsigned long)worker->pool->geometry.slots * PAGES);
		worker->rounds++;
		usleep(1000);
	}
	return NULL;
}

TEST("the same with PURGE of all idle slots and two at a time who drop caches")
{
	struct pool pool = pool_plain(24, PAGES, 0);
	struct worker workers[3], droppers[2], purger;
	_Atomic bool stop = false;

	test_timeout(60);
	release_all(&pool);
	workers_start(droppers, 2, &pool, drop_caches_on, 0, &stop);
	workers_start(&purger, 1, &pool, purge_idle_on, 0, &stop);
	workers_start(workers, 3, &pool, run_instances, (uint64_t)scaled(300, 60), NULL);
	workers_join(workers, 3);
	atomic_store(&stop, true);
	workers_join(droppers, 2);
	workers_join(&purger, 1);
	test_all_idle(&pool);
	test_note("%lu purges, %lu drops", (unsigned long)purger.rounds,
		  (unsigned long)(droppers[0].rounds + droppers[1].rounds));
}

TEST("pools that are closed while caches are dropped lose nothing and break nothing")
{
	_Atomic bool *stop =
		mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t dropper, child[2];

	test_timeout(60);
	test_ok(stop != MAP_FAILED);
	dropper = fork();
	test_sys(dropper);
	while (dropper == 0 && !atomic_load(stop))
		drop_caches();
	if (dropper == 0)
		_exit(0);
	for (int i = 0; i < 2; i++) {
		child[i] = fork();
		test_sys(child[i]);
		if (child[i])
			continue;
		for (long round = 0; round < scaled(150, 20); round++) {
			struct pool pool = pool_plain(16, 4, 0);

			for (uint32_t slot = 0; slot < 16; slot++)
				write_pages(area_at(&pool, slot, 0), 4, 1);
			release_all(&pool);
			pool_close(&pool);
		}
		_exit(0);
	}
	test_child(child[0]);
	test_child(child[1]);
	atomic_store(stop, true);
	test_child(dropper);
}

static void *scribble_on_words(void *arg)
{
	struct worker *worker = arg;

	while (!atomic_load(worker->stop)) {
		uint64_t random = worker_random(worker);
		uint32_t slot = (uint32_t)(random % worker->pool->geometry.slots);

		atomic_store(claim_word(worker->pool, slot),
			     random & 1 << 20 ? (uint32_t)(random >> 32) : (uint32_t)random >> 30);
		poke(area_at(worker->pool, slot, 0) + random % PAGES * PAGE, 1);
		worker->rounds++;
	}
	return NULL;
}

TEST("random values in claim words cost at most the content of these slots")
{
	struct pool pool = pool_plain(16, PAGES, 0), other = pool_plain(2, PAGES, 0);
	struct worker workers[2], dropper;
	_Atomic bool stop = false;

	for (size_t i = 0; i < PAGES; i++)
		fill_page(area_at(&other, 1, 0) + i * PAGE, 100 + i);
	workers_start(workers, 2, &pool, scribble_on_words, 0, &stop);
	workers_start(&dropper, 1, &pool, drop_caches_on, 0, &stop);
	for (long i = 0; i < scaled(300, 30); i++) {
		struct guardslot_purge purge = { .mode = GUARDSLOT_PURGE_IDLE };

		test_purge_cmd(&pool, &purge);
		test_reset(&pool, (uint32_t)i % 16);
	}
	atomic_store(&stop, true);
	workers_join(workers, 2);
	workers_join(&dropper, 1);
	for (size_t i = 0; i < PAGES; i++)
		test_holds(area_at(&other, 1, 0) + i * PAGE, 100 + i);
	/* The slots can all be used again. */
	for (uint32_t slot = 0; slot < 16; slot++) {
		atomic_store(claim_word(&pool, slot), GUARDSLOT_ACTIVE);
		test_reset(&pool, slot);
		for (size_t i = 0; i < PAGES; i++)
			test_ok(page_is_zero(area_at(&pool, slot, 0) + i * PAGE));
	}
}

/* ---- real shortage ------------------------------------------------------- */

/* Bytes that the kernel keeps for itself: the zones' "min" marks. */
static size_t min_free(void)
{
	static char text[1 << 16];
	size_t pages = 0;

	read_file("/proc/zoneinfo", text, sizeof(text));
	for (const char *at = text; (at = strstr(at, "\n        min ")); at++)
		pages += strtoul(at + 13, NULL, 10);
	return pages * PAGE;
}

static size_t free_memory(void)
{
	return get_number("/proc/meminfo", "MemFree") * 1024;
}

/* Another process takes memory until only idle slots can give what it needs. */
static pid_t take_memory(size_t idle_bytes)
{
	size_t size = free_memory() - min_free() + idle_bytes / 4 * 3;
	pid_t child = fork();

	test_sys(child);
	if (child)
		return child;
	write_pages(map_private(size), size / PAGE, 1);
	_exit(0);
}

/* Slots 0 and 1 are in use all the time, 2 and 3 now and then, the others idle. */
static void run_out_of_memory(size_t idle_bytes)
{
	const size_t pages = idle_bytes / PAGE / 64;
	struct pool pool = pool_plain(64 + 4, pages, 0);
	unsigned long kills = get_number("/proc/vmstat", "oom_kill");
	pid_t child;
	int status;

	for (uint32_t slot = 0; slot < 68; slot++) {
		write_pages(area_at(&pool, slot, 0), pages, 1);
		test_reset(&pool, slot);
	}
	for (uint32_t slot = 0; slot < 2; slot++)
		for (size_t i = 0; i < pages; i++)
			fill_page(area_at(&pool, slot, 0) + i * PAGE, key(slot, 1, i));
	for (uint32_t slot = 2; slot < 68; slot++)
		release(&pool, slot);
	child = take_memory(idle_bytes);
	for (uint32_t round = 1; waitpid(child, &status, WNOHANG) == 0; round++) {
		uint32_t slot = 2 + round % 2;

		claim_own(&pool, slot);
		for (size_t i = 0; i < pages / 2; i++)
			fill_page(area_at(&pool, slot, 0) + i * PAGE, key(slot, round, i));
		for (size_t i = 0; i < pages / 2; i++)
			test_holds(area_at(&pool, slot, 0) + i * PAGE, key(slot, round, i));
		test_reset(&pool, slot);
		release(&pool, slot);
		usleep(1000);
	}
	test_eq(status, 0);
	test_eq(get_number("/proc/vmstat", "oom_kill"), kills);
	test_note("%lu slots reclaimed", (unsigned long)total_reclaims(&pool));
	test_ok(total_reclaims(&pool) >= 16);
	for (uint32_t slot = 0; slot < 2; slot++) {
		test_eq(reclaims_of(&pool, slot), 0);
		for (size_t i = 0; i < pages; i++)
			test_holds(area_at(&pool, slot, 0) + i * PAGE, key(slot, 1, i));
	}
}

/*
 * The kernel's own settings while the test runs: it keeps most of the memory for
 * itself, as filling all of it would only take time; its marks stay where they
 * are; and no processor hoards free pages, which it would do in proportion.
 */
static struct setting {
	const char *path;
	unsigned long was, now;
} settings[] = {
	{ .path = "/proc/sys/vm/min_free_kbytes" },
	{ .path = "/proc/sys/vm/watermark_boost_factor", .now = 0 },
	{ .path = "/proc/sys/vm/percpu_pagelist_high_fraction", .now = 10000 },
};

TEST("real shortage: a process that needs the memory of idle slots gets it")
{
	size_t idle_bytes = (size_t)scaled(96, 48) << 20;
	pid_t child;
	int status;

	test_timeout(90);
	drop_caches();
	settings[0].now = (free_memory() - 3 * idle_bytes) / 1024;
	for (size_t i = 0; i < ARRAY_SIZE(settings); i++) {
		settings[i].was = read_number(settings[i].path);
		write_number(settings[i].path, settings[i].now);
	}
	child = fork();
	if (child == 0) {
		run_out_of_memory(idle_bytes);
		_exit(0);
	}
	waitpid(child, &status, 0);
	for (size_t i = 0; i < ARRAY_SIZE(settings); i++)
		write_number(settings[i].path, settings[i].was);
	test_eq(status, 0);
}

TEST_MAIN()
