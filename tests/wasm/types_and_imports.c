// SPDX-License-Identifier: MIT
// A binary's types, imports, tables and exports are in the desc as the binary has them.
#include "module_test.h"

static void name_eq(const struct shim_name *name, const char *expected, size_t length)
{
	test_eq(name->length, length);
	test_mem(name->bytes, expected, length + 1);
}

#define NAME(name, text) name_eq(name, text, sizeof(text) - 1)

TEST("an empty module")
{
	struct shim_module *module = module_load("wasm/empty");
	const struct shim_module_desc *desc = shim_module_desc(module);
	struct shim_module_desc expected = {
		.size = sizeof(expected),
		.sparse_image = SHIM_SPARSE_IMAGE,
	};

	test_mem(desc, &expected, sizeof(expected));
	shim_module_destroy(module);
}

TEST("function types with each value type, in order")
{
	static const uint32_t all[] = { 0x7f, 0x7e, 0x7d, 0x7c, 0x7b, 0x70, 0x6f };
	struct shim_module *module = module_load("wasm/types");
	const struct shim_module_desc *desc = shim_module_desc(module);

	test_eq(desc->type_count, 5);
	test_eq(desc->types[0].param_count, 0);
	test_eq(desc->types[0].result_count, 0);
	test_eq(desc->types[1].param_count, 7);
	test_mem(desc->types[1].params, all, sizeof(all));
	test_eq(desc->types[1].result_count, 0);
	test_eq(desc->types[2].param_count, 0);
	test_eq(desc->types[2].result_count, 7);
	for (int i = 0; i < 7; i++)
		test_eq(desc->types[2].results[i], all[6 - i]);
	test_eq(desc->types[3].param_count, 2);
	test_eq(desc->types[3].result_count, 1);
	test_eq(desc->types[4].param_count, 0);
	shim_module_destroy(module);
}

TEST("imports of each kind, with their names")
{
	struct shim_module *module = module_load("wasm/imports");
	const struct shim_import *imports = shim_module_desc(module)->imports;

	test_eq(shim_module_desc(module)->import_count, 9);
	for (int i = 0; i < 5; i++)
		NAME(&imports[i].module, "env");
	NAME(&imports[0].name, "f");
	test_eq(imports[0].kind, SHIM_EXTERN_FUNCTION);
	test_eq(imports[0].type, 0);
	test_eq(imports[1].kind, SHIM_EXTERN_TABLE);
	test_eq(imports[1].table.type, SHIM_TYPE_FUNCREF);
	test_eq(imports[1].table.flags, SHIM_PLAN_MAXIMUM);
	test_eq(imports[1].table.minimum, 3);
	test_eq(imports[1].table.maximum, 10);
	test_eq(imports[2].kind, SHIM_EXTERN_MEMORY);
	test_eq(imports[2].memory.flags, 0);
	test_eq(imports[2].memory.minimum, 1);
	test_eq(imports[2].memory.maximum, 65536);
	test_eq(imports[3].kind, SHIM_EXTERN_GLOBAL);
	test_eq(imports[3].global.type, SHIM_TYPE_I32);
	test_eq(imports[3].global.is_mutable, 0);
	test_eq(imports[4].global.type, SHIM_TYPE_F64);
	test_eq(imports[4].global.is_mutable, 1);
	NAME(&imports[5].module, "");
	NAME(&imports[5].name, "");
	test_eq(imports[5].type, 1);
	NAME(&imports[6].module, "\xc3\xa9");
	NAME(&imports[6].name, "a\0b");
	test_eq(imports[6].table.type, SHIM_TYPE_EXTERNREF);
	test_eq(imports[6].table.flags, 0);
	test_eq(imports[6].table.minimum, 0);
	test_eq(imports[6].table.maximum, UINT32_MAX);
	test_eq(imports[7].memory.flags, SHIM_PLAN_MAXIMUM | SHIM_PLAN_SHARED);
	test_eq(imports[7].memory.maximum, 2);
	test_eq(imports[8].memory.flags, SHIM_PLAN_MAXIMUM | SHIM_PLAN_64);
	test_eq(imports[8].memory.minimum, 3);
	shim_module_destroy(module);
}

TEST("what is defined after imports, and the exports' indices")
{
	static const struct {
		const char *name;
		uint32_t kind, index;
	} expected[] = {
		{ "f", SHIM_EXTERN_FUNCTION, 0 }, { "own", SHIM_EXTERN_FUNCTION, 2 },
		{ "t", SHIM_EXTERN_TABLE, 2 },	  { "m", SHIM_EXTERN_MEMORY, 3 },
		{ "g", SHIM_EXTERN_GLOBAL, 2 },	  { "mut", SHIM_EXTERN_GLOBAL, 1 },
	};
	struct shim_module *module = module_load("wasm/imports");
	const struct shim_module_desc *desc = shim_module_desc(module);

	test_eq(desc->defined_function_count, 1);
	test_eq(desc->defined_functions[0], 0);
	test_eq(desc->defined_table_count, 1);
	test_eq(desc->defined_tables[0].minimum, 1);
	test_eq(desc->defined_memory_count, 1);
	test_eq(desc->defined_memories[0].minimum, 5);
	test_eq(desc->defined_memories[0].maximum, 6);
	test_eq(desc->defined_global_count, 1);
	test_eq(desc->defined_globals[0].type.type, SHIM_TYPE_I32);
	test_eq(desc->export_count, ARRAY_SIZE(expected));
	for (size_t i = 0; i < ARRAY_SIZE(expected); i++) {
		name_eq(&desc->exports[i].name, expected[i].name, strlen(expected[i].name));
		test_eq(desc->exports[i].kind, expected[i].kind);
		test_eq(desc->exports[i].index, expected[i].index);
	}
	shim_module_destroy(module);
}

TEST("tables with limits at their ends")
{
	struct shim_module *module = module_load("wasm/tables");
	const struct shim_module_desc *desc = shim_module_desc(module);
	static const struct shim_table_plan expected[] = {
		{ SHIM_TYPE_FUNCREF, 0, 0, UINT32_MAX, { .op = 0 } },
		{ SHIM_TYPE_EXTERNREF, SHIM_PLAN_MAXIMUM, 0, 0, { .op = 0 } },
		{ SHIM_TYPE_FUNCREF, 0, UINT32_MAX, UINT32_MAX, { .op = 0 } },
		{ SHIM_TYPE_EXTERNREF, SHIM_PLAN_MAXIMUM, 1, UINT32_MAX, { .op = 0 } },
	};

	test_eq(desc->defined_table_count, ARRAY_SIZE(expected));
	test_mem(desc->defined_tables, expected, sizeof(expected));
	shim_module_destroy(module);
}

TEST("memories: many, 64-bit, shared, with limits at their ends")
{
	static const struct shim_memory_plan expected[] = {
		{ 0, 0, 65536 },
		{ SHIM_PLAN_MAXIMUM, 0, 0 },
		{ SHIM_PLAN_MAXIMUM, 1, 65536 },
		{ 0, 65536, 65536 },
		{ SHIM_PLAN_MAXIMUM | SHIM_PLAN_SHARED, 1, 1 },
		{ SHIM_PLAN_64, 0, UINT64_C(1) << 48 },
		{ SHIM_PLAN_64 | SHIM_PLAN_MAXIMUM, 65536, UINT64_C(1) << 48 },
		{ SHIM_PLAN_64, UINT64_C(1) << 48, UINT64_C(1) << 48 },
		{ SHIM_PLAN_64 | SHIM_PLAN_MAXIMUM | SHIM_PLAN_SHARED, 2, 3 },
	};
	struct shim_module *module = module_load("wasm/memories");
	const struct shim_module_desc *desc = shim_module_desc(module);

	test_eq(desc->defined_memory_count, ARRAY_SIZE(expected));
	for (size_t i = 0; i < ARRAY_SIZE(expected); i++) {
		test_eq(desc->defined_memories[i].flags, expected[i].flags);
		test_eq(desc->defined_memories[i].minimum, expected[i].minimum);
		test_eq(desc->defined_memories[i].maximum, expected[i].maximum);
	}
	shim_module_destroy(module);
}

TEST("a start function; and custom sections are passed over wherever they are")
{
	struct shim_module *module = module_load("wasm/start");
	const struct shim_module_desc *desc = shim_module_desc(module);

	test_eq(desc->flags, SHIM_MODULE_START);
	test_eq(desc->start, 1);
	shim_module_destroy(module);
	module = module_write("0: 01 61 | 0: 00 | 1: 01 60 00 00 | 0: 01 61 ff ff | 3: 01 00 |"
			      "0: 00 | 10: 01 02 00 0b | 0: 03 61 62 63");
	test_eq(shim_module_desc(module)->defined_function_count, 1);
	test_eq(shim_module_desc(module)->flags, 0);
	shim_module_destroy(module);
}

TEST_MAIN()
