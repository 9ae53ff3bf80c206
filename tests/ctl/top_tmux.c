// SPDX-License-Identifier: MIT
// In tmux top follows the window's size and leaves the screen as it was.
/*
 * tmux is a terminal that this project did not write. top ends on q with exit code 0;
 * the cursor and the keys are as they were, too.
 */
#include "test.h"

#include <stdarg.h>
#include <sys/prctl.h>

#include <libshim.h>

#include "ctl_pool.h"
#include "pts.h"
#include "text.h"

#define MOST_ROWS 60
/* How often tmux is asked for what must come before the test notes what is there. */
#define TRIES 400

/* What capture-pane says: the pane's lines, those at its end that are empty too. */
struct screen {
	unsigned int rows;
	char lines[MOST_ROWS][256];
};

/* A server of the test's own: none that an earlier test left can answer. */
static void tmux(char *answer, size_t size, const char *format, ...)
{
	char words[512], command[640];
	va_list args;
	size_t length;
	FILE *out;

	va_start(args, format);
	vsnprintf(words, sizeof(words), format, args);
	va_end(args);
	snprintf(command, sizeof(command), "LC_ALL=C.UTF-8 tmux -u -f /dev/null -L top-%d %s",
		 getpid(), words);
	out = popen(command, "re");
	test_ok(out != NULL);
	length = fread(answer, 1, size - 1, out);
	answer[length] = '\0';
	if (pclose(out))
		test_fail("failed: %s", command);
}

static void tmux_do(const char *words)
{
	char answer[64];

	tmux(answer, sizeof(answer), "%s", words);
	test_str(answer, "");
}

/* The pane stays after its command's end, to be looked at. */
static void tmux_start(unsigned int columns, unsigned int rows, const char *command)
{
	char answer[64];

	pts_mount();
	tmux(answer, sizeof(answer), "set -g remain-on-exit on \\; new-session -d -x %u -y %u '%s'",
	     columns, rows, command);
	test_str(answer, "");
}

static void tmux_size(unsigned int columns, unsigned int rows)
{
	char answer[64];

	tmux(answer, sizeof(answer), "resize-window -x %u -y %u", columns, rows);
	test_str(answer, "");
}

static void screen_take(struct screen *screen)
{
	char text[MOST_ROWS * 256], *line, *rest = text;

	tmux(text, sizeof(text), "capture-pane -p");
	memset(screen, 0, sizeof(*screen));
	while ((line = strsep(&rest, "\n")) && rest) {
		test_ok(screen->rows < MOST_ROWS);
		test_ok(strlen(line) < sizeof(screen->lines[0]));
		strcpy(screen->lines[screen->rows++], line);
	}
}

static void screen_note(const struct screen *screen)
{
	for (unsigned int row = 0; row < screen->rows; row++)
		test_note("%2u|%s", row, screen->lines[row]);
}

/* Until the condition is true of what tmux shows. */
#define screen_until(screen, condition)                        \
	do {                                                   \
		tap_wait(__FILE__, __LINE__, #condition);      \
		screen_take(screen);                           \
		for (int tries_ = 1; !(condition); tries_++) { \
			if (tries_ % TRIES == 0)               \
				screen_note(screen);           \
			tap_pause();                           \
			screen_take(screen);                   \
		}                                              \
		tap_wait(NULL, 0, NULL);                       \
	} while (0)

static bool state_is(const char *format, const char *expected)
{
	char answer[128];

	tmux(answer, sizeof(answer), "display-message -p \"%s\"", format);
	answer[strcspn(answer, "\n")] = '\0';
	return strcmp(answer, expected) == 0;
}

/* Until the pane's state, a tmux format, is as expected. */
static void state_until(const char *format, const char *expected)
{
	test_until(state_is(format, expected));
}

/*
 * A frame that fills these rows: the summary first, the keys last. A line too long
 * for the window goes on in the next row, and moves the keys away.
 */
static bool is_frame(const struct screen *screen, unsigned int rows)
{
	return screen->rows == rows && strstr(screen->lines[0], " pools, ") &&
	       strstr(screen->lines[1], "POOL") &&
	       strncmp(screen->lines[rows - 1], "q quit, h help", 14) == 0;
}

/* The row of the pool's line, which must be one of this process, or 0. */
static unsigned int row_of(const struct screen *screen, unsigned int id, unsigned int slots)
{
	unsigned int there, pid, count;
	char command[32];

	for (unsigned int row = 2; row + 1 < screen->rows; row++)
		if (sscanf(screen->lines[row], "%u %u %*s %31s %u", &there, &pid, command,
			   &count) == 4 &&
		    there == id) {
			test_eq(pid, getpid());
			test_str(command, "tenant");
			test_eq(count, slots);
			return row;
		}
	return 0;
}

TEST("a frame has the header and the pool's line; pools come, and go")
{
	struct shim_pool *pool, *other;
	unsigned int id, new;
	struct screen screen;

	test_sys(prctl(PR_SET_NAME, "tenant"));
	pool = pool_plain(3);
	id = pool_id();
	tmux_start(80, 24, "guardslotctl top -d 1 -s pool");
	screen_until(&screen, is_frame(&screen, 24));
	test_mem(screen.lines[0], "1 pools, 3 slots, ", 18);
	test_ok(begins_with(screen.lines[1], "POOL* PID USER COMMAND SLOTS RESIDENT RESETS/S"));
	test_eq(row_of(&screen, id, 3), 2);
	test_str(screen.lines[3], "");
	other = pool_plain(5);
	new = pool_id();
	screen_until(&screen, is_frame(&screen, 24) && row_of(&screen, new, 5));
	test_mem(screen.lines[0], "2 pools, 8 slots, ", 18);
	test_eq(row_of(&screen, id, 3), 2);
	test_eq(row_of(&screen, new, 5), 3);
	shim_pool_destroy(other);
	screen_until(&screen, is_frame(&screen, 24) && !row_of(&screen, new, 5));
	test_mem(screen.lines[0], "1 pools, 3 slots, ", 18);
	test_eq(row_of(&screen, id, 3), 2);
	test_str(screen.lines[3], "");
	tmux_do("kill-server");
	shim_pool_destroy(pool);
}

TEST("another size of the window brings another frame at once, that fits")
{
	static const unsigned int sizes[][2] = { { 60, 10 }, { 110, 40 }, { 33, 5 }, { 80, 24 } };
	struct shim_pool *pools[30];
	struct screen screen;

	test_sys(prctl(PR_SET_NAME, "tenant"));
	for (size_t i = 0; i < ARRAY_SIZE(pools); i++)
		pools[i] = pool_plain(1);
	/* With an interval of an hour only the size can bring a new frame. */
	tmux_start(80, 24, "guardslotctl top -d 3600");
	screen_until(&screen, is_frame(&screen, 24));
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		unsigned int columns = sizes[i][0], rows = sizes[i][1];

		tmux_size(columns, rows);
		screen_until(&screen, is_frame(&screen, rows));
		for (unsigned int row = 0; row < rows; row++)
			test_ok(strlen(screen.lines[row]) <= columns);
		for (unsigned int row = 2; row < rows - 1; row++)
			test_eq(screen.lines[row][0] != '\0', row - 2 < ARRAY_SIZE(pools));
	}
	tmux_do("kill-server");
	for (size_t i = 0; i < ARRAY_SIZE(pools); i++)
		shim_pool_destroy(pools[i]);
}

TEST("q ends it")
{
	struct screen screen;

	tmux_start(80, 24, "exec guardslotctl top -d 3600");
	screen_until(&screen, is_frame(&screen, 24));
	state_until("#{pane_dead} #{alternate_on} #{cursor_flag}", "0 1 0");
	tmux_do("send-keys x");
	tmux_do("send-keys q");
	state_until("#{pane_dead} #{alternate_on}", "1 0");
	tmux_do("kill-server");
}

TEST("q is exit code 0, and the screen, the cursor and the keys are as they were")
{
	struct screen screen;

	/* The last command reads a line, which the terminal echoes if all is well. */
	tmux_start(80, 24, "echo before; guardslotctl top -d 3600; echo code $?; read line");
	screen_until(&screen, is_frame(&screen, 24));
	tmux_do("send-keys q");
	screen_until(&screen, strcmp(screen.lines[1], "code 0") == 0);
	test_str(screen.lines[0], "before");
	for (unsigned int row = 2; row < screen.rows; row++)
		test_str(screen.lines[row], "");
	state_until("#{alternate_on} #{cursor_flag} #{cursor_x} #{cursor_y}", "0 1 0 2");
	tmux_do("send-keys wordX BSpace s");
	screen_until(&screen, strcmp(screen.lines[2], "words") == 0);
	tmux_do("send-keys Enter");
	/* Not its status: tmux may know that the pane is dead and never that. */
	state_until("#{pane_dead}", "1");
	tmux_do("kill-server");
}

TEST_MAIN()
