// SPDX-License-Identifier: MIT
/*
 * A WebAssembly binary as a whole: its header, and its sections one after the other.
 */
#include <errno.h>
#include <inttypes.h>

#include "base/error.h"
#include "wasm/parser.h"

#define MAGIC 0x6d736100 /* "\0asm" */
#define VERSION 1
#define LAYER_COMPONENT 1
#define HEADER 8
#define SECTION_HEADER 6 /* at most: the id, and 32 bits in LEB128 */

static int order_check(struct shim_wasm_parser *parser, const struct shim_wasm_section *section)
{
	if (!section->order)
		return 0;
	if (section->order == parser->last_order)
		return shim_wasm_error(&parser->reader, -EINVAL, "second %s", section->part);
	if (section->order < parser->last_order)
		return shim_wasm_error(&parser->reader, -EINVAL, "%s out of order", section->part);
	parser->last_order = section->order;
	return 0;
}

static int section_begin(struct shim_wasm_parser *parser, const struct shim_wasm_section **section,
			 uint32_t *length)
{
	struct shim_wasm_reader *reader = &parser->reader;
	uint8_t id;
	int error;

	reader->part = "section header";
	error = shim_wasm_load(reader, SECTION_HEADER, SHIM_WASM_AHEAD);
	if (error)
		return error;
	error = shim_wasm_u8(reader, "section id", &id);
	if (error)
		return error;
	if (id >= SHIM_WASM_SECTIONS)
		return shim_wasm_error(reader, -EINVAL, "section id %d is not one of 0..13", id);
	*section = &shim_wasm_sections[id];
	error = order_check(parser, *section);
	if (error)
		return error;
	error = shim_wasm_u32(reader, "section length", length);
	if (error)
		return error;
	if (*length > shim_wasm_left(reader))
		return shim_wasm_error(reader, -EINVAL, "%s of %" PRIu32 " bytes, %zu are left",
				       (*section)->part, *length, shim_wasm_left(reader));
	return 0;
}

static int section_read(struct shim_wasm_parser *parser)
{
	struct shim_wasm_reader *reader = &parser->reader;
	const struct shim_wasm_section *section = NULL;
	size_t end = reader->end;
	uint32_t length = 0;
	int error = section_begin(parser, &section, &length);

	if (error)
		return error;
	reader->part = section->part;
	reader->field = reader->at;
	reader->end = reader->at + length;
	if (!section->is_long) {
		error = shim_wasm_load(reader, length, SHIM_WASM_AHEAD);
		if (error)
			return error;
	}
	error = shim_wasm_section_read(parser, section);
	if (error)
		return error;
	if (reader->at != reader->end) {
		reader->field = reader->at;
		return shim_wasm_error(reader, -EINVAL, "%zu bytes too long",
				       shim_wasm_left(reader));
	}
	reader->end = end;
	shim_wasm_release(reader);
	return 0;
}

static int header_read(struct shim_wasm_parser *parser)
{
	struct shim_wasm_reader *reader = &parser->reader;
	uint64_t magic, version;
	int error;

	reader->part = "header";
	error = shim_wasm_load(reader, HEADER, SHIM_WASM_AHEAD);
	if (error)
		return error;
	error = shim_wasm_bits(reader, "magic", 4, &magic);
	if (error)
		return error;
	if (magic != MAGIC)
		return shim_wasm_error(reader, -EINVAL, "not a WebAssembly binary");
	error = shim_wasm_bits(reader, "version", 4, &version);
	if (error || version == VERSION)
		return error;
	if (version >> 16 == LAYER_COMPONENT)
		return shim_wasm_unsupported(parser, "component-model");
	return shim_wasm_error(reader, -EINVAL, "version %" PRIu64 " is not 1", version);
}

/* Checks that each section which another one announces is there. */
static int end_check(struct shim_wasm_parser *parser)
{
	const struct shim_module_desc *desc = &parser->module->desc;
	struct shim_wasm_reader *reader = &parser->reader;

	reader->part = "end";
	reader->field = reader->at;
	if (parser->bodies != desc->defined_function_count)
		return shim_wasm_error(reader, -EINVAL, "no code section for %" PRIu32 " functions",
				       desc->defined_function_count);
	if (parser->has_data_count && parser->data_count != desc->data_count)
		return shim_wasm_error(reader, -EINVAL,
				       "no data section for a data count of %" PRIu32,
				       parser->data_count);
	return 0;
}

static int binary_read(struct shim_wasm_parser *parser)
{
	int error = header_read(parser);

	if (error)
		return error;
	while (shim_wasm_left(&parser->reader)) {
		error = section_read(parser);
		if (error)
			return error;
	}
	error = end_check(parser);
	if (error)
		return error;
	return shim_module_finish(parser->module);
}

static int module_make(struct shim_wasm_parser *parser, bool borrows_bytes,
		       struct shim_module **out)
{
	int error;

	parser->module = shim_module_new();
	if (!parser->module)
		return -ENOMEM;
	parser->module->borrows_bytes = borrows_bytes;
	parser->module->data_file = parser->reader.file;
	error = binary_read(parser);
	parser->module->data_file = NULL;
	shim_wasm_exprs_uninit(parser);
	if (error)
		goto put_module;
	*out = parser->module;
	return 0;
put_module:
	shim_module_put(parser->module);
	return error;
}

static int bytes_parse(const void *bytes, size_t length, bool borrows_bytes,
		       struct shim_module **out)
{
	struct shim_wasm_parser parser = {
		.reader = { .bytes = bytes, .end = length },
	};

	if (!bytes || !out)
		return shim_error_set(-EFAULT, "%s is NULL", bytes ? "out" : "bytes");
	return module_make(&parser, borrows_bytes, out);
}

int shim_module_parse(const void *bytes, size_t length, struct shim_module **out)
{
	return bytes_parse(bytes, length, false, out);
}

int shim_module_parse_borrowed(const void *bytes, size_t length, struct shim_module **out)
{
	return bytes_parse(bytes, length, true, out);
}

int shim_wasm_file_parse(struct shim_file_view *file, struct shim_module **out)
{
	struct shim_wasm_parser parser = {
		.reader = { .bytes = file->bytes, .end = file->length, .file = file },
	};

	return module_make(&parser, false, out);
}
