/* SPDX-License-Identifier: MIT */
/*
 * What the demo's own WebAssembly programs share: reading all of standard
 * input, writing to standard output, and the names of the two exports.
 *
 * setup() runs once, before the image is made; run() once an instance.
 */
#ifndef DEMO_WASM_H
#define DEMO_WASM_H

#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#define EXPORT(name) __attribute__((export_name(name)))

void setup(void);
uint32_t run(void);

/* Reads up to size bytes; the number that came before the end of the input. */
static inline size_t input_read(char *buffer, size_t size)
{
	size_t length = 0;

	while (length < size) {
		ssize_t n = read(0, buffer + length, size - length);

		if (n <= 0)
			break;
		length += n;
	}
	return length;
}

static inline void output_write(const char *text, size_t length)
{
	while (length > 0) {
		ssize_t n = write(1, text, length);

		if (n <= 0)
			break;
		text += n;
		length -= n;
	}
}

#endif /* DEMO_WASM_H */
