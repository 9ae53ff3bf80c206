// SPDX-License-Identifier: MIT
// Numbers are read as LEB128 says, up to the ends of their type and not past them.
#include "module_test.h"

#include "wasm/reader.h"

static struct shim_wasm_reader reader_over(struct binary *binary, const char *hex)
{
	uint8_t bytes[32];
	size_t length = hex_read(&hex, bytes);

	*binary = binary_copy(bytes, length);
	return (struct shim_wasm_reader){ .bytes = binary->bytes, .end = length, .part = "test" };
}

#define READS(call, type, hex, expected, used)                              \
	do {                                                                \
		struct binary binary;                                       \
		struct shim_wasm_reader reader = reader_over(&binary, hex); \
		type value;                                                 \
		test_success(call(&reader, "number", &value));              \
		test_eq(value, expected);                                   \
		test_eq(reader.at, used);                                   \
		binary_free(&binary);                                       \
	} while (0)

#define REFUSES(call, type, hex, message)                                   \
	do {                                                                \
		struct binary binary;                                       \
		struct shim_wasm_reader reader = reader_over(&binary, hex); \
		type value;                                                 \
		test_err(-EINVAL, call(&reader, "number", &value));         \
		test_str(shim_error(), "test, byte 0x0: " message);         \
		binary_free(&binary);                                       \
	} while (0)

TEST("unsigned 32 bits")
{
	READS(shim_wasm_u32, uint32_t, "00", 0, 1);
	READS(shim_wasm_u32, uint32_t, "7f", 127, 1);
	READS(shim_wasm_u32, uint32_t, "80 01", 128, 2);
	READS(shim_wasm_u32, uint32_t, "e5 8e 26 ff", 624485, 3);
	READS(shim_wasm_u32, uint32_t, "80 00", 0, 2);
	READS(shim_wasm_u32, uint32_t, "80 80 80 80 00", 0, 5);
	READS(shim_wasm_u32, uint32_t, "ff ff ff ff 0f", UINT32_MAX, 5);
	REFUSES(shim_wasm_u32, uint32_t, "ff ff ff ff 1f", "number does not fit in 32 bits");
	REFUSES(shim_wasm_u32, uint32_t, "80 80 80 80 70", "number does not fit in 32 bits");
	REFUSES(shim_wasm_u32, uint32_t, "80 80 80 80 80 00", "number is longer than 5 bytes");
	REFUSES(shim_wasm_u32, uint32_t, "80 80", "ends within its number");
	REFUSES(shim_wasm_u32, uint32_t, "", "ends within its number");
}

TEST("32 bits of each length, with bytes after them and without")
{
	READS(shim_wasm_u32, uint32_t, "ff 7f", 16383, 2);
	READS(shim_wasm_u32, uint32_t, "81 01 ff", 129, 2);
	READS(shim_wasm_u32, uint32_t, "81 01 ff ff ff", 129, 2);
	READS(shim_wasm_u32, uint32_t, "81 82 03", 49409, 3);
	READS(shim_wasm_u32, uint32_t, "81 82 03 ff", 49409, 3);
	READS(shim_wasm_u32, uint32_t, "81 82 83 04", 8438017, 4);
	READS(shim_wasm_u32, uint32_t, "81 82 83 04 ff", 8438017, 4);
	READS(shim_wasm_u32, uint32_t, "81 82 83 84 05", 1350615297, 5);
	READS(shim_wasm_u32, uint32_t, "ff ff ff 7f", (1u << 28) - 1, 4);
	READS(shim_wasm_s32, int32_t, "81 82 83 04", 8438017, 4);
	READS(shim_wasm_s32, int32_t, "ff ff ff 3f", (1 << 27) - 1, 4);
	READS(shim_wasm_s32, int32_t, "80 80 80 40", -(1 << 27), 4);
	READS(shim_wasm_s32, int32_t, "81 82 7d ff", -48895, 3);
	REFUSES(shim_wasm_u32, uint32_t, "81", "ends within its number");
	REFUSES(shim_wasm_u32, uint32_t, "81 82 83 84", "ends within its number");
	REFUSES(shim_wasm_s32, int32_t, "81 82 83 84", "ends within its number");
}

TEST("signed 32 bits")
{
	READS(shim_wasm_s32, int32_t, "3f", 63, 1);
	READS(shim_wasm_s32, int32_t, "40", -64, 1);
	READS(shim_wasm_s32, int32_t, "c0 00", 64, 2);
	READS(shim_wasm_s32, int32_t, "9b f1 59", -624485, 3);
	READS(shim_wasm_s32, int32_t, "ff 7f", -1, 2);
	READS(shim_wasm_s32, int32_t, "ff ff ff ff 7f", -1, 5);
	READS(shim_wasm_s32, int32_t, "ff ff ff ff 07", INT32_MAX, 5);
	READS(shim_wasm_s32, int32_t, "80 80 80 80 78", INT32_MIN, 5);
	REFUSES(shim_wasm_s32, int32_t, "80 80 80 80 08", "number does not fit in 32 bits");
	REFUSES(shim_wasm_s32, int32_t, "ff ff ff ff 0f", "number does not fit in 32 bits");
	REFUSES(shim_wasm_s32, int32_t, "ff ff ff ff 77", "number does not fit in 32 bits");
	REFUSES(shim_wasm_s32, int32_t, "80 80 80 80 38", "number does not fit in 32 bits");
	REFUSES(shim_wasm_s32, int32_t, "ff ff ff ff ff 7f", "number is longer than 5 bytes");
}

TEST("64 bits, unsigned and signed")
{
	READS(shim_wasm_u64, uint64_t, "ff ff ff ff ff ff ff ff ff 01", UINT64_MAX, 10);
	REFUSES(shim_wasm_u64, uint64_t, "ff ff ff ff ff ff ff ff ff 02",
		"number does not fit in 64 bits");
	REFUSES(shim_wasm_u64, uint64_t, "80 80 80 80 80 80 80 80 80 80 00",
		"number is longer than 10 bytes");
	READS(shim_wasm_s64, int64_t, "ff ff ff ff ff ff ff ff ff 00", INT64_MAX, 10);
	READS(shim_wasm_s64, int64_t, "80 80 80 80 80 80 80 80 80 7f", INT64_MIN, 10);
	READS(shim_wasm_s64, int64_t, "7f", -1, 1);
	READS(shim_wasm_s64, int64_t, "80 80 80 80 80 80 80 80 40", INT64_MIN >> 1, 9);
	REFUSES(shim_wasm_s64, int64_t, "80 80 80 80 80 80 80 80 80 01",
		"number does not fit in 64 bits");
	REFUSES(shim_wasm_s64, int64_t, "ff ff ff ff ff ff ff ff ff 7e",
		"number does not fit in 64 bits");
}

/* In the shortest form, and with more bytes than needed. */
TEST("every number comes back from the bytes it was written as")
{
	uint64_t state = 1;

	for (int i = 0; i < 200000; i++) {
		uint32_t value, got;
		int32_t back;
		uint8_t bytes[10];
		struct shim_wasm_reader reader = { .bytes = bytes, .part = "test" };
		size_t length = 0;
		int64_t rest;

		state = state * UINT64_C(6364136223846793005) + 1;
		value = (uint32_t)(state >> 32) >> (state >> 27 & 31);
		for (uint32_t left = value; length == 0 || left; left >>= 7)
			bytes[length++] = (uint8_t)((left & 0x7f) | 0x80);
		bytes[length - 1] &= 0x7f;
		reader.end = length;
		test_success(shim_wasm_u32(&reader, "number", &got));
		test_eq(got, value);
		length = 0;
		rest = (int32_t)value;
		do {
			bytes[length] = rest & 0x7f;
			rest >>= 7;
			if (rest == -(bytes[length] >> 6))
				break;
			bytes[length++] |= 0x80;
		} while (true);
		reader.at = 0;
		reader.end = length + 1;
		test_success(shim_wasm_s32(&reader, "number", &back));
		test_eq(back, (int32_t)value);
	}
}

TEST_MAIN()
