// SPDX-License-Identifier: MIT
// top scrolls, explains its keys, marks the sorted column, names users, and heeds TERM and NO_COLOR.
#include "test.h"

#include <libshim.h>

#include "ctl_pool.h"
#include "terminal.h"
#include "text.h"

/* With an interval of an hour only keys and sizes can bring a new frame. */
#define STILL "exec guardslotctl top -d 3600 -s pool"
#define POOLS 30
/* Of a terminal of 10 rows: without summary, header and last line. */
#define SHOWN 7

static bool has(const struct terminal *terminal, unsigned int row, const char *words)
{
	return strstr(terminal->cells[row], words) != NULL;
}

static void press(struct terminal *terminal, const char *keys, const char *last)
{
	test_eq(write(terminal->master, keys, strlen(keys)), strlen(keys));
	terminal_until(terminal, has(terminal, terminal->rows - 1, last));
}

static void test_first(const struct terminal *terminal, unsigned int id)
{
	unsigned int there;

	test_eq(sscanf(terminal->cells[2], "%u ", &there), 1);
	test_eq(there, id);
}

TEST("keys move the pools that the screen shows, and the last line says which these are")
{
	static const struct {
		const char *keys, *last;
		unsigned int first;
	} steps[] = {
		{ "\033[B", "; pools 2 to 8 of 30", 1 },
		{ "j", "; pools 3 to 9 of 30", 2 },
		{ "\033[6~", "; pools 10 to 16 of 30", 9 },
		{ "\033[A", "; pools 9 to 15 of 30", 8 },
		{ "\033[F", "; pools 24 to 30 of 30", POOLS - SHOWN },
		{ "\033[B", "; pools 24 to 30 of 30", POOLS - SHOWN },
		{ "\033[5~", "; pools 17 to 23 of 30", 16 },
		{ "\033[H", "; pools 1 to 7 of 30", 0 },
		{ "k", "; pools 1 to 7 of 30", 0 },
		{ " ", "; pools 8 to 14 of 30", 7 },
		{ "b", "; pools 1 to 7 of 30", 0 },
	};
	struct shim_pool *pools[POOLS];
	struct terminal terminal;
	unsigned int id;

	for (size_t i = 0; i < POOLS; i++)
		pools[i] = pool_plain(1);
	id = pool_id() - POOLS + 1;
	terminal_start(&terminal, 120, 10, STILL);
	terminal_until(&terminal, has(&terminal, 9, "; pools 1 to 7 of 30"));
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		press(&terminal, steps[i].keys, steps[i].last);
		test_first(&terminal, id + steps[i].first);
	}
	/* A larger screen shows them all, and does not say which. */
	terminal_size(&terminal, 120, 40);
	terminal_until(&terminal, has(&terminal, 39, "q quit, h help"));
	test_ok(!has(&terminal, 39, "pools"));
	test_first(&terminal, id);
	terminal_key(&terminal, 'q');
	test_eq(terminal_end(&terminal), 0);
	for (size_t i = 0; i < POOLS; i++)
		shim_pool_destroy(pools[i]);
}

TEST("h explains the keys, and takes them away again")
{
	struct terminal terminal;

	terminal_start(&terminal, 80, 24, STILL);
	terminal_until(&terminal, has(&terminal, 23, "q quit, h help"));
	terminal_key(&terminal, 'h');
	terminal_until(&terminal, has(&terminal, 2, "  p          sort by pool"));
	terminal_key(&terminal, '?');
	/* The last line may still be that of the first frame. */
	terminal_until(&terminal,
		       has(&terminal, 0, " pools, ") && has(&terminal, 23, "q quit, h help"));
	terminal_key(&terminal, 'q');
	test_eq(terminal_end(&terminal), 0);
}

TEST("the sorted column has a mark, and columns without room are counted")
{
	struct shim_pool *pool = pool_plain(1);
	struct terminal terminal;
	unsigned int frames;

	terminal_start(&terminal, 120, 10, STILL);
	terminal_until(&terminal, terminal.frames);
	test_ok(begins_with(terminal.cells[1], "POOL* PID USER COMMAND"));
	test_str(terminal.cells[9], "q quit, h help");
	frames = terminal.frames;
	terminal_key(&terminal, 'f');
	terminal_until(&terminal, terminal.frames > frames);
	test_ok(has(&terminal, 1, "FAULTS/S* ") && has(&terminal, 1, "POOL "));
	terminal_size(&terminal, 60, 10);
	terminal_until(&terminal, has(&terminal, 9, " columns more on a wider screen"));
	terminal_key(&terminal, 'q');
	test_eq(terminal_end(&terminal), 0);
	shim_pool_destroy(pool);
}

TEST("a user has its name, where it has one")
{
	struct shim_pool *pool = pool_plain(1);
	struct terminal terminal;

	write_text("/etc/passwd", "operator:x:0:0::/:/bin/sh\n");
	terminal_start(&terminal, 120, 10, STILL);
	terminal_until(&terminal, has(&terminal, 9, "q quit, h help"));
	test_ok(has(&terminal, 2, " operator "));
	terminal_key(&terminal, 'q');
	test_eq(terminal_end(&terminal), 0);
	test_sys(unlink("/etc/passwd"));
	shim_pool_destroy(pool);
}

TEST("with NO_COLOR nothing is bold, and with TERM=dumb there is no sequence at all")
{
	struct terminal terminal;

	terminal_start(&terminal, 80, 24, "NO_COLOR=1 exec guardslotctl top -d 3600");
	terminal_until(&terminal, has(&terminal, 23, "q quit, h help"));
	test_ok(!terminal.bold[1] && terminal.alternate);
	terminal_key(&terminal, 'q');
	test_eq(terminal_end(&terminal), 0);
	terminal_start(&terminal, 80, 24, "TERM=dumb exec guardslotctl top -d 0.1");
	terminal_until(&terminal, has(&terminal, 1, "POOL"));
	test_ok(!terminal.bold[1] && !terminal.alternate && !terminal.frames);
	test_sys(kill(terminal.child, SIGTERM));
	terminal_end(&terminal);
}

TEST_MAIN()
