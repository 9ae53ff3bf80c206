// SPDX-License-Identifier: MIT
/*
 * Content in a memfd, of which no descriptor stays open.
 *
 * What maps the file gets a copy that mremap() makes of a map of it. So a file takes
 * none of the numbers that RLIMIT_NOFILE allows, and a program that closes descriptors
 * and uses their numbers again cannot put another file into what is mapped.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/map.h"
#include "base/memfd.h"

/* From linux/memfd.h of Linux 6.3, and linux/fcntl.h of 5.1. */
#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U
#endif
#ifndef F_SEAL_FUTURE_WRITE
#define F_SEAL_FUTURE_WRITE 0x0010
#endif

/* Linux before 6.3 does not know MFD_NOEXEC_SEAL; later ones warn when it is missing. */
static int memfd_open(void)
{
	unsigned int flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
	int fd = memfd_create("shim-image", flags | MFD_NOEXEC_SEAL);

	if (fd < 0 && errno == EINVAL)
		fd = memfd_create("shim-image", flags);
	return fd;
}

/* Past RLIMIT_FSIZE the kernel would send SIGXFSZ. */
static bool size_is_allowed(uint64_t size)
{
	struct rlimit limit;

	return !getrlimit(RLIMIT_FSIZE, &limit) && size <= limit.rlim_cur;
}

/*
 * Whether this is the memfd that was just made, and not what the program opened when it had closed
 * that: a file that has a name takes no seals.
 */
static bool file_is_ours(const struct shim_descriptor *file)
{
	int seals = fcntl(file->fd, F_GET_SEALS);

	return seals >= 0 && !(seals & F_SEAL_SEAL) && shim_descriptor_is_intact(file);
}

/*
 * Private, as Linux before 6.7 does not seal a file with a shared map. Where the memfd is still open
 * after them, the maps are of no other file.
 */
static bool file_map(struct shim_memfd *memfd, uint64_t page_size)
{
	int fd = memfd->file.fd;

	memfd->content = shim_map_create(memfd->size, PROT_READ, fd, page_size);
	memfd->source = shim_map_create(memfd->size, PROT_NONE, fd, page_size);
	return memfd->content && memfd->source && shim_descriptor_is_intact(&memfd->file);
}

bool shim_memfd_create(struct shim_memfd *memfd, uint64_t size, uint64_t page_size)
{
	int fd = size_is_allowed(size) ? memfd_open() : -1;

	*memfd = (struct shim_memfd){ .size = size, .file.fd = -1 };
	if (fd < 0 || shim_descriptor_init(&memfd->file, fd))
		return false;
	/* To 0 first: what was written to a standard stream that is closed may be in it. */
	if (file_is_ours(&memfd->file) && !ftruncate(memfd->file.fd, 0) &&
	    !ftruncate(memfd->file.fd, (off_t)size) && file_map(memfd, page_size))
		return true;
	shim_memfd_destroy(memfd);
	return false;
}

void shim_memfd_destroy(struct shim_memfd *memfd)
{
	if (memfd->content)
		munmap((void *)memfd->content, memfd->size);
	if (memfd->source)
		munmap(memfd->source, memfd->size);
	memfd->content = NULL;
	memfd->source = NULL;
	shim_descriptor_uninit(&memfd->file);
}

/* A memfd that was closed is gone: where it is still open after a write, the write was to no other. */
int shim_memfd_write(const struct shim_memfd *memfd, uint64_t at, const void *source,
		     uint64_t length)
{
	const unsigned char *next = source;

	while (length) {
		ssize_t written;

		if (!shim_descriptor_is_intact(&memfd->file))
			return -EBADF;
		written = pwrite(memfd->file.fd, next, length, (off_t)at);
		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0)
			return written ? -errno : -ENOSPC;
		at += (uint64_t)written;
		next += written;
		length -= (uint64_t)written;
	}
	return shim_descriptor_is_intact(&memfd->file) ? 0 : -EBADF;
}

bool shim_memfd_can_be_mapped(const struct shim_memfd *memfd, uint64_t page_size)
{
	return shim_map_can_be_copied(memfd->source, page_size);
}

/*
 * F_SEAL_WRITE is refused with EBUSY, after a wait, while something has a page of the file
 * for a moment, as compaction does. F_SEAL_FUTURE_WRITE has nothing to wait for, and does as
 * much for a file without a shared map.
 */
void shim_memfd_seal(struct shim_memfd *memfd)
{
	fcntl(memfd->file.fd, F_ADD_SEALS,
	      F_SEAL_FUTURE_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL);
	shim_descriptor_uninit(&memfd->file);
}

int shim_memfd_map(const struct shim_memfd *memfd, uint64_t offset, uint64_t length, void *at)
{
	int flags = MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP;

	return mremap(memfd->source + offset, length, length, flags, at) == MAP_FAILED ? -errno : 0;
}
