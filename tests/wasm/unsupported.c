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
		{ "1: 01 5f 00 00", "type section, byte 0xb", "gc" },
		{ "1: 01 4e 01 60 00 00", "type section, byte 0xb", "gc" },
		{ "1: 01 50 00 60 00 00", "type section, byte 0xb", "gc" },
		{ "1: 01 5d 00 00", "type section, byte 0xb", "stack-switching" },
		{ "1: 01 65 60 00 00", "type section, byte 0xb", "shared-everything-threads" },
		{ "1: 01 4d 00 5f 00", "type section, byte 0xb", "custom-descriptors" },
		{ "1: 01 60 01 64 70 00", "type section, byte 0xd", "function-references" },
		{ "1: 01 60 01 63 00 00", "type section, byte 0xd", "function-references" },
		{ "1: 01 60 01 63 6e 00", "type section, byte 0xd", "gc" },
		{ "1: 01 60 00 01 6e", "type section, byte 0xe", "gc" },
		{ "1: 01 60 00 01 69", "type section, byte 0xe", "exception-handling" },
		{ "1: 01 60 00 01 74", "type section, byte 0xe", "exception-handling" },
		{ "1: 01 60 00 01 68", "type section, byte 0xe", "stack-switching" },
		{ "2: 01 00 00 04 00 00", "import section, byte 0xd", "exception-handling" },
		{ "2: 01 00 00 20 00", "import section, byte 0xd", "custom-descriptors" },
		{ "2: 01 00 00 7f 01", "import section, byte 0xd", "compact-import-section" },
		{ "2: 01 00 00 7e 01", "import section, byte 0xd", "compact-import-section" },
		{ "2: 01 00 00 03 7f 02", "import section, byte 0xf", "shared-everything-threads" },
		{ "13: 01 00 00", "tag section, byte 0xa", "exception-handling" },
		{ "7: 01 00 04 00", "export section, byte 0xc", "exception-handling" },
		{ "4: 01 40 00 70 00 01 d0 70 0b", "table section, byte 0xb",
		  "function-references" },
		{ "4: 01 70 04 01", "table section, byte 0xc", "memory64 (tables)" },
		{ "4: 01 70 03 01 02", "table section, byte 0xc", "shared-everything-threads" },
		{ "5: 01 08 01 00", "memory section, byte 0xb", "custom-page-sizes" },
		{ "6: 01 7f 00 fb 1c 0b", "global section, byte 0xd", "gc" },
		{ "6: 01 7f 02 41 00 0b", "global section, byte 0xc", "shared-everything-threads" },
		{ "6: 01 70 00 d0 00 0b", "global section, byte 0xe", "function-references" },
		{ "6: 01 70 00 d0 80 01 0b", "global section, byte 0xe", "function-references" },
		{ "6: 01 70 00 d0 69 0b", "global section, byte 0xe", "exception-handling" },
		{ "9: 01 05 64 70 00", "element section, byte 0xc", "function-references" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(unsupported); i++) {
		char message[128];

		snprintf(message, sizeof(message), "%s: the proposal %s is not supported",
			 unsupported[i].where, unsupported[i].proposal);
		parse_fails(unsupported[i].binary, -EOPNOTSUPP, message);
	}
}

TEST("a global that the initial value of another one reads, and the module defines")
{
	parse_fails("6: 02 7f 00 41 00 0b 7f 00 23 00 0b", -EOPNOTSUPP,
		    "global section, byte 0x10: global 1: initial value: "
		    "global 0 is not an imported one");
}

TEST("what no proposal has stays malformed")
{
	parse_fails("1: 01 40 00 00", -EINVAL,
		    "type section, byte 0xb: form 0x40 is not 0x60, a function");
	parse_fails("1: 01 60 00 01 41", -EINVAL,
		    "type section, byte 0xe: result 0x41 is no value type");
	parse_fails("4: 01 70 08 01", -EINVAL,
		    "table section, byte 0xc: limits flags 0x08 have unknown bits");
	parse_fails("5: 01 10 01", -EINVAL,
		    "memory section, byte 0xb: limits flags 0x10 have unknown bits");
	parse_fails("2: 01 00 00 05 00", -EINVAL,
		    "import section, byte 0xd: import kind 5 is not one of 0..3");
	parse_fails("6: 01 7f 04 41 00 0b", -EINVAL,
		    "global section, byte 0xb: global 0: mutability 4 is not 0 or 1");
	parse_fails("6: 01 70 00 d0 41 0b", -EINVAL,
		    "global section, byte 0xe: type of ref.null 0x41 is no value type");
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
