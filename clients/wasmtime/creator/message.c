// SPDX-License-Identifier: MIT
/*
 * The message of a thread's last failed call. libshim's own goes into it, as a program does not
 * see the copy of libshim that is in the shared library.
 */
#include <stdarg.h>
#include <stdio.h>

#include "creator/creator.h"

static __attribute__((tls_model("initial-exec"))) _Thread_local char message[256];

const char *shim_wasmtime_error(void)
{
	return message;
}

int creator_error(int error, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(message, sizeof(message), format, arguments);
	va_end(arguments);
	return error;
}

int creator_shim_error(int error)
{
	return error ? creator_error(error, "%s", shim_error()) : 0;
}
