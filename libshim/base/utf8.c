// SPDX-License-Identifier: MIT
/*
 * UTF-8, as the names of a module must be.
 */
#include <string.h>

#include "base/utf8.h"

/* The length of a character by its first byte; 0: no character starts with it. */
static uint32_t length_by_first(unsigned char first)
{
	if (first < 0x80)
		return 1;
	if (first >= 0xc2 && first <= 0xdf)
		return 2;
	if (first >= 0xe0 && first <= 0xef)
		return 3;
	if (first >= 0xf0 && first <= 0xf4)
		return 4;
	return 0;
}

/* Whether the second byte may follow the first; the rule for the others is one. */
static int second_fits(unsigned char first, unsigned char second)
{
	unsigned char low = 0x80, high = 0xbf;

	if (first == 0xe0)
		low = 0xa0;
	else if (first == 0xed)
		high = 0x9f;
	else if (first == 0xf0)
		low = 0x90;
	else if (first == 0xf4)
		high = 0x8f;
	return second >= low && second <= high;
}

#define HIGH_BITS UINT64_C(0x8080808080808080)

static uint64_t word_at(const unsigned char *at)
{
	uint64_t word;

	memcpy(&word, at, sizeof(word));
	return word;
}

static int is_ascii_8(const unsigned char *at)
{
	return !(word_at(at) & HIGH_BITS);
}

static int is_ascii_16(const unsigned char *at)
{
	return !((word_at(at) | word_at(at + 8)) & HIGH_BITS);
}

static int is_ascii_32(const unsigned char *at)
{
	return !((word_at(at) | word_at(at + 8) | word_at(at + 16) | word_at(at + 24)) & HIGH_BITS);
}

/* Whether the last bytes have no highest bit: less than 32 of them, and some before. */
static int tail_is_ascii(const unsigned char *bytes, uint32_t length)
{
	const unsigned char *end = bytes + length;

	if (length >= 32)
		return is_ascii_32(end - 32);
	if (length >= 16)
		return is_ascii_16(bytes) && is_ascii_16(end - 16);
	return length >= 8 && is_ascii_8(bytes) && is_ascii_8(end - 8);
}

/* Most names are ASCII. Where a byte is not, the steps are shorter up to it. */
static uint32_t ascii_skip(const unsigned char *bytes, uint32_t at, uint32_t length)
{
	while (length - at >= 32 && is_ascii_32(bytes + at))
		at += 32;
	if (length - at < 32 && tail_is_ascii(bytes, length))
		return length;
	while (length - at >= 8 && is_ascii_8(bytes + at))
		at += 8;
	while (at < length && bytes[at] < 0x80)
		at++;
	return at;
}

uint32_t shim_utf8_valid(const char *text, uint32_t length)
{
	const unsigned char *bytes = (const unsigned char *)text;
	uint32_t at = 0;

	while (at < length) {
		uint32_t size;

		at = ascii_skip(bytes, at, length);
		if (at == length)
			return at;
		size = length_by_first(bytes[at]);
		if (!size || size > length - at)
			return at;
		if (size > 1 && !second_fits(bytes[at], bytes[at + 1]))
			return at;
		for (uint32_t i = 2; i < size; i++)
			if ((bytes[at + i] & 0xc0) != 0x80)
				return at;
		at += size;
	}
	return at;
}
