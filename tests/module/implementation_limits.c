// SPDX-License-Identifier: MIT
// A module is read up to each limit of libshim(7), and refused by its name above that.
#include "module_test.h"

/* What the tests make modules of: as many of each as a test asks for. */
static struct shim_module_desc desc_of(void)
{
	static const struct shim_type type[1];
	struct shim_module_desc desc;

	shim_module_desc_init(&desc);
	desc.types = type;
	desc.type_count = 1;
	return desc;
}

static void *zeroed(size_t count, size_t size)
{
	void *items = calloc(count, size);

	test_ok(items);
	return items;
}

static void fits(const struct shim_module_desc *desc)
{
	shim_module_destroy(module_create(desc));
}

/* A list of items that are all zero, which is valid. */
#define EDGE(list, list_count, most, text)                            \
	do {                                                          \
		struct shim_module_desc desc = desc_of();             \
		void *items = zeroed((most) + 1, sizeof(*desc.list)); \
		desc.list = items;                                    \
		desc.list_count = (most);                             \
		fits(&desc);                                          \
		desc.list_count++;                                    \
		create_fails(&desc, -EOPNOTSUPP, "more than " text);  \
		free(items);                                          \
	} while (0)

TEST("1000000 types, functions and tags; 100 memories")
{
	EDGE(types, type_count, 1000000, "1000000 types");
	EDGE(defined_functions, defined_function_count, 1000000, "1000000 defined_functions");
	EDGE(defined_tags, defined_tag_count, 1000000, "1000000 defined_tags");
	EDGE(defined_memories, defined_memory_count, 100, "100 defined_memories");
}

TEST("100 tables, with those that are imported")
{
	struct shim_table_plan *tables = zeroed(100, sizeof(*tables));
	struct shim_import import = { .kind = SHIM_EXTERN_TABLE,
				      .table = { .type = SHIM_TYPE_FUNCREF } };
	struct shim_module_desc desc = desc_of();

	for (int i = 0; i < 100; i++)
		tables[i].type = SHIM_TYPE_FUNCREF;
	desc.defined_tables = tables;
	desc.defined_table_count = 100;
	fits(&desc);
	desc.imports = &import;
	desc.import_count = 1;
	create_fails(&desc, -EOPNOTSUPP, "more than 100 defined_tables");
	desc.defined_table_count = 99;
	fits(&desc);
	free(tables);
}

TEST("100 imported tables, as many memories, and 1000000 imports")
{
	struct shim_import *imports = zeroed(1000001, sizeof(*imports));
	struct shim_module_desc desc = desc_of();

	desc.imports = imports;
	desc.import_count = 1000000;
	fits(&desc);
	desc.import_count++;
	create_fails(&desc, -EOPNOTSUPP, "more than 1000000 imports");
	for (int i = 0; i < 101; i++)
		imports[i].kind = SHIM_EXTERN_MEMORY;
	desc.import_count = 100;
	fits(&desc);
	desc.import_count = 101;
	create_fails(&desc, -EOPNOTSUPP, "more than 100 imported memories");
	for (int i = 0; i < 101; i++)
		imports[i] = (struct shim_import){ .kind = SHIM_EXTERN_TABLE,
						   .table = { .type = SHIM_TYPE_FUNCREF } };
	desc.import_count = 100;
	fits(&desc);
	desc.import_count = 101;
	create_fails(&desc, -EOPNOTSUPP, "more than 100 imported tables");
	free(imports);
}

TEST("1000000 globals and exports")
{
	struct shim_global *globals = zeroed(1000001, sizeof(*globals));
	struct shim_export *exports = zeroed(1000001, sizeof(*exports));
	uint32_t *names = zeroed(1000001, sizeof(*names));
	struct shim_module_desc desc = desc_of();

	for (uint32_t i = 0; i < 1000001; i++) {
		globals[i] = (struct shim_global){ { SHIM_TYPE_I32, 0 }, { .op = SHIM_CONST_I32 } };
		/* Four characters of ASCII each. */
		names[i] = (i & 0x7f) | (i >> 7 & 0x7f) << 8 | (i >> 14 & 0x7f) << 16;
		exports[i] = (struct shim_export){ .name = { (const char *)&names[i], 4 },
						   .kind = SHIM_EXTERN_GLOBAL };
	}
	desc.defined_globals = globals;
	desc.defined_global_count = 1000000;
	desc.exports = exports;
	desc.export_count = 1000000;
	fits(&desc);
	desc.export_count++;
	create_fails(&desc, -EOPNOTSUPP, "more than 1000000 exports");
	desc.defined_global_count++;
	create_fails(&desc, -EOPNOTSUPP, "more than 1000000 defined_globals");
	free(globals);
	free(exports);
	free(names);
}

TEST("100000 segments of elements, and as many of data; 10000000 elements in a segment")
{
	struct shim_element_segment *segments = zeroed(100001, sizeof(*segments));
	struct shim_data_segment *data = zeroed(100001, sizeof(*data));
	struct shim_element *elements = zeroed(10000001, sizeof(*elements));
	struct shim_module_desc desc = desc_of();

	for (int i = 0; i < 100001; i++) {
		segments[i].mode = SHIM_SEGMENT_PASSIVE;
		segments[i].type = SHIM_TYPE_FUNCREF;
		data[i].mode = SHIM_SEGMENT_PASSIVE;
	}
	desc.elements = segments;
	desc.element_count = 100000;
	desc.data = data;
	desc.data_count = 100000;
	fits(&desc);
	desc.data_count++;
	create_fails(&desc, -EOPNOTSUPP, "more than 100000 data");
	desc.element_count++;
	create_fails(&desc, -EOPNOTSUPP, "more than 100000 elements");
	for (int i = 0; i < 10000001; i++)
		elements[i] = (struct shim_element){ SHIM_CONST_REF_NULL, SHIM_TYPE_FUNCREF };
	segments->elements = elements;
	segments->count = 10000000;
	desc.element_count = 1;
	desc.data_count = 0;
	fits(&desc);
	segments->count++;
	create_fails(&desc, -EOPNOTSUPP, "element 0: more than 10000000 elements");
	free(segments);
	free(data);
	free(elements);
}

TEST("1000 params, 1000 results, 10000 fields")
{
	uint32_t *values = zeroed(1001, sizeof(*values));
	struct shim_field *fields = zeroed(10001, sizeof(*fields));
	struct shim_type type = { .params = values, .results = values };
	struct shim_module_desc desc = desc_of();

	for (int i = 0; i < 1001; i++)
		values[i] = SHIM_TYPE_I32;
	for (int i = 0; i < 10001; i++)
		fields[i].type = SHIM_TYPE_I8;
	desc.types = &type;
	type.param_count = type.result_count = 1000;
	fits(&desc);
	type.result_count++;
	create_fails(&desc, -EOPNOTSUPP, "type 0: more than 1000 results");
	type.param_count++;
	create_fails(&desc, -EOPNOTSUPP, "type 0: more than 1000 params");
	type = (struct shim_type){ .kind = SHIM_KIND_STRUCT, .fields = fields };
	type.field_count = 10000;
	fits(&desc);
	type.field_count++;
	create_fails(&desc, -EOPNOTSUPP, "type 0: more than 10000 fields");
	free(values);
	free(fields);
}

TEST("100000 bytes in each name")
{
	char *text = zeroed(100001, 1);
	struct shim_import import = { .module = { text, 100000 }, .name = { text, 100000 } };
	struct shim_export export = { .name = { text, 100000 } };
	struct shim_module_desc desc = desc_of();

	desc.imports = &import;
	desc.import_count = 1;
	desc.exports = &export;
	desc.export_count = 1;
	fits(&desc);
	export.name.length++;
	create_fails(&desc, -EOPNOTSUPP, "export 0: more than 100000 bytes in a name");
	import.name.length++;
	create_fails(&desc, -EOPNOTSUPP, "import 0: more than 100000 bytes in a name");
	import.module.length++;
	create_fails(&desc, -EOPNOTSUPP, "import 0: module more than 100000 bytes in a name");
	free(text);
}

TEST_MAIN()
