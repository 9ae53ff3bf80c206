/* SPDX-License-Identifier: MIT */
/*
 * The content of an image of the mmap backend.
 */
#ifndef SHIM_IMAGE_FILE_H
#define SHIM_IMAGE_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include <libshim/slots.h>

#include "base/memfd.h"

/* The part of one area that has content: [start, end) of the area, at offset. */
struct shim_image_part {
	uint64_t start;
	uint64_t end; /* equal to start: the area has no content */
	uint64_t offset;
};

/*
 * The content: the parts of the areas, one after another, in a memfd that is written once
 * and then sealed; slots map it privately. No descriptor of it stays open. Where the process
 * can have no such file, the content is in anonymous memory, and slots get copies. Nothing
 * in the struct changes after shim_image_file_seal().
 */
struct shim_image_file {
	uint64_t page_size;
	uint64_t size;		      /* 0: no area has content */
	struct shim_memfd memfd;      /* its source is NULL where there is no file */
	const unsigned char *content; /* all of it, to be read */
	uint64_t *filled;	      /* bit p: page p of the content is not all zero */
	struct shim_image_part parts[SHIM_MAX_AREAS];
};

/*
 * Makes room for parts whose start and end are page multiples; their offsets are
 * set here. The caller calls shim_image_file_uninit() even after an error.
 */
int shim_image_file_init(struct shim_image_file *file, uint64_t page_size,
			 const struct shim_image_part *parts);
void shim_image_file_uninit(struct shim_image_file *file);

/*
 * Writes bytes of an area, which must lie in its part. Pages that are all zero
 * take no memory. -EFAULT when the source cannot be read.
 */
int shim_image_file_write(struct shim_image_file *file, uint32_t area, uint64_t at,
			  const void *source, uint64_t length);

/* After the last write: cuts zero pages off the ends of the parts, and seals the file. */
int shim_image_file_seal(struct shim_image_file *file);

/* The bytes of its pages that are not all zero. */
uint64_t shim_image_file_filled(const struct shim_image_file *file);

/* Whether slots get copies of the content. */
static inline bool shim_image_file_is_copied(const struct shim_image_file *file)
{
	return file->content && !file->memfd.source;
}

/*
 * Gives [from, to) of the area at base what of it is content: a map of the file, without
 * access, in place of what is mapped there. -errno without a message. Does nothing where
 * slots get copies.
 */
int shim_image_file_map(const struct shim_image_file *file, uint32_t area, unsigned char *base,
			uint64_t from, uint64_t to);

/* Where slots get copies, writes what of [from, to) is content; the range reads as zero. */
void shim_image_file_copy(const struct shim_image_file *file, uint32_t area, unsigned char *base,
			  uint64_t from, uint64_t to);

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
