// SPDX-License-Identifier: MIT
// A binary that is no valid module gets -EINVAL and a message with section and byte.
#include "module_test.h"

struct wrong {
	const char *binary;
	const char *message;
};

static void all_fail(const struct wrong *wrong, size_t count)
{
	for (size_t i = 0; i < count; i++)
		parse_fails(wrong[i].binary, -EINVAL, wrong[i].message);
}

#define ALL_FAIL(...)                                             \
	do {                                                      \
		static const struct wrong wrong_[] = __VA_ARGS__; \
		all_fail(wrong_, ARRAY_SIZE(wrong_));             \
	} while (0)

/* Sections that others need. */
#define TYPE "1: 01 60 00 00 |"
#define FUNCTION TYPE "3: 01 00 |"
#define CODE "| 10: 01 02 00 0b"

TEST("the header")
{
	static const struct {
		const char *bytes;
		size_t length;
		const char *message;
	} headers[] = {
		{ "", 0, "header, byte 0x0: magic of 4 bytes, 0 are left" },
		{ "\0as", 3, "header, byte 0x0: magic of 4 bytes, 3 are left" },
		{ "\0asn\1\0\0\0", 8, "header, byte 0x0: not a WebAssembly binary" },
		{ "\177ELF\1\0\0\0", 8, "header, byte 0x0: not a WebAssembly binary" },
		{ "\0asm\1\0\0", 7, "header, byte 0x4: version of 4 bytes, 3 are left" },
		{ "\0asm\2\0\0\0", 8, "header, byte 0x4: version 2 is not 1" },
		{ "\0asm\1\0\2\0", 8, "header, byte 0x4: version 131073 is not 1" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(headers); i++) {
		struct binary binary = binary_copy(headers[i].bytes, headers[i].length);
		struct shim_module *module;

		test_err(-EINVAL, shim_module_parse(binary.bytes, binary.length, &module));
		test_str(shim_error(), headers[i].message);
		binary_free(&binary);
	}
}

TEST("pointers that are NULL")
{
	struct shim_module *module;

	test_err(-EFAULT, shim_module_parse(NULL, 8, &module));
	test_str(shim_error(), "bytes is NULL");
	test_err(-EFAULT, shim_module_parse("", 0, NULL));
	test_str(shim_error(), "out is NULL");
	shim_module_destroy(NULL);
}

TEST("sections: number, order, length")
{
	ALL_FAIL({
		{ "0e 00", "section header, byte 0x8: section id 14 is not one of 0..13" },
		{ "ff 00", "section header, byte 0x8: section id 255 is not one of 0..13" },
		{ "01", "section header, byte 0x9: ends within its section length" },
		{ "01 80", "section header, byte 0x9: ends within its section length" },
		{ "01 80 80 80 80 80 00",
		  "section header, byte 0x9: section length is longer than 5 bytes" },
		{ "01 02 00", "section header, byte 0x9: type section of 2 bytes, 1 are left" },
		{ "01 ff ff ff ff 0f",
		  "section header, byte 0x9: type section of 4294967295 bytes, 0 are left" },
		{ "1: 00 | 1: 00", "section header, byte 0xb: second type section" },
		{ "3: 00 | 1: 00", "section header, byte 0xb: type section out of order" },
		{ "10: 00 | 12: 00", "section header, byte 0xb: data count section out of order" },
		{ "12: 00 | 9: 00", "section header, byte 0xb: element section out of order" },
		{ "1: 00 00", "type section, byte 0xb: 1 bytes too long" },
		{ "8:", "start section, byte 0xa: ends within its function" },
		{ "1:", "type section, byte 0xa: ends within its type count" },
		{ TYPE "3: 01 00 00 00" CODE, "function section, byte 0x12: 2 bytes too long" },
	});
}

TEST("counts of more than the section can hold")
{
	ALL_FAIL({
		{ "1: ff ff ff ff 0f 60 00 00",
		  "type section, byte 0xa: type count 4294967295 is more than 3 bytes can hold" },
		{ "1: 02 60 00 00",
		  "type section, byte 0xa: type count 2 is more than 3 bytes can hold" },
		{ "2: 02 00 00 00 00 00",
		  "import section, byte 0xa: import count 2 is more than 5 bytes can hold" },
		{ "3: 01",
		  "function section, byte 0xa: function count 1 is more than 0 bytes can hold" },
		{ "4: 01 70 00",
		  "table section, byte 0xa: table count 1 is more than 2 bytes can hold" },
		{ "5: 03 00 00 00 00",
		  "memory section, byte 0xa: memory count 3 is more than 4 bytes can hold" },
		{ "6: 01 7f",
		  "global section, byte 0xa: global count 1 is more than 1 bytes can hold" },
		{ "7: 7f 00",
		  "export section, byte 0xa: export count 127 is more than 1 bytes can hold" },
		{ "9: 01 01",
		  "element section, byte 0xa: element count 1 is more than 1 bytes can hold" },
		{ "9: 01 01 00 05 00 00",
		  "element section, byte 0xd: item count 5 is more than 2 bytes can hold" },
		{ "11: 80 80 80 80 08 00",
		  "data section, byte 0xa: data count 2147483648 is more than 1 bytes can hold" },
		{ "1: 01 60 05 7f 7f",
		  "type section, byte 0xc: param count 5 is more than 2 bytes can hold" },
		{ "1: 01 60 00 02 7f",
		  "type section, byte 0xd: result count 2 is more than 1 bytes can hold" },
	});
}

TEST("numbers that are too long or too large for their type")
{
	ALL_FAIL({
		{ "1: 80 80 80 80 10",
		  "type section, byte 0xa: type count does not fit in 32 bits" },
		{ "1: 80 80 80 80 80 00",
		  "type section, byte 0xa: type count is longer than 5 bytes" },
		{ "6: 01 7f 00 41 80 80 80 80 08 0b",
		  "global section, byte 0xe: i32 value does not fit in 32 bits" },
		{ "6: 01 7f 00 41 ff ff ff ff 77 0b",
		  "global section, byte 0xe: i32 value does not fit in 32 bits" },
		{ "6: 01 7f 00 41 80 80 80 80 80 00 0b",
		  "global section, byte 0xe: i32 value is longer than 5 bytes" },
		{ "6: 01 7e 00 42 80 80 80 80 80 80 80 80 80 01 0b",
		  "global section, byte 0xe: i64 value does not fit in 64 bits" },
		{ "6: 01 7e 00 42 80 80 80 80 80 80 80 80 80 80 00 0b",
		  "global section, byte 0xe: i64 value is longer than 10 bytes" },
		{ "5: 01 04 80 80 80 80 80 80 80 80 80 02",
		  "memory section, byte 0xc: minimum does not fit in 64 bits" },
	});
}

TEST("types and imports")
{
	ALL_FAIL({
		{ "1: 01 40 00 00", "type section, byte 0xb: form 0x40 is that of no type" },
		{ "1: 01 60 01 40 00", "type section, byte 0xd: param 0x40 is no value type" },
		{ "1: 01 60 00 02 7f 7a", "type section, byte 0xf: result 0x7a is no value type" },
		{ "1: 01 60 03 7f 7f 7f", "type section, byte 0x10: ends within its result count" },
		{ "2: 01 01 61 01 62 05 00",
		  "import section, byte 0xf: import kind 5 is not one of 0..4" },
		{ "2: 01 01 61 05 62 00", "import section, byte 0xe: name of 5 bytes, 2 are left" },
		{ "2: 01 01 ff 00 03 7f 00",
		  "import section, byte 0xb: import 0: module name is not UTF-8 at its byte 0" },
		{ "2: 01 00 03 61 c0 80 03 7f 00",
		  "import section, byte 0xb: import 0: name is not UTF-8 at its byte 1" },
		{ "2: 01 00 00 00 00",
		  "import section, byte 0xb: import 0: type 0 is past the 0 there are" },
		{ "2: 01 00 00 03 40 00",
		  "import section, byte 0xe: global type 0x40 is no value type" },
		{ "2: 02 00 00 03 7f 00 00 00 03 7f 04",
		  "import section, byte 0x10: import 1: mutability 4 is not 0 or 1" },
		{ "2: 01 00 00 02 01 05 04",
		  "import section, byte 0xb: import 0: minimum 5 is over maximum 4" },
		{ TYPE "3: 02 00 01",
		  "function section, byte 0x12: function 1: type 1 is past the 1 there are" },
		{ TYPE "2: 01 00 00 00 00 | 3: 01 01",
		  "function section, byte 0x18: function 1: type 1 is past the 1 there are" },
	});
}

TEST("limits")
{
	ALL_FAIL({
		{ "5: 01 00 81 80 04",
		  "memory section, byte 0xb: memory 0: minimum 65537 is over 65536 pages" },
		{ "5: 01 01 00 81 80 04",
		  "memory section, byte 0xb: memory 0: maximum 65537 is over 65536 pages" },
		{ "5: 02 00 00 01 02 01",
		  "memory section, byte 0xd: memory 1: minimum 2 is over maximum 1" },
		{ "5: 01 04 81 80 80 80 80 80 40",
		  "memory section, byte 0xb: memory 0: minimum 281474976710657 "
		  "is over 281474976710656 pages" },
		{ "5: 01 02 01",
		  "memory section, byte 0xb: memory 0: is shared and has no maximum" },
		{ "5: 01 06 01",
		  "memory section, byte 0xb: memory 0: is shared and has no maximum" },
		{ "5: 01 10 01", "memory section, byte 0xb: limits flags 0x10 have unknown bits" },
		{ "5: 01 01 01", "memory section, byte 0xd: ends within its maximum" },
		{ "4: 01 70 01 02 01",
		  "table section, byte 0xb: table 0: minimum 2 is over maximum 1" },
		{ "4: 01 7f 00 01", "table section, byte 0xb: table 0: type 0x7f is no reference" },
		{ "4: 01 3f 00 01", "table section, byte 0xb: table type 0x3f is no value type" },
		{ "4: 01 70 00 ff ff ff ff 1f", "table section, byte 0xb: table 0: "
						"minimum 8589934591 is over 4294967295 elements" },
		{ "4: 01 70 04 80 80 80 80 80 80 80 80 80 02",
		  "table section, byte 0xd: minimum does not fit in 64 bits" },
		{ "5: 01 04 80 80 80 80 80 80 80 80 80 80 00",
		  "memory section, byte 0xc: minimum is longer than 10 bytes" },
	});
}

TEST("globals and constant expressions")
{
	ALL_FAIL({
		{ "6: 01 7f 04 41 00 0b",
		  "global section, byte 0xb: global 0: mutability 4 is not 0 or 1" },
		{ "6: 01 7f 00 0b",
		  "global section, byte 0xb: global 0: initial value: leaves 0 values, must be 1" },
		{ "6: 01 7f 00 41 00 41 00 0b",
		  "global section, byte 0xb: global 0: initial value: leaves 2 values, must be 1" },
		{ "6: 01 7f 00 42 00 0b", "global section, byte 0xb: global 0: initial value: "
					  "has type 0x7e, must be 0x7f" },
		{ "6: 01 7f 00 41 00", "global section, byte 0xf: ends before its opcode" },
		{ "6: 01 7f 00 41 ff ff ff 07",
		  "global section, byte 0x12: ends before its opcode" },
		{ "6: 01 7f 00 41 ff ff ff 07 41 0b",
		  "global section, byte 0x14: ends before its opcode" },
		{ "6: 01 7f 00 20 00 0b", "global section, byte 0xd: opcode 0x20 is not constant" },
		{ "6: 01 7f 00 41 00 6d 0b",
		  "global section, byte 0xf: opcode 0x6d is not constant" },
		{ "6: 01 7b 00 fd 0d 0b",
		  "global section, byte 0xd: opcode 0xfd 13 is not constant" },
		{ "6: 01 7b 00 fd 0c 00 00",
		  "global section, byte 0xf: v128 value of 8 bytes, 2 are left" },
		{ "6: 01 7d 00 43 00 00 00",
		  "global section, byte 0xe: f32 value of 4 bytes, 3 are left" },
		{ "6: 01 7f 00 6a 0b", "global section, byte 0xb: global 0: initial value: "
				       "no two values of type 0x7f on the stack to compute with" },
		{ "6: 01 7f 00 41 01 42 01 6a 0b",
		  "global section, byte 0xb: global 0: initial value: "
		  "no two values of type 0x7f on the stack to compute with" },
		{ "6: 01 7f 00 23 00 0b", "global section, byte 0xb: global 0: initial value: "
					  "global 0 is past the 0 there are" },
		{ "2: 01 00 00 03 7f 01 | 6: 01 7f 00 23 00 0b",
		  "global section, byte 0x13: global 1: initial value: global 0 is mutable" },
		{ "6: 01 70 00 d2 00 0b", "global section, byte 0xb: global 0: initial value: "
					  "function 0 is past the 0 there are" },
		{ "6: 01 70 00 d0 7f 0b",
		  "global section, byte 0xe: type of ref.null 0x7f is no reference" },
		{ "6: 01 70 00 d0 6f 0b", "global section, byte 0xb: global 0: initial value: "
					  "has type 0x6f, must be 0x70" },
	});
}

TEST("exports and the start function")
{
	ALL_FAIL({
		{ "7: 01 01 61 00 00",
		  "export section, byte 0xb: export 0: function 0 is past the 0 there are" },
		{ "5: 01 00 00 | 7: 02 01 61 02 00 01 62 02 01",
		  "export section, byte 0x14: export 1: memory 1 is past the 1 there are" },
		{ "7: 01 01 61 01 00",
		  "export section, byte 0xb: export 0: table 0 is past the 0 there are" },
		{ "7: 01 01 61 03 00",
		  "export section, byte 0xb: export 0: global 0 is past the 0 there are" },
		{ "7: 01 01 61 05 00",
		  "export section, byte 0xb: export 0: kind 5 is not one of 0..4" },
		{ "7: 01 01 80 02 00",
		  "export section, byte 0xb: export 0: name is not UTF-8 at its byte 0" },
		{ "5: 01 00 00 | 7: 03 01 61 02 00 00 02 00 01 61 02 00",
		  "export section, byte 0xf: export 2 has the name of export 0" },
		{ "5: 01 00 00 | 7: 02 00 02 00 00 02 00",
		  "export section, byte 0xf: export 1 has the name of export 0" },
		{ "8: 00", "start section, byte 0xa: start: function 0 is past the 0 there are" },
		{ "1: 01 60 01 7f 00 | 3: 01 00 | 8: 00",
		  "start section, byte 0x15: start: function 0 has params or results" },
		{ "1: 01 60 00 01 7f | 2: 01 00 00 00 00 | 8: 00",
		  "start section, byte 0x18: start: function 0 has params or results" },
	});
}

TEST("element segments")
{
	ALL_FAIL({
		{ "9: 01 08 00 00",
		  "element section, byte 0xb: segment kind 8 is not one of 0..7" },
		{ "9: 01 ff ff ff ff 0f",
		  "element section, byte 0xb: segment kind 4294967295 is not one of 0..7" },
		{ "9: 01 01 01 00",
		  "element section, byte 0xc: element kind 0x01 is not 0, functions" },
		{ "9: 01 00 41 00 0b 00",
		  "element section, byte 0xb: element 0: table 0 is past the 0 there are" },
		{ "4: 01 70 00 00 | 9: 01 02 01 41 00 0b 00 00",
		  "element section, byte 0x11: element 0: table 1 is past the 1 there are" },
		{ "4: 01 70 00 00 | 9: 01 00 42 00 0b 00",
		  "element section, byte 0x11: element 0: offset: has type 0x7e, must be 0x7f" },
		{ "4: 01 6f 00 00 | 9: 01 00 41 00 0b 00",
		  "element section, byte 0x11: element 0: type (ref 0x70) is not table 0's 0x6f" },
		{ "9: 01 01 00 01 00", "element section, byte 0xb: element 0: item 0: "
				       "function 0 is past the 0 there are" },
		{ FUNCTION "9: 02 01 00 00 03 00 02 00 01" CODE,
		  "element section, byte 0x18: element 1: item 1: "
		  "function 1 is past the 1 there are" },
		{ "9: 01 05 7f 00",
		  "element section, byte 0xb: element 0: type 0x7f is no reference" },
		{ "9: 01 05 70 01 41 00 0b",
		  "element section, byte 0xb: element 0: expression 0: has type 0x7f, must be 0x70" },
		{ "9: 01 05 70 01 d0 6f 0b",
		  "element section, byte 0xb: element 0: item 0: has type 0x6f, must be 0x70" },
		{ "9: 01 05 70 01 d0 70 d0 70 0b",
		  "element section, byte 0xb: element 0: expression 0: leaves 2 values, must be 1" },
		{ "9: 01 05 70 01 0b 0b 0b",
		  "element section, byte 0xb: element 0: expression 0: leaves 0 values, must be 1" },
		{ "9: 01 05 70 01 23 00 0b", "element section, byte 0xb: element 0: item 0: "
					     "global 0 is past the 0 there are" },
	});
}

TEST("data segments and their count")
{
	ALL_FAIL({
		{ "11: 01 03 00", "data section, byte 0xb: segment kind 3 is not one of 0..2" },
		{ "11: 01 00 41 00 0b 00",
		  "data section, byte 0xb: data 0: memory 0 is past the 0 there are" },
		{ "5: 01 00 00 | 11: 01 02 01 41 00 0b 00",
		  "data section, byte 0x10: data 0: memory 1 is past the 1 there are" },
		{ "5: 01 00 00 | 11: 01 00 42 00 0b 00",
		  "data section, byte 0x10: data 0: offset: has type 0x7e, must be 0x7f" },
		{ "5: 01 04 00 | 11: 01 00 41 00 0b 00",
		  "data section, byte 0x10: data 0: offset: has type 0x7f, must be 0x7e" },
		{ "11: 01 01 05 61 62", "data section, byte 0xd: segment of 5 bytes, 2 are left" },
		{ "12: 02 | 11: 01 01 00",
		  "data section, byte 0xd: data count 1 is not the data count section's 2" },
		{ "12: 00 | 11: 01 01 00",
		  "data section, byte 0xd: data count 1 is not the data count section's 0" },
		{ "12: 02", "end, byte 0xb: no data section for a data count of 2" },
		{ "12: 00 00", "data count section, byte 0xb: 1 bytes too long" },
	});
}

TEST("code")
{
	ALL_FAIL({
		{ TYPE "3: 02 00 00", "end, byte 0x13: no code section for 2 functions" },
		{ FUNCTION "10: 00",
		  "code section, byte 0x14: body count 0 is not the function section's 1" },
		{ "10: 01 02 00 0b",
		  "code section, byte 0xa: body count 1 is not the function section's 0" },
		{ FUNCTION "10: 01 03 00 0b",
		  "code section, byte 0x16: body of 3 bytes, 2 are left" },
		{ FUNCTION "10: 01 00", "code section, byte 0x16: body has no end" },
		{ FUNCTION "10: 01 01 0b", "code section, byte 0x16: body has no end" },
		{ FUNCTION "10: 01 02 00 01", "code section, byte 0x16: body has no end" },
		{ FUNCTION "10: 01 02 00 0b 00", "code section, byte 0x18: 1 bytes too long" },
	});
}

TEST("custom sections")
{
	ALL_FAIL({
		{ "0:", "custom section, byte 0xa: ends within its name length" },
		{ "0: 02 61", "custom section, byte 0xb: name of 2 bytes, 1 are left" },
		{ "0: 02 61 ff", "custom section, byte 0xb: name is not UTF-8 at its byte 1" },
		{ "0: 03 ed a0 80", "custom section, byte 0xb: name is not UTF-8 at its byte 0" },
	});
}

TEST_MAIN()
