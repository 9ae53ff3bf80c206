// SPDX-License-Identifier: MIT
/*
 * Static images: the initial content of memories, made of active data segments where it
 * is the same for every instance. The segments themselves are then parts of the images, so
 * that data is in memory once.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/pages.h"
#include "module/const_expr.h"
#include "module/image_store.h"

/* The range of a memory that its segments cover. */
struct span {
	uint64_t start; /* of the first byte */
	uint64_t end;	/* 0: the segments have no bytes */
	uint64_t data;	/* bytes of all segments; overlaps count twice */
};

static const struct shim_data_segment *active_get(const struct shim_module *module, uint32_t index)
{
	const struct shim_data_segment *segment = &module->desc.data[index];

	return segment->mode == SHIM_SEGMENT_ACTIVE ? segment : NULL;
}

/*
 * Widens the span of a memory by a segment, and sets *overlap when the segment may overwrite
 * another, as it begins before the end of those before it. False when the segment does not write the
 * same bytes to the same memory in every instance, or may fail.
 */
static bool span_add(const struct shim_module *module, struct span *spans,
		     const struct shim_data_segment *segment, bool *overlap)
{
	uint32_t imported = module->imported_count[SHIM_EXTERN_MEMORY];
	uint64_t start, end, room;
	struct span *span;

	if (segment->memory < imported || !shim_const_is_known(&segment->offset))
		return false;
	start = shim_const_known(&segment->offset);
	room = shim_memory_minimum(shim_module_memory(module, segment->memory));
	/* The room is a page multiple, also where UINT64_MAX stands for 2^64. */
	room &= ~(SHIM_WASM_PAGE - 1);
	if (__builtin_add_overflow(start, segment->length, &end) || end > room)
		return false;
	if (!segment->length)
		return true;
	span = &spans[segment->memory - imported];
	*overlap |= start < span->end;
	if (!span->end || start < span->start)
		span->start = start;
	if (end > span->end)
		span->end = end;
	span->data += segment->length;
	return true;
}

/*
 * The density rule: a span is worth an image if more than half of it is data, or if it
 * is short. The sparse images of a module share one limit, or a small module of many
 * memories could take any amount of memory.
 */
static bool span_is_dense(const struct span *span, uint64_t *sparse_left)
{
	uint64_t length = span->end - span->start;

	if (length < 2 * span->data)
		return true;
	if (length >= *sparse_left)
		return false;
	*sparse_left -= length;
	return true;
}

static bool spans_find(const struct shim_module *module, struct span *spans, bool *overlap)
{
	uint64_t sparse_left = module->desc.sparse_image;

	for (uint32_t i = 0; i < module->desc.data_count; i++) {
		const struct shim_data_segment *segment = active_get(module, i);

		if (segment && !span_add(module, spans, segment, overlap))
			return false;
	}
	for (uint32_t i = 0; i < module->desc.defined_memory_count; i++)
		if (spans[i].end && !span_is_dense(&spans[i], &sparse_left))
			return false;
	return true;
}

/* The pages that a span touches. Returns their length. */
static uint64_t image_init(struct shim_static_image *image, const struct span *span,
			   uint64_t page_size)
{
	if (!span->end)
		return 0;
	image->offset = shim_page_round_down(span->start, page_size);
	/* The image stays inside the memory, whose length is a page multiple. */
	image->length = shim_page_round_up(span->end, page_size) - image->offset;
	return image->length;
}

/* Makes zeroed images of the pages that the spans touch. */
static int images_init(struct shim_module *module, struct shim_static_image *images,
		       const struct span *spans, struct shim_image_store *store, uint64_t page_size)
{
	uint32_t count = module->desc.defined_memory_count;
	uint64_t length = 0;
	unsigned char *next;
	int error;

	for (uint32_t i = 0; i < count; i++)
		if (__builtin_add_overflow(length, image_init(&images[i], &spans[i], page_size),
					   &length))
			return shim_error_set(-ENOMEM, "no memory for images");
	error = shim_image_store_open(store, module, length, page_size);
	if (error)
		return error;
	next = store->bytes;
	for (uint32_t i = 0; i < count; i++) {
		images[i].bytes = images[i].length ? next : NULL;
		next += images[i].length;
	}
	return 0;
}

/* Where a segment's bytes are in the image of its memory. */
static const unsigned char *image_place(const struct shim_module *module,
					const struct shim_static_image *images,
					const struct shim_data_segment *segment)
{
	const struct shim_static_image *image =
		&images[segment->memory - module->imported_count[SHIM_EXTERN_MEMORY]];

	/* The difference first: an offset of a 64-bit memory may be more than a pointer can take. */
	return (const unsigned char *)image->bytes +
	       (shim_const_known(&segment->offset) - image->offset);
}

/*
 * Writes segments in the order of the module: of two that overlap the later one stays. Where
 * none does, they are parts of the image at once.
 */
static int segments_write(struct shim_image_store *store, const struct shim_static_image *images,
			  bool overlap)
{
	struct shim_module *module = store->module;
	struct shim_data_segment *segments = (struct shim_data_segment *)module->desc.data;

	for (uint32_t i = 0; i < module->desc.data_count; i++) {
		const unsigned char *place;
		int error;

		if (segments[i].mode != SHIM_SEGMENT_ACTIVE || !segments[i].length)
			continue;
		place = image_place(module, images, &segments[i]);
		error = shim_image_store_write(store, (uint64_t)(place - store->bytes),
					       &segments[i]);
		if (error)
			return shim_error_prefix(error, "data[%" PRIu32 "]: ", i);
		if (!overlap)
			segments[i].bytes = place;
	}
	return shim_image_store_flush(store);
}

/*
 * The caller's bytes are not there for long, unless they are borrowed: a segment points to its
 * bytes in the image, or to a copy where there is no image or another segment has overwritten them.
 */
static int segment_keep(struct shim_module *module, const struct shim_static_image *images,
			bool overlap, struct shim_data_segment *segment)
{
	const void *place;

	if (!images || segment->mode != SHIM_SEGMENT_ACTIVE || !segment->length)
		return shim_segment_copy(module, segment);
	if (!overlap)
		return 0;
	place = image_place(module, images, segment);
	/* Of segments in a file none is read again: they are copied all. */
	if (module->data_file || memcmp(place, segment->bytes, segment->length))
		return shim_segment_copy(module, segment);
	segment->bytes = place;
	return 0;
}

static int segments_keep(struct shim_module *module, const struct shim_static_image *images,
			 bool overlap)
{
	/* The desc is the module's own. */
	struct shim_data_segment *segments = (struct shim_data_segment *)module->desc.data;

	for (uint32_t i = 0; i < module->desc.data_count; i++) {
		int error = segment_keep(module, images, overlap, &segments[i]);

		if (error)
			return shim_error_prefix(error, "data[%" PRIu32 "]: ", i);
	}
	return 0;
}

/* Cuts zero pages off both ends. */
static void image_trim(struct shim_static_image *image, uint64_t page_size)
{
	const unsigned char *bytes = image->bytes;

	while (image->length && shim_page_is_zero(bytes, page_size)) {
		bytes += page_size;
		image->offset += page_size;
		image->length -= page_size;
	}
	while (image->length && shim_page_is_zero(bytes + image->length - page_size, page_size))
		image->length -= page_size;
	image->bytes = image->length ? bytes : NULL;
	if (!image->length)
		image->offset = 0;
}

static int images_fill(struct shim_module *module, const struct span *spans, bool overlap)
{
	uint64_t page_size = (uint64_t)sysconf(_SC_PAGESIZE);
	uint32_t count = module->desc.defined_memory_count;
	struct shim_static_image *images;
	struct shim_image_store store;
	int error;

	images = shim_arena_alloc(&module->arena, count, sizeof(*images));
	if (!images)
		return -ENOMEM;
	error = images_init(module, images, spans, &store, page_size);
	if (error)
		return error;
	error = segments_write(&store, images, overlap);
	if (!error)
		error = segments_keep(module, images, overlap);
	shim_image_store_close(&store, page_size);
	if (error)
		return error;
	for (uint32_t i = 0; i < count; i++)
		image_trim(&images[i], page_size);
	module->images = images;
	return 0;
}

int shim_static_images_init(struct shim_module *module)
{
	struct span *spans =
		shim_arena_alloc(&module->arena, module->desc.defined_memory_count, sizeof(*spans));
	bool overlap = false;

	if (!spans)
		return -ENOMEM;
	/* Without images the segments are copied when an instance is initialized. */
	return spans_find(module, spans, &overlap) ? images_fill(module, spans, overlap) :
						     segments_keep(module, NULL, false);
}
