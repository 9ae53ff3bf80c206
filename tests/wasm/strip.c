// SPDX-License-Identifier: MIT
// Stripping takes the leading data segments out of a binary, to the byte, and into an image.
#include "module_test.h"

#define MEMORY "5: 01 00 01 | "

static struct shim_stripped *strip(const char *text)
{
	struct binary binary = binary_write(text);
	struct shim_stripped *stripped = NULL;

	test_success(shim_module_strip(binary.bytes, binary.length, &stripped));
	binary_free(&binary);
	return stripped;
}

/* What is left is this binary, and valid. */
static void left_eq(const struct shim_stripped *stripped, const char *text)
{
	struct binary binary = binary_write(text);

	test_eq(stripped->length, binary.length);
	test_mem(stripped->bytes, binary.bytes, binary.length);
	shim_module_destroy(module_parse(&binary));
	binary_free(&binary);
}

TEST("without a data count the segments are gone, and a section without any")
{
	struct shim_stripped *stripped =
		strip(MEMORY "11: 02 00 41 08 0b 02 61 62 00 41 09 0b 01 63 | 0: 01 78");
	const unsigned char *image = stripped->image.bytes;

	test_eq(stripped->segments, 2);
	test_eq(stripped->minimum, 65536);
	test_eq(stripped->image.offset, 0);
	test_eq(stripped->image.length, PAGE);
	test_mem(image + 8, "ac", 3);
	test_bytes(image, 0, 8);
	left_eq(stripped, MEMORY "0: 01 78");
	shim_stripped_destroy(stripped);
}

TEST("a passive segment, and all from the first one that is not known, stay")
{
	struct shim_stripped *stripped = strip(MEMORY "11: 04 01 01 70 00 41 08 0b 02 61 62 "
						      "00 41 ff ff 03 0b 02 61 62 "
						      "00 41 00 0b 01 63");

	test_eq(stripped->segments, 1);
	left_eq(stripped, MEMORY "11: 03 01 01 70 00 41 ff ff 03 0b 02 61 62 00 41 00 0b 01 63");
	shim_stripped_destroy(stripped);
}

TEST("with a data count the segments are empty, and keep their form")
{
	struct shim_stripped *stripped = strip(
		MEMORY
		"12: 03 | 11: 03 00 41 08 0b 02 61 62 01 01 70 02 00 41 88 00 0b 82 00 63 64");

	test_eq(stripped->segments, 2);
	test_mem((const char *)stripped->image.bytes + 8, "cd", 2);
	left_eq(stripped, MEMORY "12: 03 | 11: 03 00 41 08 0b 00 01 01 70 02 00 41 88 00 0b 00");
	shim_stripped_destroy(stripped);
}

TEST("a binary without anything to take out is a copy")
{
	static const char *const texts[] = {
		"",
		MEMORY "11: 00",
		MEMORY "11: 01 01 01 70",
		/* an imported memory */
		"2: 01 01 61 01 62 02 00 01 | 11: 01 00 41 08 0b 02 61 62",
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct shim_stripped *stripped = strip(texts[i]);

		test_eq(stripped->segments, 0);
		test_eq(stripped->image.length, 0);
		left_eq(stripped, texts[i]);
		shim_stripped_destroy(stripped);
	}
}

TEST("what is not valid, and pointers that are NULL, are errors")
{
	struct binary binary = binary_write(MEMORY "11: 01 00 41 08 0b 03 61 62");
	struct shim_stripped *stripped;

	test_err(-EINVAL, shim_module_strip(binary.bytes, binary.length, &stripped));
	test_str(shim_error(), "data section, byte 0x15: segment of 3 bytes, 2 are left");
	test_err(-EFAULT, shim_module_strip(NULL, 8, &stripped));
	test_err(-EFAULT, shim_module_strip("\0asm\1\0\0\0", 8, NULL));
	shim_stripped_destroy(NULL);
	binary_free(&binary);
}

TEST_MAIN()
