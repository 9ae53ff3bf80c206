// SPDX-License-Identifier: MIT
// Types of WebAssembly 3.0 are read as they are written, and wrong ones refused.
#include "module_test.h"

#define REF(index) (SHIM_TYPE_INDEX | SHIM_TYPE_NON_NULL | (index))
#define REF_NULL(index) (SHIM_TYPE_INDEX | (index))

TEST("structs, arrays, functions, packed fields, mutability")
{
	struct shim_module *module =
		module_write("1: 03 5f 03 78 00 77 01 7b 00 5e 64 00 01 60 02 63 01 64 6b 01 6c");
	const struct shim_type *types = shim_module_desc(module)->types;

	test_eq(shim_module_desc(module)->type_count, 3);
	test_eq(types[0].kind, SHIM_KIND_STRUCT);
	test_eq(types[0].field_count, 3);
	test_eq(types[0].fields[0].type, SHIM_TYPE_I8);
	test_eq(types[0].fields[1].type, SHIM_TYPE_I16);
	test_eq(types[0].fields[1].is_mutable, 1);
	test_eq(types[0].fields[2].type, SHIM_TYPE_V128);
	test_eq(types[0].flags, 0);
	test_eq(types[1].kind, SHIM_KIND_ARRAY);
	test_eq(types[1].field_count, 1);
	test_eq(types[1].fields[0].type, REF(0));
	test_eq(types[1].fields[0].is_mutable, 1);
	test_eq(types[2].kind, SHIM_KIND_FUNCTION);
	test_eq(types[2].params[0], REF_NULL(1));
	test_eq(types[2].params[1], SHIM_TYPE_STRUCTREF | SHIM_TYPE_NON_NULL);
	test_eq(types[2].results[0], SHIM_TYPE_I31REF);
	shim_module_destroy(module);
}

TEST("groups, of none, of one and of several types, and supertypes")
{
	struct shim_module *module =
		module_write("1: 04 4e 00 4e 01 60 00 00"
			     "4e 02 50 00 5f 01 63 02 00 4f 01 01 5f 02 63 02 00 7f 01"
			     "50 01 01 5f 01 64 02 00");
	const struct shim_type *types = shim_module_desc(module)->types;

	test_eq(shim_module_desc(module)->type_count, 4);
	test_eq(types[0].group_count, 1);
	test_eq(types[1].group_count, 2);
	test_eq(types[1].flags, SHIM_TYPE_OPEN);
	test_eq(types[1].fields[0].type, REF_NULL(2));
	test_eq(types[2].group_count, 0);
	test_eq(types[2].flags, SHIM_TYPE_SUB);
	test_eq(types[2].supertype, 1);
	test_eq(types[3].group_count, 0);
	test_eq(types[3].flags, SHIM_TYPE_OPEN | SHIM_TYPE_SUB);
	shim_module_destroy(module);
}

TEST("the index of a type in as many bytes as it may have")
{
	struct shim_module *module =
		module_write("1: 02 5f 00 60 02 63 80 00 64 80 80 80 80 00 00");
	const struct shim_type *types = shim_module_desc(module)->types;

	test_eq(types[1].params[0], REF_NULL(0));
	test_eq(types[1].params[1], REF(0));
	shim_module_destroy(module);
	parse_fails("1: 02 5f 00 60 01 63 80 80 80 80 80 00 00", -EINVAL,
		    "type section, byte 0x10: referenced type is longer than 5 bytes");
	parse_fails("1: 02 5f 00 60 01 63 f0 7f 00", -EINVAL,
		    "type section, byte 0x10: referenced type -16 is no index of a type");
}

TEST("types that are wrong by themselves")
{
	parse_fails("1: 02 60 01 63 01 00 5f 00", -EINVAL,
		    "type section, byte 0xe: referenced type: type 1 is past the 1 there are");
	parse_fails("1: 01 5f 01 76 00", -EINVAL,
		    "type section, byte 0xd: field type 0x76 is no value type");
	parse_fails("1: 01 60 01 78 00", -EINVAL,
		    "type section, byte 0xd: param 0x78 is no value type");
	parse_fails("1: 01 5f 01 7f 04", -EINVAL,
		    "type section, byte 0xb: type 0: field 0: mutability 4 is not 0 or 1");
	parse_fails("1: 01 50 02 00 00 5f 00", -EINVAL,
		    "type section, byte 0xc: supertype count 2 is over 1");
	parse_fails("1: 01 50 01 00 5f 00", -EINVAL,
		    "type section, byte 0xb: type 0: supertype (ref null 0) is not before it");
	parse_fails("1: 01 4e 02 5f 00", -EINVAL,
		    "type section, byte 0xc: type count 2 is more than 2 bytes can hold");
	parse_fails("1: 01 4e 01 4e 00", -EINVAL,
		    "type section, byte 0xd: form 0x4e is that of no type");
}

TEST("subtypes that do not match")
{
	static const char *const wrong[] = {
		"1: 02 5f 00 4f 01 00 5f 00",				    /* of a final type */
		"1: 02 50 00 5f 00 4f 01 00 60 00 00",			    /* of another kind */
		"1: 02 50 00 5f 01 7f 00 4f 01 00 5f 00",		    /* fewer fields */
		"1: 02 50 00 5f 01 7f 00 4f 01 00 5f 01 7f 01",		    /* mutable now */
		"1: 02 50 00 5f 01 6d 01 4f 01 00 5f 01 6c 01",		    /* mutable and below */
		"1: 02 50 00 5f 01 6c 00 4f 01 00 5f 01 6d 00",		    /* a field above */
		"1: 02 50 00 60 00 00 4f 01 00 60 01 7f 00",		    /* more params */
		"1: 02 50 00 60 01 6d 00 4f 01 00 60 01 6c 00",		    /* a param below */
		"1: 02 50 00 60 00 01 6c 4f 01 00 60 00 01 6d",		    /* a result above */
		"1: 02 50 00 5e 64 6d 00 4f 01 00 5e 6d 00",		    /* null now */
		"1: 01 4e 02 50 00 5f 01 64 01 00 4f 01 00 5f 01 64 00 00", /* of its own group */
	};

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		struct binary binary = binary_write(wrong[i]);
		struct shim_module *module;

		test_err(-EINVAL, shim_module_parse(binary.bytes, binary.length, &module));
		test_ok(strstr(shim_error(), "type 1: "));
		test_ok(strstr(shim_error(), "supertype 0"));
		binary_free(&binary);
	}
}

TEST("subtypes that match")
{
	static const char *const right[] = {
		"1: 02 50 00 5f 01 6d 00 4f 01 00 5f 02 6c 00 7f 01",
		"1: 02 50 00 5f 01 6d 00 4f 01 00 5f 01 64 6b 00",
		"1: 02 50 00 60 01 6c 01 6d 4f 01 00 60 01 6e 01 71",
		"1: 02 50 00 5e 70 00 4f 01 00 5e 73 00",
		"1: 02 50 00 5e 69 00 4f 01 00 5e 74 00",
		"1: 02 50 00 5e 6f 00 4f 01 00 5e 72 00",
		"1: 01 4e 02 50 00 5f 01 63 00 00 4f 01 00 5f 01 64 01 00",
		/* The same type by another index is the same type. */
		"1: 04 5f 00 5f 00 50 00 5e 63 00 01 4f 01 02 5e 63 01 01",
	};

	for (size_t i = 0; i < ARRAY_SIZE(right); i++)
		shim_module_destroy(module_write(right[i]));
}

TEST("tables and tags")
{
	struct shim_module *module = module_write(
		"1: 02 60 01 7f 00 5f 00 | 2: 01 00 00 04 00 00 | 3: 01 00 |"
		"4: 02 40 00 64 00 00 02 d2 00 0b 6e 05 01 80 80 80 80 80 20 | 13: 01 00 00 |"
		"7: 01 00 04 01 | 10: 01 02 00 0b");
	const struct shim_module_desc *desc = shim_module_desc(module);

	test_eq(desc->imports[0].kind, SHIM_EXTERN_TAG);
	test_eq(desc->imports[0].type, 0);
	test_eq(desc->defined_tag_count, 1);
	test_eq(desc->defined_tags[0], 0);
	test_eq(desc->exports[0].kind, SHIM_EXTERN_TAG);
	test_eq(desc->exports[0].index, 1);
	test_eq(desc->defined_tables[0].type, REF(0));
	test_eq(desc->defined_tables[0].init.op, SHIM_CONST_REF_FUNC);
	test_eq(desc->defined_tables[1].type, SHIM_TYPE_ANYREF);
	test_eq(desc->defined_tables[1].flags, SHIM_PLAN_64 | SHIM_PLAN_MAXIMUM);
	test_eq(desc->defined_tables[1].maximum, UINT64_C(1) << 40);
	shim_module_destroy(module);
	parse_fails("4: 01 40 01 70 00 01 d0 70 0b", -EINVAL,
		    "table section, byte 0xc: table form 0x40 0x01, must be 0x40 0x00");
	parse_fails("4: 01 64 70 00 01", -EINVAL,
		    "table section, byte 0xb: table 0: "
		    "type (ref 0x70) has no null, and there is no initial value");
	parse_fails("4: 01 40 00 70 00 01 0b", -EINVAL,
		    "table section, byte 0x10: initial value without instructions");
	parse_fails("1: 01 60 00 00 | 13: 01 01 00", -EINVAL,
		    "tag section, byte 0x11: tag attribute 0x01 is not 0, an exception");
	parse_fails("1: 01 60 00 01 7f | 13: 01 00 00", -EINVAL,
		    "tag section, byte 0x12: tag 0: type 0 has results");
	parse_fails("1: 01 5f 00 | 13: 01 00 00", -EINVAL,
		    "tag section, byte 0x10: tag 0: type 0 is not of functions");
	parse_fails("13: 00 | 5: 00", -EINVAL,
		    "section header, byte 0xb: memory section out of order");
}

TEST("limits of 32 bits in as many bytes as those of 64 bits")
{
	struct shim_module *module = module_write("5: 01 00 81 80 80 80 80 80 80 80 80 00 |");

	test_eq(shim_module_desc(module)->defined_memories[0].minimum, 1);
	shim_module_destroy(module);
	module = module_write("5: 01 00 81 80 80 80 80 00 |");
	test_eq(shim_module_desc(module)->defined_memories[0].minimum, 1);
	shim_module_destroy(module);
}

TEST("null of a type by its index, and exnref, in types, tables and globals")
{
	struct shim_module *module = module_write("1: 02 5f 00 60 01 69 01 63 00 | 4: 01 69 00 02 |"
						  "6: 02 63 00 00 d0 00 0b 69 00 d0 69 0b");
	const struct shim_module_desc *desc = shim_module_desc(module);

	test_eq(desc->types[1].params[0], SHIM_TYPE_EXNREF);
	test_eq(desc->types[1].results[0], SHIM_TYPE_INDEX);
	test_eq(desc->defined_tables[0].type, SHIM_TYPE_EXNREF);
	test_eq(desc->defined_globals[0].type.type, SHIM_TYPE_INDEX);
	test_eq(desc->defined_globals[1].type.type, SHIM_TYPE_EXNREF);
	shim_module_destroy(module);
	parse_fails("1: 01 5f 00 | 6: 01 63 00 00 d0 01 0b", -EINVAL,
		    "global section, byte 0x14: type of ref.null: type 1 is past the 1 there are");
}

TEST_MAIN()
