/* SPDX-License-Identifier: MIT */
/*
 * A terminal for tests: runs a program on a pseudo-terminal, gives it keys and
 * sizes, and keeps the screen that its output makes. It knows the sequences that
 * guardslotctl sends and fails the test on any other, on a line that is longer
 * than the screen is wide, and on one that would make it scroll.
 */
#ifndef TESTS_TERMINAL_H
#define TESTS_TERMINAL_H

#include "ctl_test.h"

#include <ctype.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <termios.h>

#define MOST_ROWS 60
#define MOST_COLUMNS 200

struct terminal {
	int master;
	pid_t child;
	unsigned int rows, columns;
	unsigned int row, column;
	char cells[MOST_ROWS][MOST_COLUMNS + 1];
	bool bold[MOST_ROWS]; /* the line starts so */
	bool alternate, hidden, is_bold;
	unsigned int frames; /* whole ones: each ends with clearing what is below it */
	char sequence[32];   /* what has come of one, after the escape */
	bool in_sequence;
};

static inline void terminal_size(struct terminal *terminal, unsigned int columns, unsigned int rows)
{
	struct winsize size = { .ws_row = (unsigned short)rows, .ws_col = (unsigned short)columns };

	test_ok(rows <= MOST_ROWS && columns <= MOST_COLUMNS);
	terminal->rows = rows;
	terminal->columns = columns;
	/* As real ones do, or nearly: what was there is gone. */
	memset(terminal->cells, 0, sizeof(terminal->cells));
	terminal->row = 0;
	terminal->column = 0;
	test_sys(ioctl(terminal->master, TIOCSWINSZ, &size));
}

static inline void terminal_start(struct terminal *terminal, unsigned int columns,
				  unsigned int rows, const char *command)
{
	char slave[64];

	pts_mount();
	memset(terminal, 0, sizeof(*terminal));
	terminal->master = open("/dev/pts/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
	test_sys(terminal->master);
	test_sys(unlockpt(terminal->master));
	test_eq(ptsname_r(terminal->master, slave, sizeof(slave)), 0);
	terminal_size(terminal, columns, rows);
	terminal->child = fork();
	if (terminal->child == 0) {
		int fd;

		setsid();
		fd = open(slave, O_RDWR);
		ioctl(fd, TIOCSCTTY, 0);
		for (int i = 0; i < 3; i++)
			dup2(fd, i);
		execl("/bin/sh", "sh", "-c", command, NULL);
		_exit(127);
	}
}

/* ---- the screen -------------------------------------------------------------- */

static inline void clear_line(struct terminal *terminal)
{
	if (terminal->column == 0)
		memset(terminal->cells[terminal->row], 0, MOST_COLUMNS);
	else
		memset(terminal->cells[terminal->row] + terminal->column, 0,
		       MOST_COLUMNS - terminal->column);
}

static inline void obey_sequence(struct terminal *terminal, const char *sequence)
{
	if (strcmp(sequence, "[?1049h") == 0) {
		terminal->alternate = true;
	} else if (strcmp(sequence, "[?1049l") == 0) {
		terminal->alternate = false;
	} else if (strcmp(sequence, "[?25l") == 0) {
		terminal->hidden = true;
	} else if (strcmp(sequence, "[?25h") == 0) {
		terminal->hidden = false;
	} else if (strcmp(sequence, "[1m") == 0) {
		terminal->is_bold = true;
	} else if (strcmp(sequence, "[0m") == 0) {
		terminal->is_bold = false;
	} else if (strcmp(sequence, "[K") == 0) {
		clear_line(terminal);
	} else if (strcmp(sequence, "[J") == 0) {
		clear_line(terminal);
		for (unsigned int row = terminal->row + 1; row < terminal->rows; row++)
			memset(terminal->cells[row], 0, MOST_COLUMNS);
		terminal->frames++;
	} else if (strcmp(sequence, "[H") == 0) {
		terminal->row = 0;
		terminal->column = 0;
	} else {
		test_fail("unknown sequence ESC %s", sequence);
	}
}

static inline void obey_byte(struct terminal *terminal, char byte)
{
	if (terminal->in_sequence) {
		size_t length = strlen(terminal->sequence);

		test_ok(length + 1 < sizeof(terminal->sequence));
		terminal->sequence[length] = byte;
		if (isalpha((unsigned char)byte)) {
			terminal->in_sequence = false;
			obey_sequence(terminal, terminal->sequence);
		}
	} else if (byte == '\033') {
		terminal->in_sequence = true;
		memset(terminal->sequence, 0, sizeof(terminal->sequence));
	} else if (byte == '\r') {
		terminal->column = 0;
	} else if (byte == '\n') {
		test_ok(!terminal->alternate || terminal->row + 1 < terminal->rows);
		terminal->row += terminal->row + 1 < terminal->rows;
	} else {
		test_ok(byte >= ' ' && byte <= '~');
		test_ok(!terminal->alternate || terminal->column < terminal->columns);
		if (terminal->column == 0)
			terminal->bold[terminal->row] = terminal->is_bold;
		if (terminal->column < MOST_COLUMNS)
			terminal->cells[terminal->row][terminal->column++] = byte;
	}
}

/*
 * Reads what comes within the time. Frames that were made for another size than
 * the present one are the caller's to keep away. False at the program's end.
 */
static inline bool terminal_read(struct terminal *terminal, int milliseconds)
{
	struct pollfd input = { .fd = terminal->master, .events = POLLIN };
	char bytes[4096];
	ssize_t got;

	if (poll(&input, 1, milliseconds) <= 0)
		return true;
	got = read(terminal->master, bytes, sizeof(bytes));
	for (ssize_t i = 0; i < got; i++)
		obey_byte(terminal, bytes[i]);
	return got > 0;
}

static inline void terminal_dump(const struct terminal *terminal)
{
	for (unsigned int row = 0; row < terminal->rows; row++)
		test_note("%2u|%s", row, terminal->cells[row]);
}

/* Until the condition is true, or the test's time is over. */
#define terminal_until(terminal, condition)                                     \
	do {                                                                    \
		for (int tries_ = 0; !(condition); tries_++) {                  \
			if (tries_ == 1000 || !terminal_read(terminal, 20)) {   \
				terminal_dump(terminal);                        \
				test_fail("did not come true: %s", #condition); \
			}                                                       \
		}                                                               \
	} while (0)

static inline void terminal_key(struct terminal *terminal, char key)
{
	test_eq(write(terminal->master, &key, 1), 1);
}

/* The status that waitpid() gives, after all output was read. */
static inline int terminal_end(struct terminal *terminal)
{
	int status;

	while (terminal_read(terminal, 1000))
		;
	test_sys(waitpid(terminal->child, &status, 0));
	close(terminal->master);
	return status;
}

#endif /* TESTS_TERMINAL_H */
