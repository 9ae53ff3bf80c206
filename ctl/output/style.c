// SPDX-License-Identifier: MIT
/*
 * Standard output, TERM and NO_COLOR.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "output/style.h"

bool style_has_screen(void)
{
	const char *name = getenv("TERM");

	return isatty(STDOUT_FILENO) && name && *name && strcmp(name, "dumb") != 0;
}

/* https://no-color.org */
static bool is_refused(void)
{
	const char *refused = getenv("NO_COLOR");

	return refused && *refused;
}

struct style style_here(void)
{
	struct style style = { .form = isatty(STDOUT_FILENO) ? FORM_PRETTY : FORM_PLAIN };
	struct winsize size = { 0 };

	if (style.form == FORM_PRETTY && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0)
		style.width = size.ws_col;
	style.bold = style_has_screen() && !is_refused();
	return style;
}
