// SPDX-License-Identifier: MIT
/*
 * The content of each section of a WebAssembly binary.
 */
#include <errno.h>
#include <inttypes.h>

#include "base/utf8.h"
#include "module/lists.h"
#include "wasm/parser.h"

#define NUMBER 5 /* bytes of 32 bits in LEB128, at most */
#define CODE_AHEAD ((size_t)256 << 10)

/* A section whose content is a list of the desc. */
struct list_section {
	const char *count; /* its name in messages */
	size_t least;	   /* the fewest bytes of an item */
	int (*read)(struct shim_wasm_parser *parser, void *item);
};

static const struct list_section list_sections[SHIM_LISTS] = {
	[SHIM_LIST_IMPORTS] = { "import count", 4, shim_wasm_import_read },
	[SHIM_LIST_FUNCTIONS] = { "function count", 1, shim_wasm_function_read },
	[SHIM_LIST_TABLES] = { "table count", 3, shim_wasm_table_read },
	[SHIM_LIST_MEMORIES] = { "memory count", 2, shim_wasm_memory_read },
	[SHIM_LIST_TAGS] = { "tag count", 2, shim_wasm_tag_read },
	[SHIM_LIST_GLOBALS] = { "global count", 3, shim_wasm_global_read },
	[SHIM_LIST_EXPORTS] = { "export count", 3, shim_wasm_export_read },
	[SHIM_LIST_ELEMENTS] = { "element count", 3, shim_wasm_element_read },
	[SHIM_LIST_DATA] = { "data count", 2, shim_wasm_data_read },
};

static int list_read(struct shim_wasm_parser *parser, enum shim_list_kind kind)
{
	const struct list_section *section = &list_sections[kind];
	const struct shim_list *list = &shim_lists[kind];
	struct shim_wasm_reader *reader = &parser->reader;
	struct shim_module *module = parser->module;
	uint32_t *done = shim_list_count(list, &module->desc), count;
	size_t start = reader->at;
	unsigned char *items;
	int error = shim_wasm_count(reader, section->count, section->least, &count);

	if (error)
		return error;
	items = shim_arena_alloc(&module->arena, count, list->size);
	if (!items)
		return -ENOMEM;
	*shim_list_items(list, &module->desc) = items;
	for (; *done < count; ++*done) {
		size_t item = reader->at;

		error = section->read(parser, items + *done * list->size);
		if (error)
			return error;
		error = shim_list_check(list, module, *done);
		if (error)
			return shim_wasm_locate(reader, item, error);
	}
	error = list->finish ? list->finish(module) : 0;
	return error ? shim_wasm_locate(reader, start, error) : 0;
}

/* ---- sections that are no lists --------------------------------------------- */

static int custom_read(struct shim_wasm_parser *parser)
{
	struct shim_wasm_reader *reader = &parser->reader;
	const uint8_t *name;
	uint32_t length, valid;
	int error = shim_wasm_load(reader, NUMBER, SHIM_WASM_AHEAD);

	if (!error)
		error = shim_wasm_u32(reader, "name length", &length);
	if (error)
		return error;
	if (length <= shim_wasm_left(reader)) {
		error = shim_wasm_load(reader, length, SHIM_WASM_AHEAD);
		if (error)
			return error;
	}
	error = shim_wasm_bytes(reader, "name", length, &name);
	if (error)
		return error;
	valid = shim_utf8_valid((const char *)name, length);
	if (valid != length)
		return shim_wasm_error(reader, -EINVAL, "name is not UTF-8 at its byte %" PRIu32,
				       valid);
	reader->at = reader->end;
	return 0;
}

static int start_read(struct shim_wasm_parser *parser)
{
	struct shim_module *module = parser->module;
	size_t start = parser->reader.at;
	int error = shim_wasm_u32(&parser->reader, "function", &module->desc.start);

	if (error)
		return error;
	module->desc.flags |= SHIM_MODULE_START;
	error = shim_start_check(module);
	return error ? shim_wasm_locate(&parser->reader, start, error) : 0;
}

static int data_count_read(struct shim_wasm_parser *parser)
{
	parser->has_data_count = true;
	return shim_wasm_u32(&parser->reader, "data count", &parser->data_count);
}

static int data_read(struct shim_wasm_parser *parser)
{
	const struct shim_module_desc *desc = &parser->module->desc;
	size_t start = parser->reader.at;
	int error = shim_wasm_load(&parser->reader, NUMBER, SHIM_WASM_AHEAD);

	if (!error)
		error = list_read(parser, SHIM_LIST_DATA);
	if (error || !parser->has_data_count || desc->data_count == parser->data_count)
		return error;
	parser->reader.field = start;
	return shim_wasm_error(&parser->reader, -EINVAL,
			       "data count %" PRIu32 " is not the data count section's %" PRIu32,
			       desc->data_count, parser->data_count);
}

/* Skips a body, which ends with an end in any case. */
static int body_read(struct shim_wasm_parser *parser)
{
	struct shim_wasm_reader *reader = &parser->reader;
	const uint8_t *body;
	uint32_t length;
	int error = shim_wasm_load(reader, NUMBER, CODE_AHEAD);

	if (!error)
		error = shim_wasm_u32(reader, "body length", &length);
	if (error)
		return error;
	if (length <= shim_wasm_left(reader)) {
		error = shim_wasm_load(reader, length, CODE_AHEAD);
		if (error)
			return error;
	}
	error = shim_wasm_bytes(reader, "body", length, &body);
	if (error)
		return error;
	if (length < 2 || body[length - 1] != 0x0b)
		return shim_wasm_error(reader, -EINVAL, "body has no end");
	shim_wasm_release(reader);
	return 0;
}

static int code_read(struct shim_wasm_parser *parser)
{
	uint32_t functions = parser->module->desc.defined_function_count, count;
	int error = shim_wasm_load(&parser->reader, NUMBER, CODE_AHEAD);

	if (!error)
		error = shim_wasm_u32(&parser->reader, "body count", &count);
	if (error)
		return error;
	if (count != functions)
		return shim_wasm_error(&parser->reader, -EINVAL,
				       "body count %" PRIu32
				       " is not the function section's %" PRIu32,
				       count, functions);
	for (; parser->bodies < count; parser->bodies++) {
		error = body_read(parser);
		if (error)
			return error;
	}
	return 0;
}

/* ---- all sections ------------------------------------------------------------ */

const struct shim_wasm_section shim_wasm_sections[SHIM_WASM_SECTIONS] = {
	[0] = { "custom section", 0, 0, custom_read, true },
	[1] = { "type section", 1, 0, shim_wasm_types_read, false },
	[2] = { "import section", 2, SHIM_LIST_IMPORTS, NULL, false },
	[3] = { "function section", 3, SHIM_LIST_FUNCTIONS, NULL, false },
	[4] = { "table section", 4, SHIM_LIST_TABLES, NULL, false },
	[5] = { "memory section", 5, SHIM_LIST_MEMORIES, NULL, false },
	[6] = { "global section", 7, SHIM_LIST_GLOBALS, NULL, false },
	[7] = { "export section", 8, SHIM_LIST_EXPORTS, NULL, false },
	[8] = { "start section", 9, 0, start_read, false },
	[9] = { "element section", 10, SHIM_LIST_ELEMENTS, NULL, false },
	[10] = { "code section", 12, 0, code_read, true },
	[11] = { "data section", 13, 0, data_read, true },
	[12] = { "data count section", 11, 0, data_count_read, false },
	[13] = { "tag section", 6, SHIM_LIST_TAGS, NULL, false },
};

int shim_wasm_section_read(struct shim_wasm_parser *parser, const struct shim_wasm_section *section)
{
	return section->read ? section->read(parser) : list_read(parser, section->list);
}
