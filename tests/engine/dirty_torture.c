// SPDX-License-Identifier: MIT
// Threads that write with hot TLBs on other processors never outwit a reset that looks.
/*
 * A processor whose TLB says that an entry is dirty writes without setting the bit again.
 * So a page that was written in two turns is missed in the second if the first reset
 * cleared the bit and did not flush, or copied before it flushed. In each turn all bytes
 * of all slots are compared with the image.
 */
#include "test.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "abi.h"
#include "content.h"
#include "guest.h"
#include "look.h"
#include "memory.h"
#include "pool.h"
#include "soak.h"
#include "worker.h"
#include "writers.h"

#define SLOTS 8
#define PAGES 96
#define WRITES 64

static struct pool pool;
static _Atomic bool stop;

static uint8_t *random_byte(uint64_t *random)
{
	uint64_t bits = random_next(random);

	return area_at(&pool, bits % SLOTS, 0) + (bits >> 8) % PAGES * PAGE + (bits >> 32) % PAGE;
}

static void write_some(uint64_t *random)
{
	for (int i = 0; i < WRITES; i++)
		poke(random_byte(random), 0xa7);
}

static void test_all_initial(void)
{
	for (uint32_t slot = 0; slot < SLOTS; slot++)
		test_initial(&pool, slot, PAGES);
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

TEST("writers and a bulk reset take turns: each turn leaves the image")
{
	uint64_t seed;
	long round;

	pool = pool_looked(SLOTS, PAGES);
	seed = soak_start(scaled(400, 60));
	worker_pin(0);
	writers_start(write_some, seed, true);
	for (round = 0; soak_goes_on(round); round++) {
		writers_wait();
		/* In one call, or in several, and some slots twice. */
		if (round % 3 == 0) {
			reset_slots(&pool, 0, SLOTS / 2);
			reset_slots(&pool, SLOTS / 2, SLOTS / 2);
		} else {
			reset_slots(&pool, 0, SLOTS);
		}
		test_context("turn %ld", round);
		test_all_initial();
		writers_next_turn();
	}
	writers_stop();
	soak_end(round);
	test_ok(skipped() > 0);
}

static void *reset_all(void *arg)
{
	long *rounds = arg;

	worker_pin(2);
	while (!atomic_load(&stop)) {
		reset_slots(&pool, 0, SLOTS);
		++*rounds;
	}
	return NULL;
}

TEST("writers that never stop, and two threads that reset: one reset after them is enough")
{
	pthread_t resetter;
	uint64_t seed;
	long round, rounds = 0;

	pool = pool_looked(SLOTS, PAGES);
	seed = soak_start(scaled(40, 8));
	worker_pin(0);
	for (round = 0; soak_goes_on(round); round++) {
		writers_start(write_some, seed + (uint64_t)round, false);
		atomic_store(&stop, false);
		test_eq(pthread_create(&resetter, NULL, reset_all, &rounds), 0);
		for (int i = 0; i < 50; i++)
			reset_slots(&pool, (uint32_t)i % 2, SLOTS - 1);
		writers_stop();
		atomic_store(&stop, true);
		test_eq(pthread_join(resetter, NULL), 0);
		reset_slots(&pool, 0, SLOTS);
		test_context("round %ld", round);
		test_all_initial();
	}
	test_note("%ld resets by the other thread", rounds);
	soak_end(round);
	test_ok(skipped() > 0);
}

/* A process of its own that shares the memory, so that it can be killed alone. */
static int reset_for_ever(void *arg)
{
	(void)arg;
	while (!atomic_load(&stop))
		reset_slots(&pool, 0, SLOTS);
	return 0;
}

TEST("a task that is killed in the middle of a reset loses no write")
{
	static uint8_t stack[64 * 1024] __attribute__((aligned(16)));
	uint64_t random = 1;
	long round;

	pool = pool_looked(SLOTS, PAGES);
	random = soak_start(scaled(200, 30));
	atomic_store(&stop, false);
	worker_pin(0);
	for (round = 0; soak_goes_on(round); round++) {
		int status;
		pid_t child =
			clone(reset_for_ever, stack + sizeof(stack), CLONE_VM | SIGCHLD, NULL);

		test_sys(child);
		for (uint64_t i = random_next(&random) % 2000; i; i--)
			poke(random_byte(&random), 0xa7);
		if (round % 2)
			sched_yield();
		test_sys(kill(child, SIGKILL));
		test_eq(waitpid(child, &status, 0), child);
		test_ok(WIFSIGNALED(status));
		reset_slots(&pool, 0, SLOTS);
		test_context("round %ld", round);
		test_all_initial();
	}
	soak_end(round);
	test_ok(skipped() > 0);
}

TEST_MAIN()
