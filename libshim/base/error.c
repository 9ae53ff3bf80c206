// SPDX-License-Identifier: MIT
/*
 * The message of a thread's last failed call. A call that succeeds may change it, where
 * something failed on the way that was not the call.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <libshim/error.h>
#include <libshim/version.h>

#include "base/error.h"

static __thread char message[1536];

const char *shim_error(void)
{
	return message;
}

uint32_t shim_version(void)
{
	return SHIM_VERSION;
}

void shim_error_clear(void)
{
	message[0] = '\0';
}

int shim_error_set(int error, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	return error;
}

int shim_error_prefix(int error, const char *format, ...)
{
	char rest[sizeof(message)];
	va_list args;
	int length;

	memcpy(rest, message, sizeof(rest));
	va_start(args, format);
	length = vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	if (length >= 0 && (size_t)length < sizeof(message))
		snprintf(message + length, sizeof(message) - (size_t)length, "%s", rest);
	return error;
}

int shim_error_rename(int error, const char *field, const char *name)
{
	size_t length = strlen(field);

	if (strncmp(message, field, length) != 0 || message[length] != ' ')
		return error;
	memmove(message, message + length, sizeof(message) - length);
	return shim_error_prefix(error, "%s", name);
}
