// SPDX-License-Identifier: MIT
// A binary that needs a proposal that is not read gets -EOPNOTSUPP and a message that names it.
#include "module_test.h"

TEST("proposals that are not supported")
{
	static const struct {
		const char *binary;
		const char *message;
	} unsupported[] = {
		{ "1: 01 5f 00 00",
		  "type section, byte 0xb: types other than functions are not supported" },
		{ "1: 01 4e 01 60 00 00",
		  "type section, byte 0xb: types other than functions are not supported" },
		{ "1: 01 60 01 63 70 00",
		  "type section, byte 0xd: typed references are not supported" },
		{ "1: 01 60 00 01 6e",
		  "type section, byte 0xe: typed references are not supported" },
		{ "2: 01 00 00 04 00 00", "import section, byte 0xd: tags are not supported" },
		{ "13: 01 00 00", "tag section, byte 0xa: tags are not supported" },
		{ "4: 01 40 00 70 00 01 d0 70 0b",
		  "table section, byte 0xb: tables with an initial value are not supported" },
		{ "4: 01 70 04 01",
		  "table section, byte 0xb: table 0: 64-bit tables are not supported" },
		{ "4: 01 70 03 01 02",
		  "table section, byte 0xb: table 0: shared tables are not supported" },
		{ "5: 01 08 01 00",
		  "memory section, byte 0xb: custom page sizes are not supported" },
		{ "6: 01 7f 00 fb 1c 0b",
		  "global section, byte 0xd: garbage-collected objects are not supported" },
		{ "6: 02 7f 00 41 00 0b 7f 00 23 00 0b",
		  "global section, byte 0x10: global 1: initial value: "
		  "global 0 is not an imported one" },
		{ "9: 01 05 64 70 00",
		  "element section, byte 0xc: typed references are not supported" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(unsupported); i++)
		parse_fails(unsupported[i].binary, -EOPNOTSUPP, unsupported[i].message);
}

TEST("a component")
{
	struct binary binary = binary_copy("\0asm\x0d\0\1\0", 8);
	struct shim_module *module;

	test_err(-EOPNOTSUPP, shim_module_parse(binary.bytes, binary.length, &module));
	test_str(shim_error(), "header, byte 0x4: components are not supported");
	binary_free(&binary);
}

TEST_MAIN()
