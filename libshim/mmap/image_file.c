// SPDX-License-Identifier: MIT
/*
 * The content of an image of the mmap backend: a memfd, which slots map.
 *
 * Pages that are all zero are holes. Neither a reset nor a snapshot reads a hole, as the
 * kernel would allocate a page for it. When a slot reads one inside of a part, that
 * page is allocated once for all slots of the image.
 *
 * Where the file cannot be had (no descriptor is left, a filter of system calls refuses
 * memfd_create(), RLIMIT_FSIZE is less than its size, or the kernel is older than 5.13 and
 * cannot copy a map) the content is in anonymous memory, and each slot gets a copy.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/error.h"
#include "base/map.h"
#include "base/map_error.h"
#include "base/pages.h"
#include "mmap/image_file.h"

/* Bounds the number of zero pages that are written before they become holes. */
#define WRITE_CHUNK (UINT64_C(1) << 20)

/* ---- the file, or what stands in for it ------------------------------------------------ */

static bool file_create(struct shim_image_file *file)
{
	struct shim_memfd *memfd = &file->memfd;

	if (!shim_memfd_create(memfd, file->size, file->page_size))
		return false;
	if (madvise(memfd->source, file->size, MADV_DONTFORK) ||
	    !shim_memfd_can_be_mapped(memfd, file->page_size)) {
		shim_memfd_destroy(memfd);
		return false;
	}
	/* Its copies are as all of the slab, where the kernel has huge pages. */
	madvise(memfd->source, file->size, MADV_NOHUGEPAGE);
	file->content = memfd->content;
	return true;
}

static int content_create(struct shim_image_file *file)
{
	if (file_create(file))
		return 0;
	file->content = shim_map_create(file->size, PROT_READ | PROT_WRITE, -1, file->page_size);
	if (!file->content) {
		int error = shim_map_error(-errno, file->size, file->size);

		return shim_error_prefix(error,
					 "image: cannot map %" PRIu64 " bytes: ", file->size);
	}
	return 0;
}

int shim_image_file_init(struct shim_image_file *file, uint64_t page_size,
			 const struct shim_image_part *parts)
{
	int error;

	memset(file, 0, sizeof(*file));
	file->memfd.file.fd = -1;
	file->page_size = page_size;
	for (uint32_t i = 0; i < SHIM_MAX_AREAS; i++) {
		file->parts[i] = parts[i];
		file->parts[i].offset = file->size;
		file->size += parts[i].end - parts[i].start;
	}
	if (!file->size)
		return 0;
	error = content_create(file);
	if (error)
		return error;
	file->filled = calloc(file->size / page_size / 64 + 1, sizeof(*file->filled));
	if (!file->filled)
		return shim_error_set(-ENOMEM, "image: no memory");
	return 0;
}

void shim_image_file_uninit(struct shim_image_file *file)
{
	if (shim_image_file_is_copied(file))
		munmap((void *)file->content, file->size);
	file->content = NULL;
	shim_memfd_destroy(&file->memfd);
	free(file->filled);
	file->filled = NULL;
}

/* ---- writing --------------------------------------------------------------------------- */

static void zeroes_free(struct shim_image_file *file, uint64_t start, uint64_t end)
{
	if (start == end)
		return;
	if (file->memfd.source)
		fallocate(file->memfd.file.fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
			  (off_t)start, (off_t)(end - start));
	else
		madvise((void *)(file->content + start), end - start, MADV_DONTNEED);
}

/*
 * Marks pages of the range that have content, and frees the others. What cannot be freed
 * costs memory, and is zero even so.
 */
static void pages_settle(struct shim_image_file *file, uint64_t start, uint64_t end)
{
	uint64_t zero_from = start;

	for (uint64_t at = start; at < end; at += file->page_size) {
		uint64_t page = at / file->page_size;

		if (shim_page_is_zero(file->content + at, file->page_size))
			continue;
		file->filled[page / 64] |= UINT64_C(1) << page % 64;
		zeroes_free(file, zero_from, at);
		zero_from = at + file->page_size;
	}
	zeroes_free(file, zero_from, end);
}

static int source_error(const unsigned char *source)
{
	return shim_error_set(-EFAULT, "image: source %p cannot be read", (const void *)source);
}

/* The kernel reads the source, so that one that cannot be read is an error. */
static int file_write(struct shim_image_file *file, uint64_t at, const unsigned char *source,
		      uint64_t length)
{
	int error = shim_memfd_write(&file->memfd, at, source, length);

	if (!error)
		return 0;
	if (error == -EFAULT)
		return source_error(source);
	if (!shim_descriptor_is_intact(&file->memfd.file))
		return shim_error_set(-EBADF,
				      "image: the program closed descriptor %d, "
				      "which was the library's",
				      file->memfd.file.fd);
	/* What the file has no room for is no memory, to whoever asked for an image. */
	if (error == -ENOSPC || error == -ENOMEM)
		return shim_error_set(-ENOMEM, "image: no memory for %" PRIu64 " bytes: %s", length,
				      strerror(-error));
	return shim_error_set(error, "image: %" PRIu64 " bytes cannot be written: %s", length,
			      strerror(-error));
}

/*
 * Asks the kernel to read a word there, for a call that it then refuses: no kernel knows
 * this way of changing the signal mask.
 */
static bool is_readable(const unsigned char *at)
{
	const void *word = (const void *)((uintptr_t)at & ~(uintptr_t)7);

	return !syscall(SYS_rt_sigprocmask, ~0, word, NULL, 8) || errno != EFAULT;
}

static int memory_write(struct shim_image_file *file, uint64_t at, const unsigned char *source,
			uint64_t length)
{
	const unsigned char *end = source + length;

	for (const unsigned char *page = source; page < end;
	     page += file->page_size - ((uintptr_t)page & (file->page_size - 1)))
		if (!is_readable(page))
			return source_error(page);
	memcpy((unsigned char *)file->content + at, source, length);
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
		error = file->memfd.source ? file_write(file, offset, bytes, chunk) :
					     memory_write(file, offset, bytes, chunk);
		if (error)
			return error;
		pages_settle(file, shim_page_round_down(offset, page_size),
			     shim_page_round_up(offset + chunk, page_size));
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

	if (!file->size)
		return 0;
	for (uint32_t i = 0; i < SHIM_MAX_AREAS; i++) {
		part_trim(file, i);
		kept += file->parts[i].end - file->parts[i].start;
	}
	if (!kept) {
		shim_image_file_uninit(file);
		return 0;
	}
	if (file->memfd.source)
		shim_memfd_seal(&file->memfd);
	else
		mprotect((void *)file->content, file->size, PROT_READ);
	return 0;
}

/* ---- slots ------------------------------------------------------------------------------- */

/* What of the area's part lies in [from, to) of the area. */
static void range_clip(const struct shim_image_part *part, uint64_t *from, uint64_t *to)
{
	if (*from < part->start)
		*from = part->start;
	if (*to > part->end)
		*to = part->end;
}

int shim_image_file_map(const struct shim_image_file *file, uint32_t area, unsigned char *base,
			uint64_t from, uint64_t to)
{
	const struct shim_image_part *part = &file->parts[area];

	range_clip(part, &from, &to);
	if (!file->memfd.source || from >= to)
		return 0;
	return shim_memfd_map(&file->memfd, part->offset + (from - part->start), to - from,
			      base + from);
}

void shim_image_file_copy(const struct shim_image_file *file, uint32_t area, unsigned char *base,
			  uint64_t from, uint64_t to)
{
	if (file->memfd.source)
		return;
	range_clip(&file->parts[area], &from, &to);
	for (uint64_t at = from; at < to; at += file->page_size) {
		const unsigned char *page = shim_image_file_page(file, area, at);

		if (page)
			memcpy(base + at, page, file->page_size);
	}
}

uint64_t shim_image_file_filled(const struct shim_image_file *file)
{
	uint64_t pages = file->size / file->page_size, bytes = 0;

	for (uint64_t i = 0; i < (pages + 63) / 64; i++)
		bytes += (uint64_t)__builtin_popcountll(file->filled[i]) * file->page_size;
	return bytes;
}
