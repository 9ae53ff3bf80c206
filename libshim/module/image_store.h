/* SPDX-License-Identifier: MIT */
/*
 * Where the static images of a module are, and how the bytes of its segments get there.
 */
#ifndef SHIM_IMAGE_STORE_H
#define SHIM_IMAGE_STORE_H

#include "module/module.h"

/*
 * Images that are so long together are in a memfd, which instances map; others are in the
 * module's arena, as to make a file and to map it costs more than to copy a few pages.
 */
#define SHIM_IMAGE_FILE_LEAST (UINT64_C(256) << 10)

/* All images of a module, one after another. One thread fills it. */
struct shim_image_store {
	struct shim_module *module;
	unsigned char *bytes; /* all of them, zero at first; not to be written where there is ... */
	struct shim_memfd *file; /* NULL: the images are in the arena */
	unsigned char *stage;	 /* what is not in the file yet: staged bytes at stage_at */
	uint64_t stage_at;
	uint64_t staged;
	uint64_t end; /* of what was written so far */
};

/*
 * Makes room for length bytes, a page multiple. The caller ends it by shim_image_store_close(),
 * unless this fails: -ENOMEM.
 */
int shim_image_store_open(struct shim_image_store *store, struct shim_module *module,
			  uint64_t length, uint64_t page_size);

/*
 * Writes the bytes of a segment at an offset; they are there after the next flush. -ENOMEM,
 * -EFAULT: the bytes cannot be read; -EBADF: the program closed the file; and the errors of
 * shim_file_view_read().
 */
int shim_image_store_write(struct shim_image_store *store, uint64_t at,
			   const struct shim_data_segment *segment);
int shim_image_store_flush(struct shim_image_store *store);

/* Sets the bytes of a segment to a copy in the module's arena, unless the module borrows them. */
int shim_segment_copy(struct shim_module *module, struct shim_data_segment *segment);

/* The images do not change any more. Is called after an error, too. */
void shim_image_store_close(struct shim_image_store *store, uint64_t page_size);

#endif /* SHIM_IMAGE_STORE_H */
