/* SPDX-License-Identifier: MIT */
/*
 * The message of a thread's last failed call, as the library sets it.
 */
#ifndef SHIM_ERROR_H
#define SHIM_ERROR_H

/*
 * Sets the message that shim_error() returns to this thread, and returns error, a
 * negative errno. "%m" in the format is the text of errno.
 */
int shim_error_set(int error, const char *format, ...) __attribute__((cold, format(printf, 2, 3)));

/* Clears the message of an error after which the call succeeded in another way. */
void shim_error_clear(void);

/*
 * A message that begins with the field of a config, where the caller's caller knows it by
 * another name, begins with that one then. Returns error.
 */
int shim_error_rename(int error, const char *field, const char *name);

/* Puts a text before the present message and returns error. */
int shim_error_prefix(int error, const char *format, ...)
	__attribute__((cold, format(printf, 2, 3)));

#endif /* SHIM_ERROR_H */
