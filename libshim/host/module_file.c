// SPDX-License-Identifier: MIT
/*
 * Modules from files.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <libshim/host.h>

#include "base/error.h"

#define FIRST_ROOM ((size_t)64 << 10)
/* What a device without an end stops at, before memory does. */
#define MOST ((size_t)1 << 30)

/* Bytes of a file, which may be a pipe, so that its length is known at its end. */
struct content {
	unsigned char *bytes;
	size_t length;
};

/* The caller frees the bytes, after an error too. */
static int content_read(struct content *content, FILE *file)
{
	size_t room = 0;
	struct stat stat;

	if (!fstat(fileno(file), &stat) && S_ISREG(stat.st_mode) && (size_t)stat.st_size > MOST)
		return -EFBIG;
	while (!feof(file)) {
		if (content->length == room) {
			unsigned char *more;

			if (room >= MOST)
				return -EFBIG;
			room = room ? 2 * room : FIRST_ROOM;
			more = realloc(content->bytes, room);
			if (!more)
				return -ENOMEM;
			content->bytes = more;
		}
		content->length +=
			fread(content->bytes + content->length, 1, room - content->length, file);
		if (ferror(file))
			return -errno;
	}
	return 0;
}

int shim_module_read(const char *path, struct shim_module **out)
{
	struct content content = { 0 };
	FILE *file;
	int error;

	if (!path || !out)
		return shim_error_set(-EFAULT, "%s is NULL", path ? "out" : "path");
	file = fopen(path, "re");
	if (!file)
		return shim_error_set(-errno, "%s: %m", path);
	error = content_read(&content, file);
	fclose(file);
	if (error) {
		errno = -error;
		shim_error_set(error, "%s: %m", path);
	} else {
		error = shim_module_parse(content.bytes, content.length, out);
		if (error)
			shim_error_prefix(error, "%s: ", path);
	}
	free(content.bytes);
	return error;
}
