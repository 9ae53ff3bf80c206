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

#include "base/error.h"
#include "module/image_store.h"

#define STAGE_LENGTH (UINT64_C(64) << 10)
/* Segments of that length are written without being gathered. */
#define LONG_SEGMENT (UINT64_C(4) << 10)

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

static int file_write(const struct shim_memfd *file, uint64_t at, const unsigned char *source,
		      uint64_t length)
{
	int error = shim_memfd_write(file, at, source, length);

	switch (error) {
	case 0:
		return 0;
	case -EFAULT:
		return shim_error_set(-EFAULT, "%" PRIu64 " bytes of data cannot be read", length);
	case -EBADF:
		return shim_error_set(-EBADF, "the program closed the file of an image");
	default:
		/* What the file has no room for is no memory, to whoever makes a module. */
		return shim_error_set(-ENOMEM, "no memory for %" PRIu64 " bytes of data: %s",
				      length, strerror(-error));
	}
}

int shim_image_store_flush(struct shim_image_store *store)
{
	uint64_t length = store->staged;

	store->staged = 0;
	return length ? file_write(store->file, store->stage_at, store->stage, length) : 0;
}

/* ---- the bytes of segments ------------------------------------------------------------ */

/* Gives length bytes of a segment, from one of its bytes on. */
static int bytes_get(const struct shim_module *module, const struct shim_data_segment *segment,
		     uint64_t from, unsigned char *to, uint64_t length)
{
	const struct shim_file_view *file = module->data_file;
	const unsigned char *bytes = segment->bytes;

	if (file)
		return shim_file_view_read(file, (uint64_t)(bytes - file->bytes) + from, to,
					   length);
	memcpy(to, bytes + from, length);
	return 0;
}

/*
 * Whether a segment can be appended to those that are gathered, with zeroes between: there
 * is room, and between them is nothing that an earlier segment has written.
 */
static bool stage_has_room(const struct shim_image_store *store, uint64_t at,
			   const struct shim_data_segment *segment)
{
	uint64_t start = store->staged ? store->stage_at : at;

	return segment->length < LONG_SEGMENT && at >= store->end &&
	       at - start <= STAGE_LENGTH - segment->length;
}

static int stage_append(struct shim_image_store *store, uint64_t at,
			const struct shim_data_segment *segment)
{
	unsigned char *place;
	int error;

	if (!store->staged)
		store->stage_at = at;
	place = store->stage + (at - store->stage_at);
	error = bytes_get(store->module, segment, 0, place, segment->length);
	if (error)
		return error;
	memset(store->stage + store->staged, 0, at - store->stage_at - store->staged);
	store->staged = at - store->stage_at + segment->length;
	return 0;
}

/* From one file to the other through the stage, which is flushed. */
static int long_write(struct shim_image_store *store, uint64_t at,
		      const struct shim_data_segment *segment)
{
	if (!store->module->data_file)
		return file_write(store->file, at, segment->bytes, segment->length);
	for (uint64_t done = 0, part; done < segment->length; done += part) {
		int error;

		part = segment->length - done;
		if (part > STAGE_LENGTH)
			part = STAGE_LENGTH;
		error = bytes_get(store->module, segment, done, store->stage, part);
		if (!error)
			error = file_write(store->file, at + done, store->stage, part);
		if (error)
			return error;
	}
	return 0;
}

static int segment_write(struct shim_image_store *store, uint64_t at,
			 const struct shim_data_segment *segment)
{
	int error;

	if (stage_has_room(store, at, segment))
		return stage_append(store, at, segment);
	error = shim_image_store_flush(store);
	if (error)
		return error;
	return stage_has_room(store, at, segment) ? stage_append(store, at, segment) :
						    long_write(store, at, segment);
}

int shim_image_store_write(struct shim_image_store *store, uint64_t at,
			   const struct shim_data_segment *segment)
{
	int error = store->file ? segment_write(store, at, segment) :
				  bytes_get(store->module, segment, 0, store->bytes + at,
					    segment->length);

	if (at + segment->length > store->end)
		store->end = at + segment->length;
	return error;
}

int shim_segment_copy(struct shim_module *module, struct shim_data_segment *segment)
{
	unsigned char *copy;
	int error;

	if (module->borrows_bytes)
		return 0;
	copy = shim_arena_alloc(&module->arena, segment->length, 1);
	if (!copy)
		return -ENOMEM;
	error = segment->length ? bytes_get(module, segment, 0, copy, segment->length) : 0;
	segment->bytes = copy;
	return error;
}
