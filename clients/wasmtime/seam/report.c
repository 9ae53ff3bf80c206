// SPDX-License-Identifier: MIT
#define _GNU_SOURCE
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "seam/report.h"

const char *seam_setting(const char *name)
{
	return secure_getenv(name);
}

void seam_report(const char *format, ...)
{
	char line[512] = "guardslot-wasmtime: ";
	const size_t start = sizeof("guardslot-wasmtime: ") - 1;
	va_list arguments;
	int length;

	if (!seam_setting("GUARDSLOT_DEBUG"))
		return;
	va_start(arguments, format);
	length = vsnprintf(line + start, sizeof(line) - start - 1, format, arguments);
	va_end(arguments);
	if (length < 0)
		return;
	if ((size_t)length > sizeof(line) - start - 2)
		length = (int)(sizeof(line) - start - 2);
	line[start + (size_t)length] = '\n';
	if (write(STDERR_FILENO, line, start + (size_t)length + 1) < 0)
		return;
}
