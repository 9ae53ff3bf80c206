// SPDX-License-Identifier: MIT
// A slot that was handed over is reset once, by one of those who may, and is waited for.
#include "test.h"

#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#include "background/resets.h"

#define SLOTS 400

static struct shim_resets *resets;
static atomic_uint times[SLOTS]; /* how often a slot was reset */
static atomic_uint by_caller, in_reset, ended;
static pthread_t caller;
static atomic_bool is_gated;

/* Ends only when the gate is open. */
static void reset(void *context, const uint32_t *slots, uint32_t count)
{
	test_eq(context, times);
	atomic_fetch_add(&in_reset, 1);
	if (pthread_equal(pthread_self(), caller))
		atomic_fetch_add(&by_caller, count);
	else
		test_until(!atomic_load(&is_gated));
	for (uint32_t i = 0; i < count; i++)
		atomic_fetch_add(&times[slots[i]], 1);
	atomic_fetch_add(&ended, count);
}

static void start(uint32_t mode, uint32_t threads, uint32_t batch, uint32_t waiting)
{
	const struct shim_resets_config config = {
		.mode = mode,
		.threads = threads,
		.batch = batch,
		.waiting = waiting,
		.slots = SLOTS,
		.reset = reset,
		.context = times,
	};

	caller = pthread_self();
	for (uint32_t i = 0; i < SLOTS; i++)
		atomic_store(&times[i], 0);
	atomic_store(&by_caller, 0);
	atomic_store(&in_reset, 0);
	atomic_store(&ended, 0);
	test_success(shim_resets_check(&config));
	test_success(shim_resets_create(&config, &resets));
}

/* Each slot below count was reset so often. */
static void all_were_reset(uint32_t count, uint32_t often)
{
	test_eq(shim_resets_count(resets), 0);
	for (uint32_t i = 0; i < SLOTS; i++)
		test_eq(atomic_load(&times[i]), i < count ? often : 0);
	shim_resets_destroy(resets, false);
}

TEST("who makes a batch full resets it, and nobody else")
{
	start(SHIM_RESET_CALLER, 0, 3, 0);
	for (uint32_t i = 0; i < 5; i++)
		shim_resets_add(resets, i);
	test_eq(atomic_load(&by_caller), 3);
	test_eq(shim_resets_count(resets), 2);
	shim_resets_flush(resets);
	all_were_reset(5, 1);
}

TEST("threads reset what waits, and the caller nothing")
{
	start(SHIM_RESET_THREADS, 2, 0, 0);
	for (uint32_t i = 0; i < SLOTS; i++)
		shim_resets_add(resets, i);
	test_until(!shim_resets_are_busy(resets));
	test_eq(atomic_load(&by_caller), 0);
	all_were_reset(SLOTS, 1);
}

TEST("threads are woken again after they slept, each time")
{
	start(SHIM_RESET_THREADS, 1, 0, 0);
	/* The next slot comes at once, while the thread is about to sleep. */
	for (uint32_t round = 0; round < 20000; round++) {
		for (uint32_t spins = round % 64; spins; spins--)
			shim_resets_are_busy(resets);
		shim_resets_add(resets, 7);
		while (shim_resets_are_busy(resets))
			sched_yield();
	}
	test_eq(atomic_load(&times[7]), 20000);
	shim_resets_destroy(resets, false);
}

TEST("threads leave less than a batch alone, and take it when the last slot comes")
{
	/* A thread has one home, so the slots are in one shard. */
	start(SHIM_RESET_THREADS, 2, 100, 0);
	for (uint32_t round = 0; round < 20; round++) {
		for (uint32_t i = 0; i < 99; i++)
			shim_resets_add(resets, i);
		test_eq(shim_resets_count(resets), 99);
		test_eq(atomic_load(&ended), round * 100);
		shim_resets_add(resets, 99);
		test_until(!shim_resets_are_busy(resets));
	}
	test_eq(atomic_load(&by_caller), 0);
	all_were_reset(100, 20);
}

TEST("where no more may wait the caller resets its slot, and only that")
{
	start(SHIM_RESET_EVENT, 0, 2, 2);
	for (uint32_t i = 0; i < 5; i++)
		shim_resets_add(resets, i);
	test_eq(atomic_load(&by_caller), 3);
	test_eq(shim_resets_count(resets), 2);
	test_eq(atomic_load(&times[0]) + atomic_load(&times[1]), 0);
	shim_resets_flush(resets);
	all_were_reset(5, 1);
}

TEST("who helps resets a few, those that wait for longest")
{
	start(SHIM_RESET_EVENT, 0, 0, 0);
	for (uint32_t i = 0; i < 100; i++)
		shim_resets_add(resets, i);
	shim_resets_help(resets, 0);
	test_ok(atomic_load(&by_caller) > 0 && atomic_load(&by_caller) < 10);
	test_eq(atomic_load(&times[0]), 1);
	test_eq(atomic_load(&times[50]), 0);
	shim_resets_flush(resets);
	all_were_reset(100, 1);
}

/* Whether the task sleeps, as in a futex. */
static bool is_asleep(pid_t task)
{
	char path[64], status[256] = "";
	int fd;

	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", task);
	fd = test_sys(open(path, O_RDONLY | O_CLOEXEC));
	test_ok(read(fd, status, sizeof(status) - 1) > 0);
	close(fd);
	return strncmp(strrchr(status, ')'), ") S", 3) == 0;
}

/* Not before the main thread waits. */
static void *open_gate(void *unused)
{
	test_until(is_asleep(getpid()));
	atomic_store(&is_gated, false);
	return unused;
}

TEST("a flush waits for what a thread has taken")
{
	pthread_t opener;

	for (int round = 0; round < 5; round++) {
		start(SHIM_RESET_THREADS, 2, 0, 0);
		atomic_store(&is_gated, true);
		shim_resets_add(resets, 1);
		test_until(atomic_load(&in_reset) == 1);
		test_eq(pthread_create(&opener, NULL, open_gate, NULL), 0);
		shim_resets_flush(resets);
		test_eq(atomic_load(&ended), 1);
		pthread_join(opener, NULL);
		shim_resets_destroy(resets, false);
	}
}

TEST("destroying waits for what a thread has taken, and leaves what waits")
{
	pthread_t opener;

	start(SHIM_RESET_THREADS, 1, 0, 0);
	atomic_store(&is_gated, true);
	shim_resets_add(resets, 1);
	test_until(atomic_load(&in_reset) == 1);
	shim_resets_add(resets, 2);
	test_eq(pthread_create(&opener, NULL, open_gate, NULL), 0);
	shim_resets_destroy(resets, false);
	test_eq(atomic_load(&times[1]), 1);
	pthread_join(opener, NULL);
}

static bool is_readable(void)
{
	struct pollfd pollfd = { .fd = shim_resets_event(resets), .events = POLLIN };

	test_sys(poll(&pollfd, 1, 0));
	return pollfd.revents & POLLIN;
}

TEST("the descriptor is readable from a full batch to the next flush")
{
	start(SHIM_RESET_EVENT, 0, 2, 0);
	for (int round = 0; round < 3; round++) {
		shim_resets_add(resets, 0);
		test_ok(!is_readable());
		shim_resets_add(resets, 1);
		test_ok(is_readable());
		shim_resets_add(resets, 2);
		test_ok(is_readable());
		shim_resets_flush(resets);
		test_ok(!is_readable());
	}
	all_were_reset(3, 3);
}

#define ADDERS 4
#define EACH (SLOTS / ADDERS)
#define ROUNDS 200

static atomic_bool is_over;

/* Hands each of its slots over again as soon as it was reset. */
static void *add_slots(void *first)
{
	uint32_t from = (uint32_t)(uintptr_t)first;

	for (uint32_t round = 0; round < ROUNDS; round++)
		for (uint32_t i = from; i < from + EACH; i++) {
			test_until(atomic_load(&times[i]) == round);
			shim_resets_add(resets, i);
		}
	return NULL;
}

static void *flush_on_event(void *unused)
{
	while (!atomic_load(&is_over)) {
		struct pollfd pollfd = { .fd = shim_resets_event(resets), .events = POLLIN };

		if (poll(&pollfd, 1, 10) == 1)
			shim_resets_flush(resets);
	}
	return unused;
}

static void churn(void)
{
	pthread_t adders[ADDERS];

	for (uintptr_t i = 0; i < ADDERS; i++)
		test_eq(pthread_create(&adders[i], NULL, add_slots, (void *)(i * EACH)), 0);
	for (int i = 0; i < ADDERS; i++)
		pthread_join(adders[i], NULL);
}

TEST("among threads each slot is reset once for each time, and none is lost")
{
	for (uint32_t threads = 1; threads < 5; threads += 3) {
		start(SHIM_RESET_THREADS, threads, 0, threads == 1 ? 20 : 0);
		churn();
		test_until(!shim_resets_are_busy(resets));
		all_were_reset(SLOTS, ROUNDS);
	}
}

TEST("no descriptor is written too late for a slot")
{
	pthread_t flusher;

	start(SHIM_RESET_EVENT, 0, 0, 0);
	atomic_store(&is_over, false);
	test_eq(pthread_create(&flusher, NULL, flush_on_event, NULL), 0);
	churn();
	test_until(!shim_resets_are_busy(resets));
	atomic_store(&is_over, true);
	pthread_join(flusher, NULL);
	all_were_reset(SLOTS, ROUNDS);
}

TEST_MAIN()
