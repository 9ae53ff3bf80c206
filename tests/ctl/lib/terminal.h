/* SPDX-License-Identifier: MIT */
/*
 * A terminal for tests: runs a program on a pseudo-terminal, gives it keys and
 * sizes, and keeps the screen that its output makes. It knows the sequences that
 * guardslotctl sends and fails the test on any other, on a line that is longer
 * than the screen is wide, and on one that would make it scroll.
 */
#ifndef TESTS_TERMINAL_H
#define TESTS_TERMINAL_H

#include "test.h"

#include <sys/types.h>

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

void terminal_size(struct terminal *terminal, unsigned int columns, unsigned int rows);
void terminal_start(struct terminal *terminal, unsigned int columns, unsigned int rows,
		    const char *command);

/*
 * Reads what there is; the other one waits for something, and notes what the screen
 * shows when that takes long. Frames that were made for another size than the present
 * one are the caller's to keep away. False at the program's end.
 */
bool terminal_look(struct terminal *terminal);
bool terminal_read(struct terminal *terminal);

void terminal_key(struct terminal *terminal, char key);

/* Until the program has ended, for who has opened its terminal as well. */
void terminal_wait_end(const struct terminal *terminal);

/* The status that waitpid() gives, after all output was read. */
int terminal_end(struct terminal *terminal);

/* Until the condition is true, or the test's time is over. */
#define terminal_until(terminal, condition)                                             \
	do {                                                                            \
		tap_wait(__FILE__, __LINE__, #condition);                               \
		while (!(condition))                                                    \
			if (!terminal_read(terminal))                                   \
				test_fail("ended before it came true: %s", #condition); \
		tap_wait(NULL, 0, NULL);                                                \
	} while (0)

#endif /* TESTS_TERMINAL_H */
