// SPDX-License-Identifier: MIT
/*
 * The alternate screen, raw keys, and the terminal's size.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "base/array.h"
#include "base/fail.h"
#include "output/screen.h"

#define ENTER "\033[?1049h\033[?25l"
#define LEAVE "\033[?25h\033[?1049l"
#define HOME "\033[H"
#define CLEAR_LINE "\033[K"
#define CLEAR_REST "\033[J"

static bool is_open;
static bool has_keys; /* standard input is a terminal, not at its end */
static struct termios before;
/* The signals come only while a key is waited for. */
static sigset_t unblocked;
static volatile sig_atomic_t size_changed;
static volatile sig_atomic_t ending;

static void on_signal(int number)
{
	if (number == SIGWINCH)
		size_changed = 1;
	else
		ending = number;
}

static void catch_signals(void)
{
	static const int numbers[] = { SIGWINCH, SIGINT, SIGTERM, SIGHUP };
	struct sigaction action = { .sa_handler = on_signal };
	sigset_t ours;

	sigemptyset(&ours);
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		sigaddset(&ours, numbers[i]);
		sigaction(numbers[i], &action, NULL);
	}
	sigprocmask(SIG_BLOCK, &ours, &unblocked);
}

/* Writes all of it. After an error the terminal is gone, and nothing more is written. */
static void put(const char *text, size_t length)
{
	while (length > 0) {
		ssize_t done = write(STDOUT_FILENO, text, length);

		if (done < 0 && errno != EINTR)
			return;
		if (done > 0) {
			text += done;
			length -= (size_t)done;
		}
	}
}

bool screen_open(void)
{
	struct termios raw;

	if (!isatty(STDOUT_FILENO))
		return false;
	has_keys = tcgetattr(STDIN_FILENO, &before) == 0;
	if (has_keys) {
		raw = before;
		raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
		raw.c_cc[VMIN] = 1;
		raw.c_cc[VTIME] = 0;
		/* Neither key may end or stop the program without screen_restore(). */
		raw.c_cc[VSUSP] = _POSIX_VDISABLE;
		raw.c_cc[VQUIT] = _POSIX_VDISABLE;
		tcsetattr(STDIN_FILENO, TCSANOW, &raw);
	}
	catch_signals();
	fail_set_undo(screen_restore);
	put(ENTER, strlen(ENTER));
	is_open = true;
	return true;
}

void screen_restore(void)
{
	if (!is_open)
		return;
	is_open = false;
	/* Standard input may be no terminal any more. */
	if (isatty(STDIN_FILENO))
		tcsetattr(STDIN_FILENO, TCSANOW, &before);
	put(LEAVE, strlen(LEAVE));
}

struct screen_size screen_size(void)
{
	struct winsize size = { 0 };

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || !size.ws_col || !size.ws_row)
		return (struct screen_size){ .columns = 80, .rows = 24 };
	return (struct screen_size){ .columns = size.ws_col, .rows = size.ws_row };
}

/* One write that overwrites each line does not flicker. */
void screen_show(const char *text, size_t length)
{
	char *frame;
	size_t size;
	FILE *out = open_memstream(&frame, &size);

	if (!out)
		return;
	fputs(HOME, out);
	for (size_t i = 0; i < length; i++) {
		if (text[i] == '\n')
			fputs(CLEAR_LINE "\r", out);
		fputc(text[i], out);
	}
	fputs(CLEAR_LINE CLEAR_REST, out);
	fclose(out);
	put(frame, size);
	free(frame);
}

int screen_key(int milliseconds, bool *resized)
{
	struct timespec wait = { milliseconds / 1000, milliseconds % 1000 * 1000000L };
	struct pollfd input = { .fd = has_keys ? STDIN_FILENO : -1, .events = POLLIN };
	unsigned char key = 0;
	int ready = ppoll(&input, 1, &wait, &unblocked);

	if (ending) {
		screen_restore();
		signal(ending, SIG_DFL);
		sigprocmask(SIG_SETMASK, &unblocked, NULL);
		raise(ending);
	}
	*resized = size_changed;
	size_changed = 0;
	if (ready <= 0)
		return 0;
	if (read(STDIN_FILENO, &key, 1) != 1)
		has_keys = false;
	return key;
}
