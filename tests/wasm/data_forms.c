// SPDX-License-Identifier: MIT
// Data segments come out the same in each of the three forms they can have.
#include "module_test.h"

static void segment_eq(const struct shim_data_segment *segment, uint32_t mode, uint32_t memory,
		       const char *bytes, size_t length)
{
	test_eq(segment->mode, mode);
	test_eq(segment->memory, memory);
	test_eq(segment->length, length);
	test_mem(segment->bytes, bytes, length);
}

static void offset_eq(const struct shim_const_instr *offset, uint32_t op, uint64_t value)
{
	test_eq(offset->op, op);
	test_eq(offset->bits, value);
}

TEST("the three forms, as wat2wasm writes them")
{
	struct shim_module *module = module_load("wasm/data");
	const struct shim_module_desc *desc = shim_module_desc(module);

	test_eq(desc->data_count, 5);
	segment_eq(&desc->data[0], SHIM_SEGMENT_ACTIVE, 0, "active", 6);
	offset_eq(&desc->data[0].offset, SHIM_CONST_I32, 8);
	segment_eq(&desc->data[1], SHIM_SEGMENT_PASSIVE, 0, "passive\0\xff", 9);
	offset_eq(&desc->data[1].offset, SHIM_CONST_EXPR, 0);
	segment_eq(&desc->data[2], SHIM_SEGMENT_ACTIVE, 1, "second", 6);
	offset_eq(&desc->data[2].offset, SHIM_CONST_I64, 65530);
	segment_eq(&desc->data[3], SHIM_SEGMENT_ACTIVE, 0, "", 0);
	offset_eq(&desc->data[3].offset, SHIM_CONST_I32, 131072);
	segment_eq(&desc->data[4], SHIM_SEGMENT_PASSIVE, 0, "", 0);
	shim_module_destroy(module);
}

TEST("each form by its number, to the byte")
{
	struct shim_module *module =
		module_write("5: 02 00 01 00 01 | 12: 03 |"
			     "11: 03 00 41 7f 0b 02 61 62 01 01 63 02 01 41 04 0b 00");
	const struct shim_module_desc *desc = shim_module_desc(module);

	test_eq(desc->data_count, 3);
	segment_eq(&desc->data[0], SHIM_SEGMENT_ACTIVE, 0, "ab", 2);
	offset_eq(&desc->data[0].offset, SHIM_CONST_I32, UINT32_MAX);
	segment_eq(&desc->data[1], SHIM_SEGMENT_PASSIVE, 0, "c", 1);
	segment_eq(&desc->data[2], SHIM_SEGMENT_ACTIVE, 1, "", 0);
	offset_eq(&desc->data[2].offset, SHIM_CONST_I32, 4);
	shim_module_destroy(module);
}

TEST("data for imported memories, with an imported global as offset")
{
	struct shim_module *module =
		module_write("2: 02 00 00 02 00 01 00 00 03 7f 00 | 11: 01 00 23 00 0b 01 78");
	const struct shim_module_desc *desc = shim_module_desc(module);

	segment_eq(&desc->data[0], SHIM_SEGMENT_ACTIVE, 0, "x", 1);
	offset_eq(&desc->data[0].offset, SHIM_CONST_GLOBAL_GET, 0);
	test_eq(desc->data[0].offset.index, 0);
	shim_module_destroy(module);
}

TEST_MAIN()
