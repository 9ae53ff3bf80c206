// SPDX-License-Identifier: MIT
// When memory runs out, those who fill slots are killed, and processes that take little live on.
#include "test.h"

#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "file.h"
#include "memory.h"
#include "pool.h"
#include "sysctl.h"

/* Memory that there is, and what of it each takes. */
#define ALL ((size_t)192 << 20)
#define LITTLE ((size_t)16 << 20)
#define MUCH ((size_t)72 << 20)

#define INNOCENT 3

static atomic_int *ready;

/* A process that takes memory, says so, and waits. */
static pid_t start(void (*take)(size_t size), size_t size)
{
	int before = atomic_load(ready);
	pid_t child = fork();

	test_sys(child);
	if (child)
		return child;
	write_number("/proc/self/oom_score_adj", 0);
	take(size);
	atomic_store(ready, before + 1);
	for (;;)
		pause();
}

static pid_t start_and_wait(void (*take)(size_t size), size_t size)
{
	int before = atomic_load(ready);
	pid_t child = start(take, size);

	test_until(atomic_load(ready) > before);
	return child;
}

static void take_anonymous(size_t size)
{
	write_pages(map_private(size), size / PAGE, 1);
}

static void take_slot(size_t size)
{
	struct pool pool = pool_plain(1, size / PAGE, GUARDSLOT_CREATE_NO_WRITE_SETS);

	write_pages(area_at(&pool, 0, 0), size / PAGE, 1);
}

/* Pages that are small and many, in as many pools: each has little of its own. */
static void take_small_pools(size_t size)
{
	for (size_t taken = 0; taken < size; taken += 16 * PAGE) {
		struct pool pool = pool_plain(1, 16, GUARDSLOT_CREATE_NO_WRITE_SETS);

		write_pages(area_at(&pool, 0, 0), 16, 1);
	}
}

static bool is_alive(pid_t child)
{
	return waitpid(child, NULL, WNOHANG) == 0;
}

/*
 * The kernel keeps most of the memory for itself, and no processor hoards free pages, which
 * it would do in proportion.
 */
static void set_short_of_memory(void)
{
	char text[32];

	write_file("/proc/sys/vm/drop_caches", "3");
	sysctl_set("/proc/sys/vm/percpu_pagelist_high_fraction", "10000");
	sysctl_set("/proc/sys/vm/watermark_boost_factor", "0");
	snprintf(text, sizeof(text), "%zu", get_number("/proc/meminfo", "MemFree") - ALL / 1024);
	sysctl_set("/proc/sys/vm/min_free_kbytes", text);
}

/* Two take so much that one of them must go. */
static void run_out(void (*take)(size_t size))
{
	unsigned long kills = get_number("/proc/vmstat", "oom_kill");
	pid_t innocent[INNOCENT], first, second;

	test_timeout(90);
	ready = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	/* The test itself lives, whatever happens, and gives the memory back. */
	write_file("/proc/self/oom_score_adj", "-1000");
	set_short_of_memory();
	for (int i = 0; i < INNOCENT; i++)
		innocent[i] = start_and_wait(take_anonymous, LITTLE);
	first = start_and_wait(take, MUCH);
	second = start(take, ALL);
	test_until(!is_alive(second) || !is_alive(first));
	test_note("%lu killed", get_number("/proc/vmstat", "oom_kill") - kills);
	for (int i = 0; i < INNOCENT; i++)
		if (!is_alive(innocent[i]))
			test_fail("an innocent process was killed before the one that took all");
	test_ok(get_number("/proc/vmstat", "oom_kill") > kills);
	kill(first, SIGKILL);
	kill(second, SIGKILL);
	for (int i = 0; i < INNOCENT; i++)
		kill(innocent[i], SIGKILL);
}

TEST("who fills a slot is killed before innocent processes")
{
	run_out(take_slot);
}

TEST("who fills thousands of small pools is killed before innocent processes")
{
	struct rlimit files = { .rlim_cur = 8192, .rlim_max = 8192 };

	test_sys(setrlimit(RLIMIT_NOFILE, &files));
	run_out(take_small_pools);
}

TEST_MAIN()
