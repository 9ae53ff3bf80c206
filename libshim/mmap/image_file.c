// SPDX-License-Identifier: MIT
/*
 * The memfd behind an image of the mmap backend.
 *
 * Pages that are all zero are holes. Neither a reset nor a snapshot reads a hole, as the
 * kernel would allocate a page for it. When a slot reads one inside of a part, that
 * page is allocated once for all slots of the image.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/error.h"
#include "base/pages.h"
#include "mmap/image_file.h"

/* From linux/memfd.h of Linux 6.3. */
#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U
#endif

/* Bounds the number of zero pages that are written before they become holes. */
#define WRITE_CHUNK (UINT64_C(1) << 20)

/* Linux before 6.3 does not know MFD_NOEXEC_SEAL; later ones warn when it is missing. */
static int memfd_open(void)
{
	unsigned int flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
	int fd = memfd_create("shim-image", flags | MFD_NOEXEC_SEAL);

	if (fd < 0 && errno == EINVAL)
		fd = memfd_create("shim-image", flags);
	return fd;
}

static int file_map(struct shim_image_file *file)
{
	void *content;

	if (ftruncate(file->fd, (off_t)file->size))
		return shim_error_set(-errno, "image: no file of %" PRIu64 " bytes: %m",
				      file->size);
	/* Private, as Linux before 6.7 does not seal a file with a shared map. */
	content = mmap(NULL, file->size, PROT_READ, MAP_PRIVATE | MAP_NORESERVE, file->fd, 0);
	if (content == MAP_FAILED)
		return shim_error_set(-errno, "image: no map of %" PRIu64 " bytes: %m", file->size);
	file->content = content;
	file->filled = calloc(file->size / file->page_size / 64 + 1, sizeof(*file->filled));
	if (!file->filled)
		return shim_error_set(-ENOMEM, "image: no memory");
	return 0;
}

int shim_image_file_init(struct shim_image_file *file, uint64_t page_size,
			 const struct shim_image_part *parts)
{
	memset(file, 0, sizeof(*file));
	file->fd = -1;
	file->page_size = page_size;
	for (uint32_t i = 0; i < SHIM_MAX_AREAS; i++) {
		file->parts[i] = parts[i];
		file->parts[i].offset = file->size;
		file->size += parts[i].end - parts[i].start;
	}
	if (!file->size)
		return 0;
	file->fd = memfd_open();
	if (file->fd < 0)
		return shim_error_set(-errno, "image: no memfd: %m");
	return file_map(file);
}

void shim_image_file_uninit(struct shim_image_file *file)
{
	if (file->content)
		munmap((void *)file->content, file->size);
	if (file->fd >= 0)
		close(file->fd);
	free(file->filled);
	file->content = NULL;
	file->filled = NULL;
	file->fd = -1;
}

static int hole_punch(struct shim_image_file *file, uint64_t start, uint64_t end)
{
	if (start == end || !fallocate(file->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
				       (off_t)start, (off_t)(end - start)))
		return 0;
	return shim_error_set(-errno, "image: no hole of %" PRIu64 " bytes: %m", end - start);
}

/* Marks pages of the range that have content, and makes holes of the others. */
static int pages_settle(struct shim_image_file *file, uint64_t start, uint64_t end)
{
	uint64_t zero_from = start;

	for (uint64_t at = start; at < end; at += file->page_size) {
		uint64_t page = at / file->page_size;
		int error;

		if (shim_page_is_zero(file->content + at, file->page_size))
			continue;
		file->filled[page / 64] |= UINT64_C(1) << page % 64;
		error = hole_punch(file, zero_from, at);
		if (error)
			return error;
		zero_from = at + file->page_size;
	}
	return hole_punch(file, zero_from, end);
}

/* The kernel reads the source, so that one that cannot be read is an error. */
static int bytes_write(struct shim_image_file *file, uint64_t at, const unsigned char *source,
		       uint64_t length)
{
	while (length) {
		ssize_t written = pwrite(file->fd, source, length, (off_t)at);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0 && errno == EFAULT)
			return shim_error_set(-EFAULT, "image: source %p cannot be read",
					      (const void *)source);
		if (written <= 0)
			return shim_error_set(-ENOMEM, "image: no memory for %" PRIu64 " bytes: %m",
					      length);
		at += (uint64_t)written;
		source += written;
		length -= (uint64_t)written;
	}
	return 0;
}

int shim_image_file_write(struct shim_image_file *file, uint32_t area, uint64_t at,
			  const void *source, uint64_t length)
{
	const struct shim_image_part *part = &file->parts[area];
	const unsigned char *bytes = source;
	uint64_t offset = part->offset + (at - part->start);
	uint64_t page_size = file->page_size;

	while (length) {
		/* A chunk ends at a page's end, so that a page is settled once and whole. */
		uint64_t chunk = WRITE_CHUNK - (offset & (page_size - 1));
		int error;

		if (chunk > length)
			chunk = length;
		error = bytes_write(file, offset, bytes, chunk);
		if (error)
			return error;
		error = pages_settle(file, shim_page_round_down(offset, page_size),
				     shim_page_round_up(offset + chunk, page_size));
		if (error)
			return error;
		offset += chunk;
		bytes += chunk;
		length -= chunk;
	}
	return 0;
}

static void part_trim(struct shim_image_file *file, uint32_t area)
{
	struct shim_image_part *part = &file->parts[area];
	uint64_t first = part->start, end = part->end;

	while (first < end && !shim_image_file_page(file, area, first))
		first += file->page_size;
	while (end > first && !shim_image_file_page(file, area, end - file->page_size))
		end -= file->page_size;
	part->offset += first - part->start;
	part->start = first;
	part->end = end;
}

int shim_image_file_seal(struct shim_image_file *file)
{
	uint64_t kept = 0;

	if (file->fd < 0)
		return 0;
	for (uint32_t i = 0; i < SHIM_MAX_AREAS; i++) {
		part_trim(file, i);
		kept += file->parts[i].end - file->parts[i].start;
	}
	if (!kept) {
		shim_image_file_uninit(file);
		return 0;
	}
	if (fcntl(file->fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL))
		return shim_error_set(-errno, "image: cannot be sealed: %m");
	return 0;
}
