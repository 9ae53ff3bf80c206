// SPDX-License-Identifier: MIT
/*
 * Binaries without the data segments that an image can have instead.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "module/const_expr.h"
#include "wasm/parser.h"

#define SECTION_DATA 11
#define SECTION_DATA_COUNT 12
#define LEB128_MOST 5 /* bytes of 32 bits */

struct stripped {
	struct shim_stripped public;
	struct shim_module *image; /* of memory 0 and the segments alone; owns the image */
	uint8_t bytes[];
};

/* Where in a valid binary the data section is. */
struct data_section {
	size_t start; /* its id; 0: there is none */
	size_t content;
	size_t end;
	bool has_count; /* instructions may name segments */
};

/* ---- which segments ----------------------------------------------------------- */

static bool is_fixed(const struct shim_const_instr *offset, uint64_t length, uint64_t room)
{
	uint64_t end;

	return shim_const_is_known(offset) &&
	       !__builtin_add_overflow(shim_const_known(offset), length, &end) && end <= room;
}

/*
 * Whether functions of an instance can be in a table of somebody else while it has none of
 * its data, and no more comes: they would see the image.
 */
static bool may_fail_before_data(const struct shim_module *module)
{
	bool is_shown = false;
	bool may_fail = module->needs_heap; /* for an element */

	for (uint32_t i = 0; i < module->desc.element_count; i++) {
		const struct shim_element_segment *segment = &module->desc.elements[i];

		if (segment->mode != SHIM_SEGMENT_ACTIVE)
			continue;
		is_shown |= segment->table < module->imported_count[SHIM_EXTERN_TABLE];
		may_fail |= !is_fixed(&segment->offset, segment->count,
				      shim_module_table(module, segment->table)->minimum);
	}
	return is_shown && may_fail;
}

/* How many segments from the first one on have nothing that must be done at instantiation. */
static uint32_t leading_count(const struct shim_module *module)
{
	uint64_t room;
	uint32_t i;

	if (module->imported_count[SHIM_EXTERN_MEMORY] || !module->desc.defined_memory_count ||
	    may_fail_before_data(module))
		return 0;
	room = shim_memory_minimum(module->desc.defined_memories);
	/* The room is a page multiple, also where UINT64_MAX stands for 2^64. */
	room &= ~(SHIM_WASM_PAGE - 1);
	for (i = 0; i < module->desc.data_count; i++) {
		const struct shim_data_segment *segment = &module->desc.data[i];

		if (segment->mode == SHIM_SEGMENT_ACTIVE &&
		    (segment->memory || !is_fixed(&segment->offset, segment->length, room)))
			break;
	}
	return i;
}

static bool is_taken(const struct shim_module *module, uint32_t leading, uint32_t index)
{
	return index < leading && module->desc.data[index].mode == SHIM_SEGMENT_ACTIVE;
}

/* ---- the image ------------------------------------------------------------------ */

/* Makes a module of memory 0 and the leading segments, whose static image is the one. */
static int image_make(const struct shim_module *module, uint32_t leading, struct stripped *stripped)
{
	struct shim_data_segment *segments = calloc(leading, sizeof(*segments));
	struct shim_module_desc desc;
	int error;

	if (!segments)
		return shim_error_set(-ENOMEM, "no memory for %u segments", leading);
	shim_module_desc_init(&desc);
	desc.defined_memories = module->desc.defined_memories;
	desc.defined_memory_count = 1;
	desc.data = segments;
	for (uint32_t i = 0; i < leading; i++)
		if (is_taken(module, leading, i))
			segments[desc.data_count++] = module->desc.data[i];
	stripped->public.segments = desc.data_count;
	error = shim_module_create(&desc, &stripped->image);
	free(segments);
	return error;
}

/* ---- the binary ------------------------------------------------------------------ */

static int data_section_find(struct shim_wasm_reader *reader, struct data_section *found)
{
	reader->at = 8;
	while (shim_wasm_left(reader)) {
		const uint8_t *content;
		size_t start = reader->at;
		uint32_t length;
		uint8_t id;
		int error = shim_wasm_u8(reader, "section id", &id);

		if (!error)
			error = shim_wasm_u32(reader, "section length", &length);
		if (!error)
			error = shim_wasm_bytes(reader, "section", length, &content);
		if (error)
			return error;
		if (id == SECTION_DATA)
			*found = (struct data_section){ start, reader->at - length, reader->at,
							found->has_count };
		found->has_count |= id == SECTION_DATA_COUNT;
	}
	return 0;
}

static size_t leb128_write(uint8_t *to, uint32_t value)
{
	size_t length = 0;

	for (; value >= 0x80; value >>= 7)
		to[length++] = (uint8_t)(value | 0x80);
	to[length++] = (uint8_t)value;
	return length;
}

/* Writes the segments that stay, and the heads of others that have to keep their index. */
static int segments_write(struct shim_wasm_parser *parser, const struct shim_module *module,
			  uint32_t leading, bool keeps_index, uint8_t *to, size_t *length)
{
	struct shim_wasm_reader *reader = &parser->reader;
	const uint8_t *ignored;

	*length = 0;
	for (uint32_t i = 0; i < module->desc.data_count; i++) {
		struct shim_data_segment segment = { 0 };
		size_t start = reader->at, end;
		int error = shim_wasm_data_head_read(parser, &segment);

		if (error)
			return error;
		end = reader->field; /* of the head, without the length */
		error = shim_wasm_bytes(reader, "segment", segment.length, &ignored);
		if (error)
			return error;
		if (!is_taken(module, leading, i))
			end = reader->at;
		else if (!keeps_index)
			continue;
		memcpy(to + *length, reader->bytes + start, end - start);
		*length += end - start;
		if (is_taken(module, leading, i))
			to[(*length)++] = 0;
	}
	return 0;
}

/* The section is written behind room for its head, which is moved to where it begins. */
static int data_section_write(struct shim_wasm_parser *parser, const struct shim_module *module,
			      uint32_t leading, const struct data_section *section, uint8_t *to,
			      size_t *length)
{
	uint32_t count = module->desc.data_count;
	uint8_t head[1 + 2 * LEB128_MOST], number[LEB128_MOST];
	size_t head_length = 1, number_length, body;
	uint32_t ignored;
	int error;

	parser->reader.at = section->content;
	parser->reader.end = section->end;
	error = shim_wasm_u32(&parser->reader, "data count", &ignored);
	if (error)
		return error;
	error = segments_write(parser, module, leading, section->has_count, to + sizeof(head),
			       &body);
	if (error)
		return error;
	for (uint32_t i = 0; i < leading && !section->has_count; i++)
		count -= is_taken(module, leading, i);
	*length = 0;
	if (!count)
		return 0;
	number_length = leb128_write(number, count);
	head[0] = SECTION_DATA;
	head_length += leb128_write(head + 1, (uint32_t)(number_length + body));
	memcpy(head + head_length, number, number_length);
	head_length += number_length;
	memmove(to + head_length, to + sizeof(head), body);
	memcpy(to, head, head_length);
	*length = head_length + body;
	return 0;
}

static int binary_write(const struct shim_module *module, const uint8_t *bytes, size_t length,
			uint32_t leading, struct stripped *stripped)
{
	/* What is read of a segment is in the arena of a module, which goes afterwards. */
	struct shim_wasm_parser parser = {
		.reader = { .bytes = bytes, .end = length },
		.module = shim_module_new(),
	};
	struct data_section section = { 0 };
	size_t written = 0;
	int error;

	if (!parser.module)
		return -ENOMEM;
	error = data_section_find(&parser.reader, &section);
	if (error)
		goto put_module;
	memcpy(stripped->bytes, bytes, section.start);
	error = data_section_write(&parser, module, leading, &section,
				   stripped->bytes + section.start, &written);
	if (error)
		goto put_module;
	written += section.start;
	memcpy(stripped->bytes + written, bytes + section.end, length - section.end);
	stripped->public.length = written + length - section.end;
put_module:
	shim_wasm_exprs_uninit(&parser);
	shim_module_put(parser.module);
	return error;
}

/* ---- both ------------------------------------------------------------------------ */

static int strip(const struct shim_module *module, const uint8_t *bytes, size_t length,
		 struct stripped *stripped)
{
	const struct shim_static_image *image = NULL;
	uint32_t leading = leading_count(module);
	int error;

	stripped->public.bytes = stripped->bytes;
	stripped->public.length = length;
	if (!module->imported_count[SHIM_EXTERN_MEMORY] && module->desc.defined_memory_count)
		stripped->public.minimum = shim_memory_minimum(module->desc.defined_memories);
	if (leading) {
		error = image_make(module, leading, stripped);
		if (error)
			return error;
		image = shim_module_defined_image(stripped->image, 0);
	}
	if (!image || !stripped->public.segments) {
		stripped->public.segments = 0;
		memcpy(stripped->bytes, bytes, length);
		return 0;
	}
	stripped->public.image = *image;
	return binary_write(module, bytes, length, leading, stripped);
}

int shim_module_strip(const void *bytes, size_t length, struct shim_stripped **out)
{
	struct shim_module *module;
	struct stripped *stripped;
	int error;

	if (!out)
		return shim_error_set(-EFAULT, "out is NULL");
	error = shim_module_parse_borrowed(bytes, length, &module);
	if (error)
		return error;
	/* It gets no longer, but the head of the data section is written with room before. */
	stripped = calloc(1, sizeof(*stripped) + length + 1 + 2 * LEB128_MOST);
	if (!stripped) {
		error = shim_error_set(-ENOMEM, "no memory for a binary of %zu bytes", length);
		goto put_module;
	}
	error = strip(module, bytes, length, stripped);
	if (error)
		shim_stripped_destroy(&stripped->public);
	else
		*out = &stripped->public;
put_module:
	shim_module_put(module);
	return error;
}

void shim_stripped_destroy(struct shim_stripped *stripped)
{
	struct stripped *whole = (struct stripped *)stripped;

	if (!whole)
		return;
	shim_module_destroy(whole->image);
	free(whole);
}
