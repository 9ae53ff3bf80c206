// SPDX-License-Identifier: MIT
// Element segments come out the same in each of the eight forms they can have.
#include "module_test.h"

struct expected {
	uint32_t mode, type, table, count;
	int64_t offset; /* -1: none, -2: global 0 */
	struct shim_element elements[3];
};

#define FUNC(index)                        \
	{                                  \
		SHIM_CONST_REF_FUNC, index \
	}
#define NULL_FUNC                                      \
	{                                              \
		SHIM_CONST_REF_NULL, SHIM_TYPE_FUNCREF \
	}
#define NULL_EXTERN                                      \
	{                                                \
		SHIM_CONST_REF_NULL, SHIM_TYPE_EXTERNREF \
	}

static void offset_eq(const struct shim_const_instr *offset, int64_t expected)
{
	uint32_t op = expected < 0 ? SHIM_CONST_GLOBAL_GET : SHIM_CONST_I32;

	test_eq(offset->op, expected == -1 ? SHIM_CONST_EXPR : op);
	test_eq(offset->bits, expected < 0 ? 0 : expected);
	test_eq(offset->index, 0);
}

static void segment_eq(const struct shim_element_segment *segment, const struct expected *expected)
{
	test_eq(segment->mode, expected->mode);
	test_eq(segment->type, expected->type);
	test_eq(segment->table, expected->table);
	test_eq(segment->count, expected->count);
	offset_eq(&segment->offset, expected->offset);
	for (uint32_t i = 0; i < expected->count; i++) {
		test_eq(segment->elements[i].op, expected->elements[i].op);
		test_eq(segment->elements[i].index, expected->elements[i].index);
	}
}

/* Functions that are listed, and not expressions, are not null. */
#define FUNCTIONS (SHIM_TYPE_FUNCREF | SHIM_TYPE_NON_NULL)

TEST("the eight forms, as wat2wasm writes them")
{
	static const struct expected expected[] = {
		{ SHIM_SEGMENT_ACTIVE, FUNCTIONS, 0, 2, 2, { FUNC(0), FUNC(1) } },
		{ SHIM_SEGMENT_PASSIVE, FUNCTIONS, 0, 2, -1, { FUNC(1), FUNC(2) } },
		{ SHIM_SEGMENT_ACTIVE, FUNCTIONS, 1, 1, 3, { FUNC(2) } },
		{ SHIM_SEGMENT_DECLARED, FUNCTIONS, 0, 1, -1, { FUNC(0) } },
		{ SHIM_SEGMENT_ACTIVE, 0x70, 0, 2, -2, { FUNC(2), NULL_FUNC } },
		{ SHIM_SEGMENT_PASSIVE, 0x70, 0, 2, -1, { NULL_FUNC, FUNC(0) } },
		{ SHIM_SEGMENT_ACTIVE, 0x6f, 2, 1, 1, { NULL_EXTERN } },
		{ SHIM_SEGMENT_DECLARED, 0x70, 0, 2, -1, { FUNC(1), NULL_FUNC } },
		{ SHIM_SEGMENT_ACTIVE, FUNCTIONS, 0, 0, 20, { FUNC(0) } },
	};
	struct shim_module *module = module_load("wasm/elements");
	const struct shim_module_desc *desc = shim_module_desc(module);

	test_eq(desc->element_count, ARRAY_SIZE(expected));
	for (size_t i = 0; i < ARRAY_SIZE(expected); i++)
		segment_eq(&desc->elements[i], &expected[i]);
	shim_module_destroy(module);
}

/*
 * One function type, three functions, an imported funcref global, a funcref and
 * an externref table, then the segments.
 */
#define BEFORE                                                     \
	"1: 01 60 00 00 | 2: 01 00 00 03 70 00 | 3: 03 00 00 00 |" \
	"4: 02 70 00 0a 6f 00 0a | 9: "
#define AFTER "| 10: 03 02 00 0b 02 00 0b 02 00 0b"

TEST("each form by its number, to the byte")
{
	static const struct {
		const char *segment;
		struct expected expected;
	} forms[] = {
		{ "00 41 05 0b 02 01 02",
		  { SHIM_SEGMENT_ACTIVE, FUNCTIONS, 0, 2, 5, { FUNC(1), FUNC(2) } } },
		{ "01 00 01 02", { SHIM_SEGMENT_PASSIVE, FUNCTIONS, 0, 1, -1, { FUNC(2) } } },
		{ "02 00 41 07 0b 00 01 00",
		  { SHIM_SEGMENT_ACTIVE, FUNCTIONS, 0, 1, 7, { FUNC(0) } } },
		{ "03 00 02 00 00",
		  { SHIM_SEGMENT_DECLARED, FUNCTIONS, 0, 2, -1, { FUNC(0), FUNC(0) } } },
		{ "04 41 00 0b 02 d2 01 0b d0 70 0b",
		  { SHIM_SEGMENT_ACTIVE, 0x70, 0, 2, 0, { FUNC(1), NULL_FUNC } } },
		{ "05 6f 01 d0 6f 0b", { SHIM_SEGMENT_PASSIVE, 0x6f, 0, 1, -1, { NULL_EXTERN } } },
		{ "06 01 41 09 0b 6f 01 d0 6f 0b",
		  { SHIM_SEGMENT_ACTIVE, 0x6f, 1, 1, 9, { NULL_EXTERN } } },
		{ "07 70 01 d2 02 0b", { SHIM_SEGMENT_DECLARED, 0x70, 0, 1, -1, { FUNC(2) } } },
	};

	for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
		struct shim_module *module;
		char text[400];

		snprintf(text, sizeof(text), BEFORE "01 %s" AFTER, forms[i].segment);
		module = module_write(text);
		test_eq(shim_module_desc(module)->element_count, 1);
		segment_eq(shim_module_desc(module)->elements, &forms[i].expected);
		shim_module_destroy(module);
	}
}

TEST("an element can be the value of an imported global")
{
	static const struct expected expected = {
		SHIM_SEGMENT_PASSIVE, 0x70, 0, 2, -1, { { SHIM_CONST_GLOBAL_GET, 0 }, FUNC(1) },
	};
	struct shim_module *module = module_write(BEFORE "01 05 70 02 23 00 0b d2 01 0b" AFTER);

	segment_eq(shim_module_desc(module)->elements, &expected);
	shim_module_destroy(module);
}

TEST_MAIN()
