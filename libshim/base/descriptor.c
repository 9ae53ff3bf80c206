// SPDX-License-Identifier: MIT
/*
 * Descriptors that the library keeps open.
 *
 * A program that becomes a daemon closes all numbers and uses them again. What the
 * library then reads under its number is another file's, and what it closes is another's
 * too. Between the look here and the use the program can still do so.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/descriptor.h"

int shim_descriptor_init(struct shim_descriptor *descriptor, int fd)
{
	struct stat stat;
	int error;

	descriptor->fd = fd;
	if (fd <= STDERR_FILENO) {
		descriptor->fd = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
		error = -errno;
		close(fd);
		if (descriptor->fd < 0)
			return error;
	}
	if (fstat(descriptor->fd, &stat)) {
		error = -errno;
		close(descriptor->fd);
		descriptor->fd = -1;
		return error;
	}
	descriptor->device = stat.st_dev;
	descriptor->inode = stat.st_ino;
	return 0;
}

bool shim_descriptor_is_intact(const struct shim_descriptor *descriptor)
{
	struct stat stat;

	return descriptor->fd >= 0 && !fstat(descriptor->fd, &stat) &&
	       stat.st_dev == descriptor->device && stat.st_ino == descriptor->inode;
}

void shim_descriptor_uninit(struct shim_descriptor *descriptor)
{
	if (shim_descriptor_is_intact(descriptor))
		close(descriptor->fd);
	descriptor->fd = -1;
}
