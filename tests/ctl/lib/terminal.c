// SPDX-License-Identifier: MIT
/* The terminal: the sequences that it knows, and the screen that they make. */
#include "terminal.h"

#include <ctype.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>

#include "pts.h"

void terminal_size(struct terminal *terminal, unsigned int columns, unsigned int rows)
{
	struct winsize size = { .ws_row = (unsigned short)rows, .ws_col = (unsigned short)columns };

	test_ok(rows <= MOST_ROWS && columns <= MOST_COLUMNS);
	terminal->rows = rows;
	terminal->columns = columns;
	/* As real terminals do, or nearly: what was on the screen is gone. */
	memset(terminal->cells, 0, sizeof(terminal->cells));
	terminal->row = 0;
	terminal->column = 0;
	test_sys(ioctl(terminal->master, TIOCSWINSZ, &size));
}

void terminal_start(struct terminal *terminal, unsigned int columns, unsigned int rows,
		    const char *command)
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

static void clear_line(struct terminal *terminal)
{
	if (terminal->column == 0)
		memset(terminal->cells[terminal->row], 0, MOST_COLUMNS);
	else
		memset(terminal->cells[terminal->row] + terminal->column, 0,
		       MOST_COLUMNS - terminal->column);
}

static void take_sequence(struct terminal *terminal, const char *sequence)
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

static void take_byte(struct terminal *terminal, char byte)
{
	if (terminal->in_sequence) {
		size_t length = strlen(terminal->sequence);

		test_ok(length + 1 < sizeof(terminal->sequence));
		terminal->sequence[length] = byte;
		if (isalpha((unsigned char)byte)) {
			terminal->in_sequence = false;
			take_sequence(terminal, terminal->sequence);
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

static bool has_output(const struct terminal *terminal, int milliseconds)
{
	struct pollfd input = { .fd = terminal->master, .events = POLLIN };

	return poll(&input, 1, milliseconds) > 0;
}

static bool take_output(struct terminal *terminal)
{
	char bytes[8192];
	ssize_t got = read(terminal->master, bytes, sizeof(bytes));

	for (ssize_t i = 0; i < got; i++)
		take_byte(terminal, bytes[i]);
	return got > 0;
}

static void dump(const struct terminal *terminal)
{
	for (unsigned int row = 0; row < terminal->rows; row++)
		test_note("%2u|%s", row, terminal->cells[row]);
}

bool terminal_look(struct terminal *terminal)
{
	return !has_output(terminal, 0) || take_output(terminal);
}

bool terminal_read(struct terminal *terminal)
{
	while (!has_output(terminal, 10000))
		dump(terminal);
	return take_output(terminal);
}

void terminal_key(struct terminal *terminal, char key)
{
	test_eq(write(terminal->master, &key, 1), 1);
}

void terminal_wait_end(const struct terminal *terminal)
{
	siginfo_t info;

	test_sys(waitid(P_PID, (id_t)terminal->child, &info, WEXITED | WNOWAIT));
}

int terminal_end(struct terminal *terminal)
{
	int status;

	while (terminal_read(terminal))
		;
	test_sys(waitpid(terminal->child, &status, 0));
	close(terminal->master);
	return status;
}
