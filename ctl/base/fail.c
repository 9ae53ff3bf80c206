// SPDX-License-Identifier: MIT
/*
 * Errors: one line each, and the exit code.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/fail.h"
#include "output/screen.h"

void fail(enum exit_code code, const char *format, ...)
{
	va_list args;

	screen_restore();
	fflush(stdout);
	fputs("guardslotctl: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(code);
}

/* What an allocation returned, if it returned anything. */
void *must(void *memory)
{
	if (!memory)
		fail(EXIT_FAILED, "no memory");
	return memory;
}
