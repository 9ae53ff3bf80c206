// SPDX-License-Identifier: MIT
/*
 * The sections of a WebAssembly binary, and what ties them together.
 */
#include <errno.h>
#include <inttypes.h>

#include "base/error.h"
#include "base/utf8.h"
#include "module/lists.h"
#include "wasm/parser.h"

#define MAGIC 0x6d736100 /* "\0asm" */
#define VERSION 1
#define LAYER_COMPONENT 1

/* A section whose content is a list of the desc. */
struct list_section {
	const char *count; /* the word for it */
	size_t least;	   /* bytes of an item */
	int (*read)(struct shim_wasm_parser *parser, void *item);
};

static const struct list_section list_sections[SHIM_LISTS] = {
	[SHIM_LIST_TYPES] = { "type count", 3, shim_wasm_type_read },
	[SHIM_LIST_IMPORTS] = { "import count", 4, shim_wasm_import_read },
	[SHIM_LIST_FUNCTIONS] = { "function count", 1, shim_wasm_function_read },
	[SHIM_LIST_TABLES] = { "table count", 3, shim_wasm_table_read },
	[SHIM_LIST_MEMORIES] = { "memory count", 2, shim_wasm_memory_read },
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
	int error = shim_wasm_u32(reader, "name length", &length);

	if (!error)
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
	int error = list_read(parser, SHIM_LIST_DATA);

	if (error || !parser->has_data_count || desc->data_count == parser->data_count)
		return error;
	parser->reader.field = start;
	return shim_wasm_error(&parser->reader, -EINVAL,
			       "data count %" PRIu32 " is not the data count section's %" PRIu32,
			       desc->data_count, parser->data_count);
}

/* A body is skipped; it ends with an end in any case. */
static int body_read(struct shim_wasm_parser *parser)
{
	struct shim_wasm_reader *reader = &parser->reader;
	const uint8_t *body;
	uint32_t length;
	int error = shim_wasm_u32(reader, "body length", &length);

	if (!error)
		error = shim_wasm_bytes(reader, "body", length, &body);
	if (!error && (length < 2 || body[length - 1] != 0x0b))
		error = shim_wasm_error(reader, -EINVAL, "body has no end");
	return error;
}

static int code_read(struct shim_wasm_parser *parser)
{
	uint32_t functions = parser->module->desc.function_count, count;
	int error = shim_wasm_u32(&parser->reader, "body count", &count);

	if (error)
		return error;
	if (count != functions)
		return shim_wasm_error(&parser->reader, -EINVAL,
				       "body count %" PRIu32
				       " is not the function section's %" PRIu32,
				       count, functions);
	for (; !error && parser->bodies < count; parser->bodies++)
		error = body_read(parser);
	return error;
}

static int tag_read(struct shim_wasm_parser *parser)
{
	return shim_wasm_error(&parser->reader, -EOPNOTSUPP, "tags are not supported");
}

/* ---- all sections ------------------------------------------------------------ */

struct section {
	const char *part;
	uint8_t order;		  /* 0: anywhere, any number of times */
	enum shim_list_kind list; /* when there is no read */
	int (*read)(struct shim_wasm_parser *parser);
};

static const struct section sections[] = {
	[0] = { "custom section", 0, 0, custom_read },
	[1] = { "type section", 1, SHIM_LIST_TYPES, NULL },
	[2] = { "import section", 2, SHIM_LIST_IMPORTS, NULL },
	[3] = { "function section", 3, SHIM_LIST_FUNCTIONS, NULL },
	[4] = { "table section", 4, SHIM_LIST_TABLES, NULL },
	[5] = { "memory section", 5, SHIM_LIST_MEMORIES, NULL },
	[6] = { "global section", 7, SHIM_LIST_GLOBALS, NULL },
	[7] = { "export section", 8, SHIM_LIST_EXPORTS, NULL },
	[8] = { "start section", 9, 0, start_read },
	[9] = { "element section", 10, SHIM_LIST_ELEMENTS, NULL },
	[10] = { "code section", 12, 0, code_read },
	[11] = { "data section", 13, 0, data_read },
	[12] = { "data count section", 11, 0, data_count_read },
	[13] = { "tag section", 6, 0, tag_read },
};
#define SECTIONS (sizeof(sections) / sizeof(sections[0]))

static int order_check(struct shim_wasm_parser *parser, const struct section *section)
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

static int section_begin(struct shim_wasm_parser *parser, const struct section **section,
			 uint32_t *length)
{
	struct shim_wasm_reader *reader = &parser->reader;
	uint8_t id;
	int error;

	reader->part = "section header";
	error = shim_wasm_u8(reader, "section id", &id);
	if (error)
		return error;
	if (id >= SECTIONS)
		return shim_wasm_error(reader, -EINVAL, "section id %d is not one of 0..13", id);
	*section = &sections[id];
	error = order_check(parser, *section);
	if (!error)
		error = shim_wasm_u32(reader, "section length", length);
	if (!error && *length > shim_wasm_left(reader))
		error = shim_wasm_error(reader, -EINVAL, "%s of %" PRIu32 " bytes, %zu are left",
					(*section)->part, *length, shim_wasm_left(reader));
	return error;
}

static int section_read(struct shim_wasm_parser *parser)
{
	struct shim_wasm_reader *reader = &parser->reader;
	const struct section *section = NULL;
	size_t end = reader->end;
	uint32_t length = 0;
	int error = section_begin(parser, &section, &length);

	if (error)
		return error;
	reader->part = section->part;
	reader->field = reader->at;
	reader->end = reader->at + length;
	error = section->read ? section->read(parser) : list_read(parser, section->list);
	if (error)
		return error;
	if (reader->at != reader->end) {
		reader->field = reader->at;
		return shim_wasm_error(reader, -EINVAL, "%zu bytes too long",
				       shim_wasm_left(reader));
	}
	reader->end = end;
	return 0;
}

static int header_read(struct shim_wasm_reader *reader)
{
	uint64_t magic, version;
	int error;

	reader->part = "header";
	error = shim_wasm_bits(reader, "magic", 4, &magic);
	if (error)
		return error;
	if (magic != MAGIC)
		return shim_wasm_error(reader, -EINVAL, "not a WebAssembly binary");
	error = shim_wasm_bits(reader, "version", 4, &version);
	if (error || version == VERSION)
		return error;
	if (version >> 16 == LAYER_COMPONENT)
		return shim_wasm_error(reader, -EOPNOTSUPP, "components are not supported");
	return shim_wasm_error(reader, -EINVAL, "version %" PRIu64 " is not 1", version);
}

/* Whether what one section announced came in another. */
static int end_check(struct shim_wasm_parser *parser)
{
	const struct shim_module_desc *desc = &parser->module->desc;
	struct shim_wasm_reader *reader = &parser->reader;

	reader->part = "end";
	reader->field = reader->at;
	if (parser->bodies != desc->function_count)
		return shim_wasm_error(reader, -EINVAL, "no code section for %" PRIu32 " functions",
				       desc->function_count);
	if (parser->has_data_count && parser->data_count != desc->data_count)
		return shim_wasm_error(reader, -EINVAL,
				       "no data section for a data count of %" PRIu32,
				       parser->data_count);
	return 0;
}

static int binary_read(struct shim_wasm_parser *parser)
{
	int error = header_read(&parser->reader);

	while (!error && shim_wasm_left(&parser->reader))
		error = section_read(parser);
	if (!error)
		error = end_check(parser);
	return error ? error : shim_module_finish(parser->module);
}

int shim_module_parse(const void *bytes, size_t length, struct shim_module **out)
{
	struct shim_wasm_parser parser = {
		.reader = { .bytes = bytes, .end = length },
	};
	int error;

	if (!bytes || !out)
		return shim_error_set(-EFAULT, "%s is NULL", bytes ? "out" : "bytes");
	parser.module = shim_module_new();
	if (!parser.module)
		return -ENOMEM;
	error = binary_read(&parser);
	if (error)
		shim_module_put(parser.module);
	else
		*out = parser.module;
	return error;
}
