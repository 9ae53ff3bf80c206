/* SPDX-License-Identifier: MIT */
/*
 * The memfd behind an image of the mmap backend.
 */
#ifndef SHIM_IMAGE_FILE_H
#define SHIM_IMAGE_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include <libshim/slots.h>

/* The part of one area that is in the file: [start, end) of the area, at offset. */
struct shim_image_part {
	uint64_t start;
	uint64_t end; /* equal to start: the area has no content */
	uint64_t offset;
};

/*
 * The content of an image in a memfd: the parts of the areas, one after another. The
 * file is written once and then sealed; slots map it privately. Nothing in the struct
 * changes after shim_image_file_seal().
 */
struct shim_image_file {
	int fd; /* -1: no area has content */
	uint64_t page_size;
	uint64_t size;
	const unsigned char *content; /* a read-only map of the file */
	uint64_t *filled;	      /* bit p: page p of the file is not all zero */
	struct shim_image_part parts[SHIM_MAX_AREAS];
};

/*
 * Makes a file for parts whose start and end are page multiples; their offsets are
 * set here. The caller calls shim_image_file_uninit() even after an error.
 */
int shim_image_file_init(struct shim_image_file *file, uint64_t page_size,
			 const struct shim_image_part *parts);
void shim_image_file_uninit(struct shim_image_file *file);

/*
 * Writes bytes of an area, which must lie in its part. Pages that are all zero
 * become holes. -EFAULT when the source cannot be read.
 */
int shim_image_file_write(struct shim_image_file *file, uint32_t area, uint64_t at,
			  const void *source, uint64_t length);

/* After the last write: cuts zero pages off the ends of the parts, and seals the file. */
int shim_image_file_seal(struct shim_image_file *file);

/* The content of the page at this offset of the area, NULL where it is zero. */
static inline const unsigned char *shim_image_file_page(const struct shim_image_file *file,
							uint32_t area, uint64_t at)
{
	const struct shim_image_part *part = &file->parts[area];
	uint64_t offset, page;

	if (at < part->start || at >= part->end)
		return NULL;
	offset = part->offset + (at - part->start);
	page = offset / file->page_size;
	return file->filled[page / 64] >> page % 64 & 1 ? file->content + offset : NULL;
}

#endif /* SHIM_IMAGE_FILE_H */
