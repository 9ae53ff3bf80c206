// SPDX-License-Identifier: MIT
// Threads and processes may call and touch slots at the same time, their own or the same ones.
/*
 * On slots of their own each finds what it expects. When they work on one slot they
 * harm no other, and a last reset restores it.
 */
#include "test.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "abi.h"
#include "guest.h"
#include "image.h"
#include "memory.h"
#include "pool.h"
#include "soak.h"

#define THREADS 4
#define IMAGES 3
/* Rounds of each thread: a second or so on an idle machine. */
#define LIVES 60
#define FIGHTS 600

static struct pool pool;
static uint32_t images[IMAGES + 1]; /* 0: none */
static const uint8_t image_pages[IMAGES + 1] = { 4, 2, 7, 16 };
static unsigned int first_seed;

static uint8_t image_byte(uint32_t image)
{
	return image ? (uint8_t)(0x10 + image) : 0;
}

static void setup(long rounds, uint32_t slots, uint64_t max_resident, uint64_t keep_resident)
{
	struct guardslot_create geometry = small_geometry(slots);

	first_seed = (unsigned int)soak_start(scaled(rounds, rounds / 5));
	geometry.max_resident = max_resident;
	geometry.keep_resident = keep_resident;
	pool = pool_map(&geometry);
	for (uint32_t i = 1; i <= IMAGES; i++)
		images[i] = image_filled(&pool, i, image_byte(i), image_pages[i]);
}

static void run_threads(void *(*body)(void *))
{
	pthread_t threads[THREADS];

	for (uintptr_t i = 0; i < THREADS; i++)
		test_eq(pthread_create(&threads[i], NULL, body, (void *)i), 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
}

/* One use of a slot: bound, used, grown, shrunk, reset, perhaps purged. */
static void live(uint32_t slot, unsigned int *seed)
{
	uint32_t image = (uint32_t)rand_r(seed) % (IMAGES + 1);
	uint8_t *at = area_at(&pool, slot, 0), mine = (uint8_t)(0x80 + slot);
	size_t pages = image_pages[image], page;

	test_rebind(&pool, slot, images[image]);
	for (int i = 0; i < 6; i++) {
		page = (size_t)rand_r(seed) % pages;
		test_eq(peek(at + page * PAGE), image_byte(image));
		page = (size_t)rand_r(seed) % pages;
		poke(at + page * PAGE + 8, mine);
		test_eq(peek(at + page * PAGE + 8), mine);
		test_eq(peek(at + page * PAGE + 9), image_byte(image));
	}
	poke(area_at(&pool, slot, 1), mine);
	test_resize(&pool, slot, 0, 16 * PAGE);
	if (pages < 16)
		test_eq(peek(at + 15 * PAGE), 0);
	poke(at + 15 * PAGE, mine);
	test_resize(&pool, slot, 0, PAGE);
	test_eq(peek(at), image_byte(image));
	if (rand_r(seed) % 4 == 0)
		test_purge(&pool, slot);
	else
		test_reset(&pool, slot);
	for (page = 0; page < pages; page++) {
		test_eq(peek(at + page * PAGE), image_byte(image));
		test_eq(peek(at + page * PAGE + 8), image_byte(image));
	}
	test_eq(peek(area_at(&pool, slot, 1)), 0);
	test_eq(limit_of(&pool, slot, 0), pages * PAGE);
}

static void *live_on_own_slots(void *index)
{
	unsigned int seed = first_seed * THREADS + (unsigned int)(uintptr_t)index;
	long lives;

	for (lives = 0; soak_goes_on(lives); lives++)
		live((uint32_t)(uintptr_t)index + THREADS * (uint32_t)(lives % 4), &seed);
	if (!index)
		soak_end(lives);
	return NULL;
}

TEST("threads on slots of their own find what they expect")
{
	setup(LIVES, 4 * THREADS, 0, 0);
	run_threads(live_on_own_slots);
}

TEST("threads on slots of their own find what they expect where each reset trims the slot")
{
	setup(LIVES, 4 * THREADS, 0, 2 * PAGE);
	run_threads(live_on_own_slots);
}

/* Purges all idle slots; no slot of the pool is idle at any time. */
static void *disturb(void *stop)
{
	struct guardslot_purge idle = { .mode = GUARDSLOT_PURGE_IDLE };
	struct guardslot_purge tag = { .mode = GUARDSLOT_PURGE_TAG, .tag = 12345 };
	size_t size = pool.geometry.out_map_size;

	while (!atomic_load((atomic_bool *)stop)) {
		uint8_t *map = map_shared(pool.fd, size, 0);
		uint8_t *middle = map + size / 2 / PAGE * PAGE;
		uint32_t image = image_filled(&pool, 99, 0x99, 1);
		uint8_t byte;

		if (sigsetjmp(*tap_signal_arm(), 1) == 0) {
			byte = peek(map + slab_offset(&pool, 1, 0));
			(void)byte;
			tap_signal_disarm();
		}
		test_purge_cmd(&pool, &idle);
		test_purge_cmd(&pool, &tag);
		test_sys(mprotect(middle, PAGE, PROT_READ));
		test_sys(munmap(middle, 2 * PAGE));
		test_sys(munmap(map, size));
		test_image_destroy(&pool, image);
	}
	return NULL;
}

TEST("threads on slots of their own find what they expect while others map, purge and make images")
{
	atomic_bool stop = false;
	pthread_t other;

	setup(LIVES, 4 * THREADS, 0, 0);
	test_eq(pthread_create(&other, NULL, disturb, &stop), 0);
	run_threads(live_on_own_slots);
	atomic_store(&stop, true);
	pthread_join(other, NULL);
}

/* Touches what may be a guard, over a cap or not mapped at this moment. */
static void touch(uint8_t *at, int value)
{
	if (sigsetjmp(*tap_signal_arm(), 1) != 0)
		return;
	if (value < 0)
		peek(at);
	else
		poke(at, (uint8_t)value);
	tap_signal_disarm();
}

/* A step that succeeds, or fails as another thread on the slot can make it fail. */
static void test_one_of(int ret, int error)
{
	if (ret != 0 && ret != error && ret != -ENOSPC)
		test_fail("got %d, expected 0 or %d", ret, error);
}

static void fight_over_images(uint32_t slot, uint32_t what)
{
	static _Atomic uint32_t latest;
	struct guardslot_image_create create = { .tag = 7, .areas[0].limit = 3 * PAGE };
	struct guardslot_purge purge = { .mode = GUARDSLOT_PURGE_TAG, .tag = 7 };
	uint32_t image;
	int ret;

	switch (what % 4) {
	case 0:
		test_one_of(do_image_create(&pool, &create), 0);
		atomic_store(&latest, create.out_image);
		return;
	case 1:
		ret = do_image_snapshot(&pool, slot, 7, &image);
		test_one_of(ret, 0);
		if (!ret)
			test_one_of(do_image_destroy(&pool, image), 0);
		return;
	case 2:
		test_one_of(do_rebind(&pool, slot, atomic_load(&latest)), -ENOENT);
		return;
	default:
		test_one_of(do_image_destroy(&pool, atomic_load(&latest)), -ENOENT);
		test_one_of(do_purge_cmd(&pool, &purge), 0);
	}
}

static void fight_over_mapping(uint8_t *at, uint32_t what)
{
	switch (what % 3) {
	case 0:
		mprotect(at, 2 * PAGE, PROT_READ);
		return;
	case 1:
		mprotect(at, 4 * PAGE, PROT_READ | PROT_WRITE);
		return;
	default:
		madvise(at, 4 * PAGE, MADV_DONTNEED);
	}
}

static int prefault(uint32_t slot, uint32_t what)
{
	struct guardslot_prefault cmd = {
		.size = sizeof(cmd),
		.flags = what % 2 ? GUARDSLOT_PREFAULT_RANGE : 0,
		.slots = (uintptr_t)&slot,
		.count = 1,
		.length = what % 2 ? 3 * PAGE : 0,
	};

	return device_call(pool.fd, GUARDSLOT_IOC_PREFAULT, &cmd);
}

/* One random step on one of the first two slots. */
static void compete(unsigned int *seed)
{
	struct guardslot_purge idle = { .mode = GUARDSLOT_PURGE_IDLE };
	uint32_t what = (uint32_t)rand_r(seed), slot = what & 1;
	uint32_t area = what >> 1 & 1;
	uint8_t *at = area_at(&pool, slot, area);
	struct guardslot_query query;

	switch (what >> 4 & 15) {
	case 0:
		test_reset(&pool, slot);
		return;
	case 1:
		test_rebind(&pool, slot, images[what >> 8 & 3]);
		return;
	case 2:
		test_resize(&pool, slot, 0, (what >> 8) % 17 * PAGE);
		return;
	case 3:
		test_resize(&pool, slot, 1, (what >> 8) % 7 * PAGE);
		return;
	case 4:
		test_purge(&pool, slot);
		return;
	case 5:
		atomic_store(claim_word(&pool, slot), (what >> 8) % 4);
		test_purge_cmd(&pool, &idle);
		return;
	case 6:
		fight_over_images(slot, what >> 8);
		return;
	case 7:
		fight_over_mapping(at, what >> 8);
		return;
	case 8:
		test_one_of(prefault(slot, what >> 8), -EINVAL);
		return;
	case 9:
		test_query(&pool, slot, &query);
		return;
	default:
		/* Not past the area and its guard: there the next slot begins. */
		touch(at + (what >> 8) % (area ? 6 : 23) * PAGE,
		      (what >> 13) % 3 ? (int)(what & 0xff) : -1);
	}
}

static void *fight_on(void *index)
{
	unsigned int seed = first_seed * THREADS + (unsigned int)(uintptr_t)index;
	long fights;

	for (fights = 0; soak_goes_on(fights); fights++)
		compete(&seed);
	if (!index)
		soak_end(fights);
	return NULL;
}

/* Afterwards the slots are right, and the slots next to them were never touched. */
static void test_put_right(void)
{
	test_sys(mprotect(pool.base, pool.geometry.out_map_size, PROT_READ | PROT_WRITE));
	for (uint32_t slot = 0; slot < 2; slot++) {
		for (uint32_t i = 0; i <= IMAGES; i++) {
			test_rebind(&pool, slot, images[i]);
			test_bytes(area_at(&pool, slot, 0), image_byte(i), image_pages[i] * PAGE);
			test_bytes(area_at(&pool, slot, 1), 0, 2 * PAGE);
			memset(area_at(&pool, slot, 0), 0xff, image_pages[i] * PAGE);
			test_reset(&pool, slot);
			test_bytes(area_at(&pool, slot, 0), image_byte(i), image_pages[i] * PAGE);
		}
	}
	test_bytes(area_at(&pool, 2, 0), 0xe2, 4 * PAGE);
	test_eq(limit_of(&pool, 2, 0), 4 * PAGE);
}

TEST("threads that compete for two slots harm neither the third nor the images")
{
	setup(FIGHTS, 3, 0, 0);
	memset(area_at(&pool, 2, 0), 0xe2, 4 * PAGE);
	run_threads(fight_on);
	test_put_right();
}

TEST("threads that compete under caps, with a trim at each reset, harm no other slot")
{
	setup(FIGHTS, 3, 16 * PAGE, 3 * PAGE);
	memset(area_at(&pool, 2, 0), 0xe2, 4 * PAGE);
	run_threads(fight_on);
	test_purge(&pool, 0);
	test_purge(&pool, 1);
	test_bytes(area_at(&pool, 2, 0), 0xe2, 4 * PAGE);
}

static void *fight_until_killed(void *first)
{
	unsigned int seed = (unsigned int)(uintptr_t)first;

	for (;;)
		compete(&seed);
	return NULL;
}

/* A process of its own, two threads of it, until it is killed. */
static pid_t start_fighter(unsigned int seed)
{
	pid_t child = fork();

	test_sys(child);
	if (child != 0)
		return child;
	pool.base = map_shared(pool.fd, pool.geometry.out_map_size, 0);
	pool.claim =
		map_shared(pool.fd, pool.geometry.out_claim_size, pool.geometry.out_claim_offset);
	for (uintptr_t i = 0; i < 2; i++) {
		pthread_t thread;

		test_eq(pthread_create(&thread, NULL, fight_until_killed, (void *)(seed + i)), 0);
	}
	for (;;)
		pause();
}

TEST("processes that compete and are killed at any moment leave a pool that works")
{
	unsigned int seed;
	long kills;

	setup(10, 3, 0, 0);
	seed = first_seed * THREADS;
	memset(area_at(&pool, 2, 0), 0xe2, 4 * PAGE);
	for (kills = 0; soak_goes_on(kills); kills++) {
		pid_t a = start_fighter(seed++), b = start_fighter(seed++);

		for (int i = 0; i < 200; i++)
			compete(&seed);
		usleep((unsigned int)rand_r(&seed) % 50000);
		test_sys(kill(a, SIGKILL));
		test_sys(kill(b, SIGKILL));
		test_sys(waitpid(a, NULL, 0));
		test_sys(waitpid(b, NULL, 0));
	}
	soak_end(kills);
	test_put_right();
}

TEST_MAIN()
