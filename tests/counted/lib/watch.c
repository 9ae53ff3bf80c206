// SPDX-License-Identifier: MIT
#include "watch.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <time.h>

#include "abi.h"
#include "memory.h"
#include "sysctl.h"
#include "test.h"

/* Instructions. */
#define LIMIT 1000000
#define PERIOD 50000

static _Atomic bool stop, ready;
static pthread_t thread;
static uint64_t begin, late, map_time;
static uint64_t worst_late, worst_map;

static uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

/* By how much a sleep was too long. */
static uint64_t sleep_late(void)
{
	struct timespec period = { .tv_nsec = PERIOD };
	uint64_t start = now();

	nanosleep(&period, NULL);
	return now() - start - PERIOD;
}

void watch_run(void)
{
	struct sched_param param = { .sched_priority = 50 };

	test_sys(sched_setscheduler(0, SCHED_FIFO, &param));
	/* A kernel that has just booted wakes its sleepers by the tick for some time. */
	while (sleep_late() > LIMIT)
		;
	late = map_time = 0;
	atomic_store(&ready, true);
	while (!atomic_load(&stop)) {
		uint64_t start, time = sleep_late();
		void *map;

		late = time > late ? time : late;
		start = now();
		map = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		time = now() - start;
		map_time = time > map_time ? time : map_time;
		munmap(map, PAGE);
	}
}

static void *watch(void *arg)
{
	watch_run();
	return arg;
}

void watch_begin_by(void (*start)(void))
{
	atomic_store(&stop, false);
	atomic_store(&ready, false);
	start();
	while (!atomic_load(&ready))
		sched_yield();
	begin = now();
}

static void start_thread(void)
{
	test_eq(pthread_create(&thread, NULL, watch, NULL), 0);
}

void watch_begin(void)
{
	watch_begin_by(start_thread);
}

void watch_end_by(void (*join)(void), const char *what)
{
	uint64_t took = now() - begin;

	atomic_store(&stop, true);
	join();
	test_note("%s: %lu instructions, others late by %lu, in mmap() for %lu", what,
		  (unsigned long)took, (unsigned long)late, (unsigned long)map_time);
	if (late > worst_late)
		worst_late = late;
	if (map_time > worst_map)
		worst_map = map_time;
}

static void join_thread(void)
{
	test_eq(pthread_join(thread, NULL), 0);
}

void watch_end(const char *what)
{
	watch_end_by(join_thread, what);
}

void test_no_long_section(void (*work)(void))
{
	/* A processor hoards free pages, and the kernel frees what it hoarded in one go. */
	sysctl_set("/proc/sys/vm/percpu_pagelist_high_fraction", "10000");
	test_timeout(120);
	for (int try = 0; try < 3; try++) {
		worst_late = worst_map = 0;
		work();
		if (worst_late < LIMIT && worst_map < LIMIT)
			break;
	}
	test_ok(worst_late < LIMIT);
	test_ok(worst_map < LIMIT);
}

struct pool pool_large(uint32_t slots, uint64_t size, uint64_t initial)
{
	struct guardslot_create geometry = {
		.flags = GUARDSLOT_CREATE_NO_WRITE_SETS,
		.slots = slots,
		.area_count = 1,
		.areas = { { .reserve = size, .max = size, .initial = initial } },
	};

	return pool_map(&geometry);
}
