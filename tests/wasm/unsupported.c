// SPDX-License-Identifier: MIT
// A binary that needs a proposal that is not read gets -EOPNOTSUPP and a message that names it.
#include "module_test.h"

TEST("proposals that are not supported")
{
	static const struct {
		const char *binary;
		const char *where;
		const char *proposal;
	} unsupported[] = {
		{ "1: 01 5d 00 00", "type section, byte 0xb", "stack-switching" },
		{ "1: 01 65 60 00 00", "type section, byte 0xb", "shared-everything-threads" },
		{ "1: 01 4d 00 5f 00", "type section, byte 0xb", "custom-descriptors" },
		{ "1: 01 4c 00 5f 00", "type section, byte 0xb", "custom-descriptors" },
		{ "1: 01 4e 01 4d 00 5f 00", "type section, byte 0xd", "custom-descriptors" },
		{ "1: 01 60 01 64 62 00 00", "type section, byte 0xe", "custom-descriptors" },
		{ "1: 01 60 01 63 65 70 00", "type section, byte 0xe",
		  "shared-everything-threads" },
		{ "1: 01 60 00 01 68", "type section, byte 0xe", "stack-switching" },
		{ "1: 01 60 00 01 75", "type section, byte 0xe", "stack-switching" },
		{ "1: 01 5f 01 7f 02", "type section, byte 0xe", "shared-everything-threads" },
		{ "2: 01 00 00 20 00", "import section, byte 0xd", "custom-descriptors" },
		{ "2: 01 00 00 7f 01", "import section, byte 0xd", "compact-import-section" },
		{ "2: 01 00 00 7e 01", "import section, byte 0xd", "compact-import-section" },
		{ "2: 01 00 00 03 7f 02", "import section, byte 0xf", "shared-everything-threads" },
		{ "7: 01 00 20 00", "export section, byte 0xc", "custom-descriptors" },
		{ "4: 01 70 03 01 02", "table section, byte 0xc", "shared-everything-threads" },
		{ "5: 01 08 01 00", "memory section, byte 0xb", "custom-page-sizes" },
		{ "6: 01 7f 02 41 00 0b", "global section, byte 0xc", "shared-everything-threads" },
		{ "6: 01 70 00 d0 62 00 0b", "global section, byte 0xe", "custom-descriptors" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(unsupported); i++) {
		char message[128];

		snprintf(message, sizeof(message), "%s: the proposal %s is not supported",
			 unsupported[i].where, unsupported[i].proposal);
		parse_fails(unsupported[i].binary, -EOPNOTSUPP, message);
	}
}

TEST("what no proposal has stays malformed")
{
	parse_fails("1: 01 40 00 00", -EINVAL,
		    "type section, byte 0xb: form 0x40 is that of no type");
	parse_fails("1: 01 60 00 01 41", -EINVAL,
		    "type section, byte 0xe: result 0x41 is no value type");
	parse_fails("4: 01 70 08 01", -EINVAL,
		    "table section, byte 0xc: limits flags 0x08 have unknown bits");
	parse_fails("5: 01 10 01", -EINVAL,
		    "memory section, byte 0xb: limits flags 0x10 have unknown bits");
	parse_fails("2: 01 00 00 05 00", -EINVAL,
		    "import section, byte 0xd: import kind 5 is not one of 0..4");
	parse_fails("2: 01 00 01 61 7f 01", -EINVAL,
		    "import section, byte 0xe: import kind 127 is not one of 0..4");
	parse_fails("6: 01 7f 04 41 00 0b", -EINVAL,
		    "global section, byte 0xb: global 0: mutability 4 is not 0 or 1");
	parse_fails("6: 01 70 00 d0 41 0b", -EINVAL,
		    "global section, byte 0xe: type of ref.null 0x41 is no reference");
}

TEST("funcref and externref in their long form are what they are in the short one")
{
	struct shim_module *module = module_write("1: 01 60 01 63 70 01 63 6f | 4: 01 63 70 00 01");
	const struct shim_module_desc *desc = shim_module_desc(module);

	test_eq(desc->types[0].params[0], SHIM_TYPE_FUNCREF);
	test_eq(desc->types[0].results[0], SHIM_TYPE_EXTERNREF);
	test_eq(desc->defined_tables[0].type, SHIM_TYPE_FUNCREF);
	shim_module_destroy(module);
}

TEST("a component")
{
	struct binary binary = binary_copy("\0asm\x0d\0\1\0", 8);
	struct shim_module *module;

	test_err(-EOPNOTSUPP, shim_module_parse(binary.bytes, binary.length, &module));
	test_str(shim_error(), "header, byte 0x4: the proposal component-model is not supported");
	binary_free(&binary);
}

TEST_MAIN()
