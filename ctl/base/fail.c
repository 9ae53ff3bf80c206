// SPDX-License-Identifier: MIT
/*
 * Errors: one line each, and the exit code.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/fail.h"

static void (*undo_first)(void);

void fail_set_undo(void (*undo)(void))
{
	undo_first = undo;
}

void fail(enum exit_code code, const char *format, ...)
{
	va_list args;

	if (undo_first)
		undo_first();
	fflush(stdout);
	fputs("guardslotctl: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(code);
}

void fail_no_memory(void)
{
	fail(EXIT_FAILED, "no memory");
}

void *must(void *memory)
{
	if (!memory)
		fail_no_memory();
	return memory;
}
