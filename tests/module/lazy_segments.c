// SPDX-License-Identifier: MIT
// Which active element segments need not be written, and what an element is by them.
#include "module_test.h"

#include "module/module.h"

#define FUNCTIONS 3
#define ELEMENTS 100

static const struct shim_type type = { .kind = SHIM_KIND_FUNCTION };
static const uint32_t types[FUNCTIONS];
static const struct shim_import imports[] = {
	{ { "m", 1 }, { "g", 1 }, SHIM_EXTERN_GLOBAL, .global = { SHIM_TYPE_FUNCREF, 0 } },
	{ { "m", 1 }, { "o", 1 }, SHIM_EXTERN_GLOBAL, .global = { SHIM_TYPE_I32, 0 } },
	{ { "m", 1 }, { "t", 1 }, SHIM_EXTERN_TABLE, .table = { .type = SHIM_TYPE_FUNCREF } },
};
static const struct shim_element elements[] = {
	{ SHIM_CONST_REF_FUNC, 0 },
	{ SHIM_CONST_REF_NULL, SHIM_TYPE_FUNCREF },
	{ SHIM_CONST_REF_FUNC, 2 },
	{ SHIM_CONST_GLOBAL_GET, 0 },
};
static const struct shim_table_plan tables[] = {
	{ .type = SHIM_TYPE_FUNCREF, .minimum = ELEMENTS },
	{ .type = SHIM_TYPE_FUNCREF, .minimum = ELEMENTS, .flags = SHIM_PLAN_64 },
	{ .type = SHIM_TYPE_FUNCREF, .minimum = 4, .init = { SHIM_CONST_REF_FUNC, 1, { 0 } } },
	{ .type = SHIM_TYPE_EXTERNREF, .minimum = 4 },
};

static struct shim_element_segment segment(uint32_t table, uint64_t at, uint32_t count)
{
	return (struct shim_element_segment){
		.type = table == 4 ? SHIM_TYPE_EXTERNREF : SHIM_TYPE_FUNCREF,
		.table = table,
		.offset = { table == 2 ? SHIM_CONST_I64 : SHIM_CONST_I32, 0, { at } },
		.elements = elements,
		.count = count,
	};
}

static struct shim_module *module_of(const struct shim_element_segment *segments, uint32_t count)
{
	const struct shim_module_desc desc = {
		.size = sizeof(desc),
		.types = &type,
		.type_count = 1,
		.imports = imports,
		.import_count = 3,
		.defined_functions = types,
		.defined_function_count = FUNCTIONS,
		.defined_tables = tables,
		.defined_table_count = 4,
		.elements = segments,
		.element_count = count,
	};

	return module_create(&desc);
}

/* The segment, between two that are lazy if none that is not comes before. */
static void lazy_is(uint32_t expected, struct shim_element_segment between)
{
	const struct shim_element_segment segments[] = { segment(1, 0, 1), between,
							 segment(1, 0, 1) };
	struct shim_module *module = module_of(segments, 3);

	test_eq(module->lazy_segments, expected);
	shim_module_destroy(module);
}

TEST("segments up to the first that depends on the instance, or may not fit")
{
	struct shim_element_segment other = segment(1, 5, 2);

	lazy_is(3, segment(1, 0, 3));
	lazy_is(3, segment(1, ELEMENTS - 3, 3));
	lazy_is(3, segment(2, ELEMENTS - 3, 3));
	lazy_is(3, segment(1, ELEMENTS, 0));
	lazy_is(1, segment(1, ELEMENTS - 2, 3));
	lazy_is(1, segment(1, UINT32_MAX, 3));
	lazy_is(1, segment(2, UINT64_MAX, 3));
	/* An element, the table, its first value or the offset. */
	lazy_is(1, segment(1, 0, 4));
	lazy_is(1, segment(0, 0, 0));
	lazy_is(1, segment(3, 0, 1));
	lazy_is(1, segment(4, 0, 0));
	other.offset = (struct shim_const_instr){ SHIM_CONST_GLOBAL_GET, 1, { 0 } };
	lazy_is(1, other);
}

TEST("segments that are not active are no hindrance")
{
	struct shim_element_segment other = segment(0, 0, 4);

	other.mode = SHIM_SEGMENT_PASSIVE;
	lazy_is(3, other);
	other.mode = SHIM_SEGMENT_DECLARED;
	lazy_is(3, other);
}

TEST("64 active segments at most, so that a search is short")
{
	struct shim_element_segment segments[70];
	struct shim_module *module;

	for (uint32_t i = 0; i < 70; i++)
		segments[i] = segment(1, i, 1);
	segments[3].mode = SHIM_SEGMENT_PASSIVE;
	module = module_of(segments, 70);
	test_eq(module->lazy_segments, 65);
	shim_module_destroy(module);
}

TEST("an element is that of the last segment that has it, in its table only")
{
	struct shim_element_segment segments[] = { segment(1, 10, 3), segment(2, 10, 1),
						   segment(1, 12, 1), segment(1, 11, 2) };
	struct shim_module *module;

	segments[3].mode = SHIM_SEGMENT_PASSIVE;
	module = module_of(segments, 4);
	test_eq(shim_lazy_element(module, 0, 9), NULL);
	test_eq(shim_lazy_element(module, 0, 10)->index, 0);
	test_eq(shim_lazy_element(module, 0, 11)->op, SHIM_CONST_REF_NULL);
	test_eq(shim_lazy_element(module, 0, 12)->index, 0);
	test_eq(shim_lazy_element(module, 0, 13), NULL);
	test_eq(shim_lazy_element(module, 1, 10)->index, 0);
	test_eq(shim_lazy_element(module, 1, 11), NULL);
	test_eq(shim_lazy_element(module, 2, 0), NULL);
	shim_module_destroy(module);
}

TEST_MAIN()
