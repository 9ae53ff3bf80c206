// SPDX-License-Identifier: MIT
// What the parser says of each binary of a stream, for tests/spec/check.
/*
 * Standard input has binaries, each after its length of 4 bytes, the lowest first. For
 * each the program writes a line: the error, a space and the first line of the message.
 */
#include <err.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libshim.h>

static bool length_read(uint32_t *length)
{
	unsigned char bytes[4];

	if (fread(bytes, 1, sizeof(bytes), stdin) != sizeof(bytes))
		return false;
	*length = bytes[0] | bytes[1] << 8 | bytes[2] << 16 | (uint32_t)bytes[3] << 24;
	return true;
}

static void judge(const void *bytes, size_t length)
{
	struct shim_module *module = NULL;
	int error = shim_module_parse(bytes, length, &module);
	const char *message = error ? shim_error() : "";

	printf("%d %.*s\n", error, (int)strcspn(message, "\n"), message);
	shim_module_destroy(module);
}

int main(void)
{
	uint32_t length;

	while (length_read(&length)) {
		/* Exactly as long, so that a checker sees a read past the end. */
		unsigned char *bytes = malloc(length ? length : 1);

		if (!bytes || fread(bytes, 1, length, stdin) != length)
			errx(2, "a binary of %u bytes is not there", length);
		judge(bytes, length);
		free(bytes);
	}
	return fflush(stdout) || ferror(stdin) ? 2 : 0;
}
