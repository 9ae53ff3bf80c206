// SPDX-License-Identifier: MIT
/*
 * The memory of static images, and the ways of a segment's bytes into it.
 *
 * Large images are in a memfd. The kernel writes long segments there, which needs neither a
 * fault for each page nor pages that are cleared before. Short segments are gathered, as a
 * call costs more than they do. Nothing is written through a map: where memory is short,
 * a call fails, and a touch is a SIGBUS.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "module/image_store.h"

#define STAGE_LENGTH (UINT64_C(64) << 10)
/* Segments of that length are written without being gathered. */
#define LONG_SEGMENT (UINT64_C(16) << 10)

static bool file_open(struct shim_image_store *store, uint64_t length, uint64_t page_size)
{
	struct shim_memfd *file = &store->module->image_file;

	if (length < SHIM_IMAGE_FILE_LEAST)
		return false;
	store->stage = malloc(STAGE_LENGTH);
	if (!store->stage)
		return false;
	if (!shim_memfd_create(file, length, page_size)) {
		free(store->stage);
		store->stage = NULL;
		return false;
	}
	store->file = file;
	store->bytes = (unsigned char *)file->content;
	return true;
}

int shim_image_store_open(struct shim_image_store *store, struct shim_module *module,
			  uint64_t length, uint64_t page_size)
{
	*store = (struct shim_image_store){ .module = module };
	if (file_open(store, length, page_size))
		return 0;
	store->bytes = shim_arena_alloc(&module->arena, length, 1);
	return store->bytes ? 0 : -ENOMEM;
}

void shim_image_store_close(struct shim_image_store *store, uint64_t page_size)
{
	if (!store->file)
		return;
	shim_memfd_seal(store->file);
	store->module->has_mapped_images = shim_memfd_can_be_mapped(store->file, page_size);
	free(store->stage);
	store->stage = NULL;
}

/* ---- writing to the file ----------------------------------------------------------- */

static int write_error(uint64_t length)
{
	switch (errno) {
	case EFAULT:
		return shim_error_set(-EFAULT, "%" PRIu64 " bytes of data cannot be read", length);
	case EBADF:
		return shim_error_set(-EBADF, "the program closed the file of an image");
	default:
		/* What the file has no room for is no memory, to whoever makes a module. */
		return shim_error_set(-ENOMEM, "no memory for %" PRIu64 " bytes of data: %m",
				      length);
	}
}

static int file_write(const struct shim_memfd *file, uint64_t at, const unsigned char *source,
		      uint64_t length)
{
	while (length) {
		ssize_t written = -1;

		errno = EBADF;
		if (shim_descriptor_is_intact(&file->file))
			written = pwrite(file->file.fd, source, length, (off_t)at);
		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0)
			return write_error(length);
		at += (uint64_t)written;
		source += written;
		length -= (uint64_t)written;
	}
	return 0;
}

int shim_image_store_flush(struct shim_image_store *store)
{
	uint64_t length = store->staged;

	store->staged = 0;
	return length ? file_write(store->file, store->stage_at, store->stage, length) : 0;
}

/*
 * Appends a segment to those that are gathered, with the zeroes between. False: there is
 * no room, or between them is what an earlier segment has written.
 */
static bool stage_append(struct shim_image_store *store, uint64_t at,
			 const struct shim_data_segment *segment)
{
	uint64_t gap;

	if (segment->length >= LONG_SEGMENT || at < store->end)
		return false;
	if (!store->staged)
		store->stage_at = at;
	if (at - store->stage_at > STAGE_LENGTH - segment->length)
		return false;
	gap = at - store->stage_at - store->staged;
	memset(store->stage + store->staged, 0, gap);
	memcpy(store->stage + store->staged + gap, segment->bytes, segment->length);
	store->staged += gap + segment->length;
	return true;
}

static int segment_write(struct shim_image_store *store, uint64_t at,
			 const struct shim_data_segment *segment)
{
	int error;

	if (stage_append(store, at, segment))
		return 0;
	error = shim_image_store_flush(store);
	if (error || stage_append(store, at, segment))
		return error;
	return file_write(store->file, at, segment->bytes, segment->length);
}

int shim_image_store_write(struct shim_image_store *store, uint64_t at,
			   const struct shim_data_segment *segment)
{
	int error = 0;

	if (store->file)
		error = segment_write(store, at, segment);
	else
		memcpy(store->bytes + at, segment->bytes, segment->length);
	if (at + segment->length > store->end)
		store->end = at + segment->length;
	return error;
}
