// SPDX-License-Identifier: MIT
// A sequence of bytes is valid UTF-8 exactly where the Unicode standard says so.
#include <stdlib.h>
#include <string.h>

#include "module_test.h"

#include "base/utf8.h"

/* The same decision in another way: this decodes, and looks at the code point. */
static uint32_t valid_slow(const uint8_t *bytes, uint32_t length)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	uint32_t at = 0;

	while (at < length) {
		uint32_t size, point = bytes[at];

		if (point < 0x80)
			size = 1;
		else if ((point & 0xe0) == 0xc0)
			size = 2, point &= 0x1f;
		else if ((point & 0xf0) == 0xe0)
			size = 3, point &= 0x0f;
		else if ((point & 0xf8) == 0xf0)
			size = 4, point &= 0x07;
		else
			return at;
		if (at + size > length)
			return at;
		for (uint32_t i = 1; i < size; i++) {
			if ((bytes[at + i] & 0xc0) != 0x80)
				return at;
			point = point << 6 | (bytes[at + i] & 0x3f);
		}
		if (point < least[size] || point > 0x10ffff || (point >= 0xd800 && point < 0xe000))
			return at;
		at += size;
	}
	return at;
}

static void decided(const uint8_t *bytes, uint32_t length)
{
	uint32_t got = shim_utf8_valid((const char *)bytes, length);

	if (got != valid_slow(bytes, length))
		test_fail("%02x %02x %02x %02x, %u: got %u", bytes[0], bytes[1], bytes[2], bytes[3],
			  length, got);
}

TEST("all sequences of up to three bytes")
{
	uint8_t bytes[4] = { 0 };

	for (uint32_t i = 0; i < 1u << 24; i++) {
		bytes[0] = (uint8_t)(i >> 16);
		bytes[1] = (uint8_t)(i >> 8);
		bytes[2] = (uint8_t)i;
		decided(bytes, 3);
		if (bytes[2] == 0)
			decided(bytes, 2);
		if (bytes[1] == 0 && bytes[2] == 0)
			decided(bytes, 1);
	}
	decided(bytes, 0);
}

TEST("sequences of four bytes, each with bytes at the ends of what it may be")
{
	static const uint8_t ends[] = { 0x00, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xff };
	uint8_t bytes[4];

	for (int first = 0; first < 256; first++)
		for (int second = 0; second < 256; second++)
			for (size_t i = 0; i < ARRAY_SIZE(ends); i++)
				for (size_t j = 0; j < ARRAY_SIZE(ends); j++) {
					bytes[0] = (uint8_t)first;
					bytes[1] = (uint8_t)second;
					bytes[2] = ends[i];
					bytes[3] = ends[j];
					decided(bytes, 4);
				}
}

/* As long as one of several steps of 32 bytes and what is left of each length. */
#define LONGEST 100

/* Of the length exactly, so that the address sanitizer sees a byte too many that is read. */
static void decided_at_end(const uint8_t *bytes, uint32_t length)
{
	uint8_t *copy = malloc(length ? length : 1);

	test_ok(copy);
	memcpy(copy, bytes, length);
	decided(copy, length);
	free(copy);
}

TEST("a byte that is not ASCII, at each place of names of each length")
{
	static const char *const others[] = { "\x80", "\xff", "\xc3\xa9", "\xe2\x82\xac",
					      "\xf0\x9f\x98\x80" };
	uint8_t bytes[LONGEST + 4];

	for (uint32_t length = 0; length <= LONGEST; length++) {
		memset(bytes, 'a', sizeof(bytes));
		decided_at_end(bytes, length);
		for (uint32_t at = 0; at < length; at++)
			for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
				memset(bytes, 'a', sizeof(bytes));
				memcpy(bytes + at, others[i], strlen(others[i]));
				decided_at_end(bytes, length);
			}
	}
}

TEST("two of them, at all distances")
{
	uint8_t bytes[LONGEST];

	for (uint32_t first = 0; first + 2 < LONGEST; first++)
		for (uint32_t second = first + 2; second < LONGEST; second++) {
			memset(bytes, 'a', sizeof(bytes));
			memcpy(bytes + first, "\xc3\xa9", 2);
			bytes[second] = 0xff;
			decided_at_end(bytes, LONGEST);
		}
}

TEST("the byte that is wrong is named, after characters of each length")
{
	static const char text[] = "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\xff";

	test_eq(shim_utf8_valid(text, 10), 10);
	test_eq(shim_utf8_valid(text, 11), 10);
	test_eq(shim_utf8_valid(text, 9), 6);
	test_eq(shim_utf8_valid(text, 5), 3);
	test_eq(shim_utf8_valid(text, 2), 1);
	test_eq(shim_utf8_valid("a\0b", 3), 3);
}

TEST_MAIN()
