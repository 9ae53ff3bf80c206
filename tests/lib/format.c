// SPDX-License-Identifier: MIT
/* A ring of texts for each thread. */
#include "format.h"

#include <stdarg.h>
#include <stdio.h>

const char *format(const char *format, ...)
{
	static __thread char texts[8][512];
	static __thread unsigned int next;
	char *text = texts[next++ % 8];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(texts[0]), format, args);
	va_end(args);
	return text;
}
