// SPDX-License-Identifier: MIT
// A module made of a desc is the module that was parsed, and keeps nothing of the caller's.
#include "module_test.h"

#include "module_walk.h"
#include "module_same.h"
#include "module/module.h"

static void recreated(const char *path)
{
	struct binary binary = binary_load(path);
	struct shim_module *parsed = module_parse(&binary);
	struct shim_module *created = module_create(shim_module_desc(parsed));
	struct shim_module *again;

	test_ok(desc_same(shim_module_desc(parsed), shim_module_desc(created)));
	test_mem(shim_module_offsets(parsed), shim_module_offsets(created),
		 sizeof(struct shim_vmoffsets));
	test_ok(images_same(parsed, created));
	if (module_problem(created))
		test_fail("%s: %s", path, module_problem(created));
	/* What the second one was made of goes; a third one reads all of it. */
	shim_module_destroy(parsed);
	again = module_create(shim_module_desc(created));
	test_ok(desc_same(shim_module_desc(created), shim_module_desc(again)));
	shim_module_destroy(again);
	shim_module_destroy(created);
	binary_free(&binary);
}

TEST("every fixture")
{
	test_ok(folder_each("wasm", recreated) >= 10);
}

TEST("modules in use elsewhere")
{
	test_ok(folder_each("real", recreated) >= 7);
}

TEST("a desc filled in by hand, all of it in memory that is overwritten afterwards")
{
	uint32_t params[] = { SHIM_TYPE_I32, SHIM_TYPE_F64 };
	char name[] = "grow", bytes[] = "data";
	struct shim_type type = { .params = params, .param_count = 2 };
	uint32_t function = 0;
	struct shim_memory_plan memory = { .minimum = 2, .maximum = 99 };
	struct shim_element element = { SHIM_CONST_REF_FUNC, 0 };
	struct shim_element_segment elements = {
		.mode = SHIM_SEGMENT_PASSIVE,
		.type = SHIM_TYPE_FUNCREF,
		.table = 77, /* not looked at, as is the offset */
		.count = 1,
		.elements = &element,
		.offset = { .index = 5 },
	};
	struct shim_data_segment data = {
		.offset = { .op = SHIM_CONST_I32, .bits = 65536 },
		.bytes = bytes,
		.length = 4,
	};
	struct shim_export export = { .name = { name, 4 }, .kind = SHIM_EXTERN_MEMORY };
	struct shim_module_desc desc = {
		.size = sizeof(desc),
		.type_count = 1,
		.types = &type,
		.defined_function_count = 1,
		.defined_functions = &function,
		.defined_memory_count = 1,
		.defined_memories = &memory,
		.export_count = 1,
		.exports = &export,
		.element_count = 1,
		.elements = &elements,
		.data_count = 1,
		.data = &data,
	};
	struct shim_module *module = module_create(&desc);
	const struct shim_module_desc *copy = shim_module_desc(module);

	memset(params, 0, sizeof(params));
	memset(name, 0, sizeof(name));
	memset(bytes, 0, sizeof(bytes));
	memset(&type, 0, sizeof(type));
	function = 7;
	memset(&memory, 0, sizeof(memory));
	memset(&element, 0xff, sizeof(element));
	memset(&data, 0, sizeof(data));
	test_eq(copy->types[0].params[1], SHIM_TYPE_F64);
	test_eq(copy->types[0].result_count, 0);
	test_eq(copy->defined_functions[0], 0);
	test_eq(copy->defined_memories[0].minimum, 2);
	test_eq(copy->defined_memories[0].maximum, 65536);
	test_str(copy->exports[0].name.bytes, "grow");
	test_eq(copy->elements[0].elements[0].index, 0);
	test_eq(copy->elements[0].table, 0);
	test_eq(copy->elements[0].offset.index, 0);
	test_mem(copy->data[0].bytes, "data", 4);
	test_eq(copy->data[0].offset.bits, 65536);
	test_eq(copy->sparse_image, SHIM_SPARSE_IMAGE);
	test_eq(shim_module_defined_image(module, 0)->offset, 65536);
	shim_module_destroy(module);
}

TEST("a module that is still referred to outlives its destroy")
{
	struct shim_module *module = module_load("wasm/everything");

	shim_module_get(module);
	shim_module_destroy(module);
	test_ok(!module_problem(module));
	shim_module_put(module);
}

TEST_MAIN()
