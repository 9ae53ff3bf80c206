// SPDX-License-Identifier: MIT
// Slot and image pages come from the nodes that mbind(), set_mempolicy() and the cpuset allow.
/* The guest has two nodes. What a node has less of free memory is what was taken from it. */
#include "test.h"

#include <linux/mempolicy.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fdinfo.h"
#include "file.h"
#include "image.h"
#include "memory.h"
#include "pool.h"

#define SIZE ((size_t)48 << 20)
#define PAGES (SIZE / PAGE)
/* What else the guest takes or gives back meanwhile. */
#define NOISE ((long)SIZE / 4)

#define BOX "/sys/fs/cgroup/numa-test"

/* With what each processor has on its lists. */
static long free_of(int node)
{
	FILE *file = fopen("/proc/zoneinfo", "r");
	unsigned long pages = 0, number;
	int at = -1, which;
	char line[256];

	test_ok(file);
	while (fgets(line, sizeof(line), file)) {
		if (sscanf(line, "Node %d", &which) == 1)
			at = which;
		else if (at == node && (sscanf(line, " pages free %lu", &number) == 1 ||
					sscanf(line, " count: %lu", &number) == 1))
			pages += number;
	}
	fclose(file);
	return (long)(pages * PAGE);
}

static long was_free[2];

static void begin(void)
{
	for (int node = 0; node < 2; node++)
		was_free[node] = free_of(node);
}

static void test_taken(size_t node0, size_t node1)
{
	const size_t expected[2] = { node0, node1 };

	for (int node = 0; node < 2; node++) {
		long taken = was_free[node] - free_of(node);

		if (labs(taken - (long)expected[node]) > NOISE)
			test_fail("%ld KiB came from node %d, expected about %zu", taken / 1024,
				  node, expected[node] / 1024);
	}
}

static void bind_memory(uint8_t *at, size_t size, int mode, unsigned long nodes)
{
	test_sys(syscall(SYS_mbind, at, size, mode, &nodes, 8 * sizeof(nodes), 0));
}

static void set_policy(int mode, unsigned long nodes)
{
	test_sys(syscall(SYS_set_mempolicy, mode, &nodes, 8 * sizeof(nodes)));
}

static struct pool pool_of_two(void)
{
	return pool_plain(2, PAGES, GUARDSLOT_CREATE_NO_WRITE_SETS);
}

TEST("faults take pages from the node that mbind() binds the slab to")
{
	struct pool pool = pool_of_two();

	for (int node = 0; node < 2; node++) {
		begin();
		bind_memory(pool.base, pool.geometry.out_map_size, MPOL_BIND, 1ul << node);
		write_pages(area_at(&pool, 0, 0), PAGES, 1);
		test_taken(node ? 0 : SIZE, node ? SIZE : 0);
		test_purge(&pool, 0);
	}
}

TEST("so does PREFAULT, and where the pieces of a slot are bound to different nodes")
{
	struct pool pool = pool_of_two();
	uint8_t *area = area_at(&pool, 0, 0);

	for (int node = 0; node < 2; node++) {
		begin();
		bind_memory(area, SIZE, MPOL_BIND, 1ul << node);
		test_eq(prefault_range(&pool, 0, 0, 0, SIZE), PAGES);
		test_taken(node ? 0 : SIZE, node ? SIZE : 0);
		test_purge(&pool, 0);
	}
	bind_memory(area, SIZE / 4, MPOL_BIND, 1);
	begin();
	test_eq(prefault_range(&pool, 0, 0, 0, SIZE), PAGES);
	test_taken(SIZE / 4, SIZE / 4 * 3);
}

TEST("interleaved pages come from both nodes, by faults and by PREFAULT")
{
	struct pool pool = pool_of_two();

	bind_memory(pool.base, pool.geometry.out_map_size, MPOL_INTERLEAVE, 3);
	begin();
	write_pages(area_at(&pool, 0, 0), PAGES, 1);
	test_taken(SIZE / 2, SIZE / 2);
	begin();
	test_eq(prefault_range(&pool, 1, 0, 0, SIZE), PAGES);
	test_taken(SIZE / 2, SIZE / 2);
}

TEST("without mbind() the policy of the task holds, for images as well")
{
	struct pool pool = pool_of_two();
	uint8_t *source = malloc(SIZE);

	memset(source, 1, SIZE);
	for (int node = 0; node < 2; node++) {
		set_policy(MPOL_BIND, 1ul << node);
		begin();
		write_pages(area_at(&pool, 0, 0), PAGES, 1);
		test_taken(node ? 0 : SIZE, node ? SIZE : 0);
		begin();
		test_eq(prefault_range(&pool, 1, 0, 0, SIZE), PAGES);
		test_taken(node ? 0 : SIZE, node ? SIZE : 0);
		begin();
		image_of(&pool, 1, source, SIZE, SIZE);
		test_taken(node ? 0 : SIZE, node ? SIZE : 0);
		test_purge(&pool, 0);
		test_purge(&pool, 1);
	}
}

static void run_on(int node)
{
	cpu_set_t processors;
	char path[64], text[64];

	snprintf(path, sizeof(path), "/sys/devices/system/node/node%d/cpulist", node);
	read_file(path, text, sizeof(text));
	CPU_ZERO(&processors);
	CPU_SET(atoi(text), &processors);
	test_sys(sched_setaffinity(0, sizeof(processors), &processors));
}

TEST("what PURGE took is for nobody whose policy or processor asks for another node")
{
	struct pool pool = pool_of_two();
	unsigned long spares;

	/* There is room for more. */
	run_on(0);
	write_pages(area_at(&pool, 0, 0), 16, 1);
	test_purge(&pool, 0);
	spares = fdinfo_spare_pages(&pool);
	test_eq(spares, 16);
	bind_memory(area_at(&pool, 0, 0), SIZE, MPOL_BIND, 2);
	write_pages(area_at(&pool, 0, 0), 8, 1);
	set_policy(MPOL_BIND, 2);
	write_pages(area_at(&pool, 1, 0), 8, 1);
	test_eq(fdinfo_spare_pages(&pool), spares);
	/* Pages of another node than the processor's are not kept. */
	test_purge(&pool, 0);
	test_purge(&pool, 1);
	test_eq(fdinfo_spare_pages(&pool), spares);
	set_policy(MPOL_DEFAULT, 0);
	run_on(1);
	write_pages(area_at(&pool, 1, 0), 8, 1);
	test_eq(fdinfo_spare_pages(&pool), spares);
	run_on(0);
	poke(area_at(&pool, 1, 0) + 8 * PAGE, 1);
	test_eq(fdinfo_spare_pages(&pool), spares - 1);
	pool_close(&pool);
}

TEST("pages of a group are kept where its shrinker is asked for them: on the node of its slot")
{
	char text[16];
	struct pool pool;

	write_file("/sys/fs/cgroup/cgroup.subtree_control", "+memory");
	test_sys(mkdir(BOX, 0755));
	snprintf(text, sizeof(text), "%d", getpid());
	write_file(BOX "/cgroup.procs", text);
	pool = pool_of_two();
	for (int node = 0; node < 2; node++) {
		/* With its first page the slot is listed. */
		run_on(0);
		poke(area_at(&pool, 0, 0), 1);
		run_on(node);
		write_pages(area_at(&pool, 0, 0) + PAGE, 8, 1);
		test_purge(&pool, 0);
		if (node == 0)
			test_eq(fdinfo_spare_pages(&pool), 9);
		for (int i = 0; i < 4; i++)
			try_write_file(BOX "/memory.reclaim", "64M");
		test_eq(fdinfo_spare_pages(&pool), 0);
	}
	pool_close(&pool);
	write_file("/sys/fs/cgroup/cgroup.procs", text);
	test_sys(rmdir(BOX));
}

/* More than the node has, which is the end of who may have no other. */
static void fill_node(int node)
{
	size_t pages = (size_t)free_of(node) / PAGE + PAGES / 2;
	struct pool pool = pool_plain(1, pages, GUARDSLOT_CREATE_NO_WRITE_SETS);

	write_pages(area_at(&pool, 0, 0), pages, 1);
}

TEST("a process whose cpuset has one node takes nothing from the other when that is full")
{
	char text[16];
	int status;
	pid_t child;

	test_timeout(90);
	write_file("/sys/fs/cgroup/cgroup.subtree_control", "+cpuset");
	test_sys(mkdir(BOX, 0755));
	write_file(BOX "/cpuset.mems", "1");
	begin();
	child = fork();
	test_sys(child);
	if (child == 0) {
		snprintf(text, sizeof(text), "%d", getpid());
		write_file(BOX "/cgroup.procs", text);
		fill_node(1);
		test_taken(0, (size_t)was_free[1]);
		_exit(0);
	}
	test_eq(waitpid(child, &status, 0), child);
	test_sys(rmdir(BOX));
	test_ok(WIFSIGNALED(status));
	test_eq(WTERMSIG(status), SIGKILL);
}

TEST_MAIN()
