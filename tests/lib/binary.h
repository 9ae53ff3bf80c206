/* SPDX-License-Identifier: MIT */
/*
 * A WebAssembly binary, read from a file or written down as sections, in memory that
 * ends at a page without access.
 */
#ifndef TESTS_BINARY_H
#define TESTS_BINARY_H

#include "test.h"

struct binary {
	uint8_t *bytes;
	size_t length;
	void *map;
	size_t map_length;
};

/* Room for length bytes, right before a page without access. */
struct binary binary_new(size_t length);

void binary_free(struct binary *binary);
struct binary binary_copy(const void *bytes, size_t length);
struct binary binary_load(const char *path);
uint8_t hex_digit(char digit);

/* Reads bytes like "60 01 7f 00", up to a '|' or the end; returns how many. */
size_t hex_read(const char **text, uint8_t *bytes);

/*
 * Makes a binary of sections: "1: 01 60 00 00 | 3: 01 00" is a type section and a
 * function section, their lengths and the header are added. A part without a
 * number is bytes as they stand: "" is the header alone.
 */
struct binary binary_write(const char *text);

#endif /* TESTS_BINARY_H */
