/* SPDX-License-Identifier: MIT */
#ifndef SHIM_ERROR_H
#define SHIM_ERROR_H

/*
 * Sets the message that shim_error() gives to this thread and returns error, a
 * negative errno. "%m" in the format is the text of errno.
 */
int shim_error_set(int error, const char *format, ...) __attribute__((cold, format(printf, 2, 3)));

/* For a failure that turned out not to be the caller's. */
void shim_error_clear(void);

/* Puts a text before the message that is there and returns error. */
int shim_error_prefix(int error, const char *format, ...)
	__attribute__((cold, format(printf, 2, 3)));

#endif /* SHIM_ERROR_H */
