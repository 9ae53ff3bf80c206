/* SPDX-License-Identifier: MIT */
/*
 * How a call of the library must end: it says what is wrong in shim_error().
 */
#ifndef MUST_H
#define MUST_H

#include <string.h>

#include <libshim.h>

#include "tap.h"

/* It works. */
#define must(call)                                                                            \
	do {                                                                                  \
		int must_error_ = (call);                                                     \
		if (must_error_)                                                              \
			test_fail("%s: %s: %s", #call, strerror(-must_error_), shim_error()); \
	} while (0)

/* It fails, with this message. */
#define must_fail(expected, message, call)       \
	do {                                     \
		test_err(expected, call);        \
		test_str(shim_error(), message); \
	} while (0)

#endif /* MUST_H */
