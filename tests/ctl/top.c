// SPDX-License-Identifier: MIT
// top shows and sorts the pools, follows the terminal's size and obeys its keys.
/*
 * It leaves the terminal as it found it, however it ends. In a pipe it is a plain
 * table.
 */
#include "test.h"

#include <sys/wait.h>
#include <termios.h>

#include <libshim.h>

#include "ctl.h"
#include "ctl_pool.h"
#include "terminal.h"

/* With an interval of an hour only keys and sizes can bring a new frame. */
#define STILL "exec guardslotctl top -d 3600"

static bool has(const struct terminal *terminal, unsigned int row, const char *words)
{
	return strstr(terminal->cells[row], words) != NULL;
}

/* The whole of a frame: its last line is the one with the keys. */
static bool is_whole(const struct terminal *terminal)
{
	return has(terminal, 0, " pools, ") && has(terminal, terminal->rows - 1, "q quit");
}

static bool has_pool(const struct terminal *terminal, unsigned int row, unsigned int id)
{
	unsigned int there;

	return sscanf(terminal->cells[row], "%u ", &there) == 1 && there == id;
}

TEST("the first frame has a summary, a bold header, the pools and the keys")
{
	struct shim_pool *pools[2] = { pool_plain(3), pool_plain(5) };
	unsigned int id = pool_id();
	struct terminal terminal;

	terminal_start(&terminal, 120, 24, STILL);
	terminal_until(&terminal, is_whole(&terminal));
	test_ok(terminal.alternate && terminal.hidden);
	test_ok(has(&terminal, 0, "2 pools, 8 slots, 0 resident, 0 resets/s, by resets/s"));
	test_ok(has(&terminal, 1, "POOL") && has(&terminal, 1, "RESETS/S"));
	test_ok(terminal.bold[1] && !terminal.bold[0] && !terminal.bold[2]);
	test_ok(has_pool(&terminal, 2, id - 1) && has_pool(&terminal, 3, id));
	test_str(terminal.cells[4], "");
	terminal_key(&terminal, 'q');
	test_eq(terminal_end(&terminal), 0);
	shim_pool_destroy(pools[0]);
	shim_pool_destroy(pools[1]);
}

TEST("after q the terminal is as it was")
{
	struct termios before, during, after;
	struct terminal terminal;
	int slave;

	terminal_start(&terminal, 80, 24, "read line; " STILL);
	/* Held open, or its settings go with the program. */
	slave = open(ptsname(terminal.master), O_RDWR | O_NOCTTY | O_CLOEXEC);
	test_sys(slave);
	test_sys(tcgetattr(slave, &before));
	terminal_key(&terminal, '\n');
	terminal_until(&terminal, is_whole(&terminal));
	test_sys(tcgetattr(slave, &during));
	test_ok(!(during.c_lflag & (ICANON | ECHO)));
	terminal_key(&terminal, 'q');
	terminal_wait_end(&terminal);
	test_sys(tcgetattr(slave, &after));
	test_mem(&after, &before, sizeof(before));
	close(slave);
	test_eq(terminal_end(&terminal), 0);
	test_ok(!terminal.alternate && !terminal.hidden);
}

TEST("another size brings another frame at once, that fits")
{
	static const unsigned int sizes[][2] = { { 60, 10 }, { 200, 50 }, { 33, 5 }, { 80, 24 } };
	struct shim_pool *pools[30];
	struct terminal terminal;

	for (size_t i = 0; i < ARRAY_SIZE(pools); i++)
		pools[i] = pool_plain(1);
	terminal_start(&terminal, 100, 30, STILL);
	terminal_until(&terminal, is_whole(&terminal));
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		unsigned int rows = sizes[i][1];

		terminal_size(&terminal, sizes[i][0], rows);
		terminal_until(&terminal, is_whole(&terminal));
		test_ok(has(&terminal, 1, "POOL"));
		for (unsigned int row = 2; row < rows - 1; row++)
			test_eq(terminal.cells[row][0] != '\0', row - 2 < ARRAY_SIZE(pools));
	}
	/* Too low for any pool, and back. */
	terminal_size(&terminal, 20, 2);
	terminal_until(&terminal, has(&terminal, 0, "too low"));
	terminal_size(&terminal, 80, 24);
	terminal_until(&terminal, is_whole(&terminal));
	terminal_key(&terminal, 'q');
	test_eq(terminal_end(&terminal), 0);
	for (size_t i = 0; i < ARRAY_SIZE(pools); i++)
		shim_pool_destroy(pools[i]);
}

TEST("keys choose what to sort by, and others do nothing")
{
	static const struct {
		char key;
		const char *words;
	} keys[] = { { 'p', "by pool" },	 { 'm', "by resident" },
		     { 'u', "by purges/s" },	 { 'f', "by faults/s" },
		     { 'g', "by guard_hits/s" }, { 'x', "by guard_hits/s" },
		     { 'c', "by reclaims/s" },	 { 'r', "by resets/s" } };
	struct shim_pool *small = pool_plain(1), *big = pool_plain(2);
	unsigned int id = pool_id(), frames;
	struct terminal terminal;

	memset(shim_slot_address(big, 1, 0), 1, 32768);
	terminal_start(&terminal, 120, 24, STILL " -s pool");
	terminal_until(&terminal, is_whole(&terminal));
	test_ok(has(&terminal, 0, "by pool") && has_pool(&terminal, 2, id - 1));
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		frames = terminal.frames;
		terminal_key(&terminal, keys[i].key);
		terminal_until(&terminal, terminal.frames > frames && is_whole(&terminal));
		test_ok(has(&terminal, 0, keys[i].words));
		/* Only one pool has memory and nothing changes; otherwise the pools keep their order. */
		test_ok(has_pool(&terminal, 2, keys[i].key == 'm' ? id : id - 1));
	}
	terminal_key(&terminal, 'q');
	test_eq(terminal_end(&terminal), 0);
	shim_pool_destroy(small);
	shim_pool_destroy(big);
}

TEST("the busy pool comes first, with what it does a second; one that goes is gone")
{
	struct shim_pool *calm = pool_plain(1), *busy = pool_plain(1);
	unsigned int id = pool_id(), pid, slots, rate = 0;
	struct terminal terminal;
	uint32_t slot = 0;

	terminal_start(&terminal, 120, 24, "exec guardslotctl top -d 1");
	while (!rate) {
		for (int i = 0; i < 100; i++)
			test_success(shim_slot_reset(busy, &slot, 1, NULL));
		test_ok(terminal_look(&terminal));
		if (is_whole(&terminal) && has_pool(&terminal, 2, id) &&
		    sscanf(terminal.cells[2], "%u %u %*s %*s %u %*s %u", &id, &pid, &slots, &rate) <
			    4)
			rate = 0;
	}
	test_eq(pid, getpid());
	test_eq(slots, 1);
	shim_pool_destroy(busy);
	terminal_until(&terminal, is_whole(&terminal) && has(&terminal, 0, "1 pools") &&
					  has_pool(&terminal, 2, id - 1));
	test_str(terminal.cells[3], "");
	terminal_key(&terminal, 'q');
	test_eq(terminal_end(&terminal), 0);
	shim_pool_destroy(calm);
}

TEST("a signal that ends it leaves the terminal as it was, too")
{
	static const int numbers[] = { SIGTERM, SIGINT, SIGHUP };
	struct terminal terminal;
	int status;

	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		terminal_start(&terminal, 80, 24, STILL);
		terminal_until(&terminal, is_whole(&terminal));
		test_sys(kill(terminal.child, numbers[i]));
		status = terminal_end(&terminal);
		test_ok(WIFSIGNALED(status) && WTERMSIG(status) == numbers[i]);
		test_ok(!terminal.alternate && !terminal.hidden);
	}
}

TEST("-n ends it after so many tables, which stay on the screen, with rates")
{
	struct shim_pool *pool = pool_plain(1);
	unsigned int id = pool_id(), pid, rate = 0;
	struct terminal terminal;
	uint32_t slot = 0;

	terminal_start(&terminal, 80, 24, "exec guardslotctl top -d 0.5 -n 1");
	do {
		for (int i = 0; i < 100; i++)
			test_success(shim_slot_reset(pool, &slot, 1, NULL));
	} while (terminal_look(&terminal));
	test_eq(terminal_end(&terminal), 0);
	test_ok(!terminal.alternate && !terminal.frames);
	test_ok(has(&terminal, 0, "1 pools, 1 slots, ") && has(&terminal, 1, "RESETS/S*"));
	test_eq(sscanf(terminal.cells[2], "%u %u %*s %*s %*u %*s %u", &id, &pid, &rate), 3);
	test_ok(rate > 0);
	shim_pool_destroy(pool);
}

TEST("in a pipe it is a table, tab-separated")
{
	struct shim_pool *pool = pool_plain(3);
	unsigned int id = pool_id();
	struct output output;
	char expected[512];

	ctl(&output, "top -n 2");
	test_eq(output.code, 0);
	snprintf(expected, sizeof(expected), "\n%u\t%d\ttop\t3\t0\t0\t0\t0\t0\t0\t0\n", id,
		 getpid());
	test_ok(strncmp(output.out,
			"pool\tpid\tcommand\tslots\tresident\tresets/s\tpurges/s\tfaults/s\t"
			"guard_hits/s\treclaims/s\tuser\n",
			80) == 0);
	test_ok(strstr(output.out, expected));
	test_ok(strstr(output.out, "\n\npool\t"));
	shim_pool_destroy(pool);
}

TEST_MAIN()
