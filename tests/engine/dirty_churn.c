// SPDX-License-Identifier: MIT
// A reset that looks misses no write, whatever was done to the slots and mappings since the last.
/*
 * Writers with hot TLBs on other processors write in turns with resets, as in
 * dirty_torture.c. Beside them and between the turns something random happens that takes
 * entries or dirty bits away, or writes where there are none. The slots have no guard, so
 * that the page by whose unmapping a reset flushes is in use.
 */
#include "test.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "abi.h"
#include "claim.h"
#include "content.h"
#include "guest.h"
#include "image.h"
#include "look.h"
#include "memory.h"
#include "pool.h"
#include "reset_mode.h"
#include "soak.h"
#include "sysctl.h"
#include "worker.h"
#include "writers.h"

#define SLOTS 6
#define PAGES 80
#define WRITES 48

static struct pool pool;
static uint32_t images[2];
static uint64_t random_state;

static uint32_t below(uint32_t end)
{
	return (uint32_t)(random_next(&random_state) % end);
}

/* Of the slab, as it is mapped at @base. */
static uint8_t *random_byte(uint8_t *base, uint64_t *random)
{
	uint64_t bits = random_next(random);

	return base + slab_offset(&pool, bits % SLOTS, 0) + (bits >> 8) % PAGES * PAGE +
	       (bits >> 32) % PAGE;
}

static void write_some(uint8_t *base, uint64_t *random, int count)
{
	while (count--)
		poke(random_byte(base, random), 0xa7);
}

static void write_in_turn(uint64_t *random)
{
	write_some(pool.base, random, WRITES);
}

/* ---- beside the writers -------------------------------------------------- */

static void nothing(void)
{
}

static void another_process(void)
{
	size_t size = pool.geometry.out_map_size;
	int status;
	pid_t child = fork();

	test_sys(child);
	if (child == 0) {
		write_some(map_shared(pool.fd, size, 0), &random_state, 20);
		_exit(0);
	}
	test_eq(waitpid(child, &status, 0), child);
	test_eq(status, 0);
	random_next(&random_state);
}

static void second_mapping(void)
{
	size_t size = pool.geometry.out_map_size;
	uint8_t *second = map_shared(pool.fd, size, 0);

	write_some(second, &random_state, 20);
	reset_slots(&pool, below(SLOTS), 1);
	write_some(second, &random_state, 20);
	test_sys(munmap(second, size));
}

static void debugger(void)
{
	int mem = open("/proc/self/mem", O_RDWR);
	uint8_t value = 0x77;

	test_sys(mem);
	for (int i = 0; i < 5; i++) {
		uint8_t *at = random_byte(pool.base, &random_state);

		test_eq(pwrite(mem, &value, 1, (off_t)(uintptr_t)at), 1);
	}
	test_sys(close(mem));
}

static void resets(void)
{
	for (int i = 0; i < 4; i++) {
		uint32_t first = below(SLOTS);

		reset_slots(&pool, first, 1 + below(SLOTS - first));
	}
}

static void resets_in_other_modes(void)
{
	for (int i = 0; i < 4; i++) {
		set_reset_mode((int)below(3));
		reset_slots(&pool, below(SLOTS), 1);
	}
	set_reset_mode(MODE_LOOK);
}

static int reset_for_ever(void *arg)
{
	uint32_t slots[SLOTS] = { 5, 4, 3, 2, 1, 0 };
	struct guardslot_reset reset = { .slots = (uintptr_t)slots, .count = SLOTS };

	(void)arg;
	for (;;)
		do_reset_cmd(&pool, &reset);
	return 0;
}

static void killed_reset(void)
{
	static uint8_t stack[64 * 1024] __attribute__((aligned(16)));
	int status;
	pid_t child = clone(reset_for_ever, stack + sizeof(stack), CLONE_VM | SIGCHLD, NULL);

	test_sys(child);
	for (uint32_t i = below(20); i; i--)
		reset_slots(&pool, below(SLOTS), 1);
	test_sys(kill(child, SIGKILL));
	test_eq(waitpid(child, &status, 0), child);
	test_ok(WIFSIGNALED(status));
}

static void purges(void)
{
	test_purge(&pool, below(SLOTS));
}

static void (*const beside[])(void) = {
	nothing, another_process,	second_mapping, debugger,
	resets,	 resets_in_other_modes, killed_reset,	purges,
};

/* ---- between two turns --------------------------------------------------- */

/* Whatever its pieces were. */
static void map_again(void)
{
	size_t size = pool.geometry.out_map_size;
	void *base =
		mmap(pool.base, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, pool.fd, 0);

	test_ok(base == pool.base);
}

/* What is in pieces does not move as a whole. */
static void move(void)
{
	size_t size = pool.geometry.out_map_size;
	void *there = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	test_ok(there != MAP_FAILED);
	if (mremap(pool.base, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, there) == there) {
		pool.base = there;
		return;
	}
	test_eq(errno, EFAULT);
	test_sys(munmap(there, size));
	map_again();
}

static void map_for_reading(void)
{
	size_t size = pool.geometry.out_map_size;
	void *base = mmap(pool.base, size, PROT_READ, MAP_SHARED | MAP_FIXED, pool.fd, 0);

	test_ok(base == pool.base);
	read_pages(area_at(&pool, below(SLOTS), 0), PAGES);
	test_sys(mprotect(base, size, PROT_READ | PROT_WRITE));
}

static void protect(void)
{
	size_t size = pool.geometry.out_map_size;

	test_sys(mprotect(pool.base, size, below(2) ? PROT_READ : PROT_NONE));
	reset_slots(&pool, below(SLOTS), 1);
	test_sys(mprotect(pool.base, size, PROT_READ | PROT_WRITE));
	write_some(pool.base, &random_state, 10);
}

/* Into pieces, within a slot. */
static void cut(void)
{
	uint8_t *at = area_at(&pool, below(SLOTS), 0) + below(PAGES) * PAGE;

	test_sys(mprotect(at, PAGE, PROT_READ));
	test_sys(mprotect(at, PAGE, PROT_READ | PROT_WRITE));
}

static void resize(void)
{
	uint32_t slot = below(SLOTS);

	test_resize(&pool, slot, 0, below(PAGES) * PAGE);
	if (below(2))
		reset_slots(&pool, slot, 1);
	test_resize(&pool, slot, 0, PAGES * PAGE);
	write_some(pool.base, &random_state, 10);
}

static void reclaim(void)
{
	reset_slots(&pool, 0, SLOTS);
	for (uint32_t slot = 0; slot < SLOTS; slot++)
		release(&pool, slot);
	drop_caches();
	for (uint32_t slot = 0; slot < SLOTS; slot++)
		atomic_store(claim_word(&pool, slot), GUARDSLOT_ACTIVE);
}

static void bind_to_another(void)
{
	uint32_t slot = below(SLOTS);

	test_rebind(&pool, slot, images[1]);
	write_some(pool.base, &random_state, 10);
	test_rebind(&pool, slot, images[0]);
}

/* So many that pages get cold and are given back. */
static void many_looks(void)
{
	for (int i = 0; i < 74; i++) {
		poke(area_at(&pool, 0, 0), 1);
		reset_slots(&pool, 0, SLOTS);
	}
}

static void (*const between[])(void) = {
	nothing, move,	 map_again, map_for_reading, protect,
	cut,	 resize, reclaim,   bind_to_another, many_looks,
};

/* ---- a turn --------------------------------------------------------------- */

static void test_all_initial(void)
{
	for (uint32_t slot = 0; slot < SLOTS; slot++)
		test_initial(&pool, slot, PAGES);
}

static void make_pool(void)
{
	struct guardslot_create geometry = plain_geometry(SLOTS, PAGES);

	geometry.areas[0].guard = 0;
	pool = pool_map(&geometry);
	images[0] = image_keyed(&pool, 1, LOOK_KEY, PAGES);
	images[1] = image_keyed(&pool, 2, 7000, PAGES);
	set_reset_mode(MODE_LOOK);
	for (uint32_t slot = 0; slot < SLOTS; slot++) {
		atomic_store(claim_word(&pool, slot), GUARDSLOT_ACTIVE);
		test_rebind(&pool, slot, images[0]);
		write_pages(area_at(&pool, slot, 0), PAGES, 0xee);
	}
	reset_slots(&pool, 0, SLOTS);
}

static void reset_some_way(void)
{
	uint32_t half = 1 + below(SLOTS - 1);

	if (below(3)) {
		reset_slots(&pool, 0, SLOTS);
		return;
	}
	reset_slots(&pool, half, SLOTS - half);
	reset_slots(&pool, 0, half);
}

static uint64_t skipped(void)
{
	struct guardslot_query query;
	uint64_t sum = 0;

	for (uint32_t slot = 0; slot < SLOTS; slot++) {
		test_query(&pool, slot, &query);
		sum += query.out_skipped_pages;
	}
	return sum;
}

TEST("after any mixture of writes, mappings, limits and resets all slots are the image's")
{
	long round;

	test_timeout(120);
	make_pool();
	random_state = soak_start(scaled(60, 20));
	worker_pin(0);
	writers_start(write_in_turn, random_state, true);
	for (round = 0; soak_goes_on(round); round++) {
		/* The first of each is nothing, and that is the most of it. */
		uint32_t one = below(2) ? below(ARRAY_SIZE(beside)) : 0;
		uint32_t two = below(2) ? below(ARRAY_SIZE(between)) : 0;

		test_context("turn %ld, %u beside and %u between", round, one, two);
		beside[one]();
		writers_wait();
		between[two]();
		reset_some_way();
		test_all_initial();
		/* A slab in pieces is not looked at for ever. */
		if (round % 16 == 15)
			map_again();
		writers_next_turn();
	}
	writers_stop();
	soak_end(round);
	test_ok(skipped() > 0);
}

TEST_MAIN()
