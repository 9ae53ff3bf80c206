// SPDX-License-Identifier: MIT
/* Compares memory, and ends the test at the first byte that is wrong. */
#include "tap.h"

#include <string.h>

/* Memory as 8 bytes, or as 1 with zeroes behind it. */
typedef uint64_t __attribute__((may_alias)) word;

static word word_of(const void *bytes, size_t count)
{
	word value = 0;

	if (count == sizeof(value))
		memcpy(&value, bytes, sizeof(value));
	else
		memcpy(&value, bytes, 1);
	return value;
}

/* Reads what may change once, 8 bytes where it can: an emulator takes as long for one. */
static size_t word_read(const volatile unsigned char *at, size_t left, word *value)
{
	unsigned char byte;

	if ((uintptr_t)at % sizeof(*value) == 0 && left >= sizeof(*value)) {
		*value = *(const volatile word *)at;
		return sizeof(*value);
	}
	byte = *at;
	*value = word_of(&byte, 1);
	return 1;
}

/* Returns how many bytes were equal; ends the test if not all were. */
static size_t word_check(const char *file, int line, const char *what, size_t at, size_t length,
			 word seen, size_t count, word expected)
{
	unsigned char a[sizeof(seen)], b[sizeof(seen)];

	if (seen == expected)
		return count;
	memcpy(a, &seen, sizeof(a));
	memcpy(b, &expected, sizeof(b));
	for (size_t i = 0; i < count; i++)
		if (a[i] != b[i])
			tap_fail(file, line, "%s: byte %zu of %zu: got %#x, expected %#x", what,
				 at + i, length, a[i], b[i]);
	return count;
}

void tap_mem(const char *file, int line, const char *what, const void *got, const void *expected,
	     size_t length)
{
	const volatile unsigned char *a = got;
	const unsigned char *b = expected;
	size_t i = 0;

	while (i < length) {
		word seen;
		size_t count = word_read(a + i, length - i, &seen);

		i += word_check(file, line, what, i, length, seen, count, word_of(b + i, count));
	}
}

void tap_bytes(const char *file, int line, const char *what, const void *got, int value,
	       size_t length)
{
	const volatile unsigned char *a = got;
	unsigned char expected[sizeof(word)];
	size_t i = 0;

	memset(expected, value, sizeof(expected));
	while (i < length) {
		word seen;
		size_t count = word_read(a + i, length - i, &seen);

		i += word_check(file, line, what, i, length, seen, count, word_of(expected, count));
	}
}
