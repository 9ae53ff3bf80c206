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

/* What terminals send for such a key, after the escape. */
static const struct {
	const char *sequence;
	enum screen_code code;
} codes[] = {
	{ "[A", SCREEN_UP },   { "OA", SCREEN_UP },	  { "[B", SCREEN_DOWN },
	{ "OB", SCREEN_DOWN }, { "[5~", SCREEN_PAGE_UP }, { "[6~", SCREEN_PAGE_DOWN },
	{ "[H", SCREEN_HOME }, { "OH", SCREEN_HOME },	  { "[1~", SCREEN_HOME },
	{ "[F", SCREEN_END },  { "OF", SCREEN_END },	  { "[4~", SCREEN_END },
};

/* Milliseconds between the characters of one, at most. */
#define SEQUENCE_DELAY 50

/* Characters that were read and are not yet keys. */
static char typed[64];
static size_t typed_length;

static int typed_take(size_t length, int code)
{
	typed_length -= length;
	memmove(typed, typed + length, typed_length);
	return code;
}

/* The next key of them. An escape sequence that is none of the known is one as well. */
static int typed_key(void)
{
	size_t length = 2;

	if (typed[0] != '\033' || typed_length < 3 || (typed[1] != '[' && typed[1] != 'O'))
		return typed_take(1, (unsigned char)typed[0]);
	for (size_t i = 0; i < ARRAY_SIZE(codes); i++) {
		size_t size = strlen(codes[i].sequence);

		if (typed_length > size && memcmp(typed + 1, codes[i].sequence, size) == 0)
			return typed_take(size + 1, codes[i].code);
	}
	while (length < typed_length && (typed[length] < '@' || typed[length] > '~'))
		length++;
	return typed_take(length < typed_length ? length + 1 : length, SCREEN_OTHER);
}

int screen_key(int milliseconds, bool *resized)
{
	struct timespec wait = { milliseconds / 1000, milliseconds % 1000 * 1000000L };
	struct pollfd input = { .fd = has_keys ? STDIN_FILENO : -1, .events = POLLIN };
	ssize_t got;
	int ready;

	if (typed_length)
		return typed_key();
	ready = ppoll(&input, 1, &wait, &unblocked);

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
	do {
		got = read(STDIN_FILENO, typed + typed_length, sizeof(typed) - typed_length);
		if (got <= 0) {
			has_keys = false;
			return 0;
		}
		typed_length += (size_t)got;
		/* What follows an escape may be on its way. */
	} while (typed[0] == '\033' && typed_length < 3 && poll(&input, 1, SEQUENCE_DELAY) > 0);
	return typed_key();
}
