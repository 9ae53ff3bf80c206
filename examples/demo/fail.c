// SPDX-License-Identifier: MIT
/* Messages of failed calls on standard error. */
#include "fail.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <libshim.h>

int fail_report(int error, const char *format, ...)
{
	va_list args;

	if (!error)
		return 0;
	fputs("demo: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fprintf(stderr, ": %s: %s\n", strerror(-error), shim_error());
	return error;
}
