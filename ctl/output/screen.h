/* SPDX-License-Identifier: MIT */
/*
 * The terminal: the alternate screen, its size and keys, and its state before that.
 */
#ifndef CTL_SCREEN_H
#define CTL_SCREEN_H

#include <stdbool.h>
#include <stddef.h>

struct screen_size {
	unsigned int columns;
	unsigned int rows;
};

/* False when standard output is no terminal. */
bool screen_open(void);
/* Puts the terminal back; does nothing when the screen is not open. */
void screen_restore(void);
struct screen_size screen_size(void);
/* Shows lines in place of what was there; the last one has no newline. */
void screen_show(const char *text, size_t length);
/* Keys that are no characters. */
enum screen_code {
	SCREEN_UP = 256,
	SCREEN_DOWN,
	SCREEN_PAGE_UP,
	SCREEN_PAGE_DOWN,
	SCREEN_HOME,
	SCREEN_END,
	SCREEN_OTHER,
};

/* A key, or 0 when the time is over or the terminal got another size. */
int screen_key(int milliseconds, bool *resized);

#endif /* CTL_SCREEN_H */
