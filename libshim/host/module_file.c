// SPDX-License-Identifier: MIT
/*
 * Modules from files.
 *
 * A regular file is read in parts: what the parser is at is in memory, and data goes to where it
 * stays. It is not mapped, so that nobody who writes or cuts it can do more than fail the call.
 * Other files are read to their end first.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <libshim/host.h>

#include "base/descriptor.h"
#include "base/error.h"
#include "module/module.h"
#include "wasm/parser.h"

#define FIRST_ROOM ((size_t)64 << 10)
/* What a device without an end stops at, before memory does. */
#define MOST ((size_t)1 << 30)

static int errno_error(int error)
{
	errno = -error;
	return shim_error_set(error, "%m");
}

/* ---- a file without a length, such as a pipe ------------------------------------------ */

struct content {
	unsigned char *bytes;
	size_t length;
};

/* The caller frees the bytes, after an error too. */
static int content_read(struct content *content, int fd)
{
	size_t room = 0;
	ssize_t done;

	do {
		if (content->length == room) {
			unsigned char *more;

			if (room >= MOST)
				return errno_error(-EFBIG);
			room = room ? 2 * room : FIRST_ROOM;
			more = realloc(content->bytes, room);
			if (!more)
				return errno_error(-ENOMEM);
			content->bytes = more;
		}
		done = read(fd, content->bytes + content->length, room - content->length);
		if (done < 0 && errno != EINTR)
			return errno_error(-errno);
		if (done > 0)
			content->length += (size_t)done;
	} while (done);
	return 0;
}

static int stream_parse(int fd, struct shim_module **out)
{
	struct content content = { 0 };
	int error = content_read(&content, fd);

	if (!error)
		error = shim_module_parse(content.bytes, content.length, out);
	free(content.bytes);
	return error;
}

/* ---- a regular file --------------------------------------------------------------------- */

static int file_parse(int fd, const struct stat *stat, struct shim_module **out)
{
	struct shim_module *module = NULL;
	struct shim_file_view view;
	int error;

	if ((uint64_t)stat->st_size > MOST)
		return errno_error(-EFBIG);
	error = shim_file_view_init(&view, fd, stat);
	if (error)
		return error;
	error = shim_wasm_file_parse(&view, &module);
	/* Whatever was wrong with a file that somebody writes: it has to be read again. */
	if (error != -EAGAIN) {
		int changed = shim_file_view_check(&view);

		error = changed ? changed : error;
	}
	shim_file_view_uninit(&view);
	if (!error)
		*out = module;
	else
		shim_module_destroy(module);
	return error;
}

static int descriptor_parse(int fd, struct shim_module **out)
{
	struct stat stat;

	if (fstat(fd, &stat))
		return errno_error(-errno);
	/* Files of /proc are regular, and have no length. */
	if (S_ISREG(stat.st_mode) && stat.st_size)
		return file_parse(fd, &stat, out);
	return stream_parse(fd, out);
}

int shim_module_open(const char *path, struct shim_module **out)
{
	struct shim_descriptor file;
	int fd, error;

	if (!path || !out)
		return shim_error_set(-EFAULT, "%s is NULL", path ? "out" : "path");
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return shim_error_set(-errno, "%s: %m", path);
	error = shim_descriptor_init(&file, fd);
	if (error)
		return shim_error_prefix(errno_error(error), "%s: ", path);
	error = descriptor_parse(file.fd, out);
	shim_descriptor_uninit(&file);
	return error ? shim_error_prefix(error, "%s: ", path) : 0;
}

int shim_module_open_fd(int fd, struct shim_module **out)
{
	int error;

	if (!out)
		return shim_error_set(-EFAULT, "out is NULL");
	error = descriptor_parse(fd, out);
	return error ? shim_error_prefix(error, "descriptor %d: ", fd) : 0;
}
