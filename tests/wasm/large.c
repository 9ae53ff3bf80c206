// SPDX-License-Identifier: MIT
// Time and memory grow with a binary's length, and not with what it claims.
#include "module_test.h"

#include <sys/resource.h>
#include <time.h>

/* The processor time that a module of LONG bytes may take; 0.1 s is what it does take. */
#define LONG (UINT32_C(8) << 20)
#define SECONDS 10

static uint8_t *at;

static void put(uint8_t byte)
{
	*at++ = byte;
}

static void put_u32(uint32_t value)
{
	for (; value > 127; value >>= 7)
		put((uint8_t)(value | 0x80));
	put((uint8_t)value);
}

/* A length of five bytes, to be filled in when it is known. */
static uint8_t *length_begin(void)
{
	at += 5;
	return at - 5;
}

static void length_end(uint8_t *begin)
{
	uint32_t length = (uint32_t)(at - begin - 5);

	for (int i = 0; i < 5; i++)
		begin[i] = (uint8_t)((length >> 7 * i & 0x7f) | (i < 4 ? 0x80 : 0));
}

static struct binary large_begin(void)
{
	struct binary binary = binary_new(LONG + 65536);

	memcpy(binary.bytes, "\0asm\1\0\0\0", 8);
	at = binary.bytes + 8;
	return binary;
}

/* Processor time: other load on the machine has no part in it. */
static double seconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void takes_no_time(struct binary *binary, int error)
{
	struct shim_module *module = NULL;
	struct binary exact = binary_copy(binary->bytes, (size_t)(at - binary->bytes));
	struct rusage usage;
	double start = seconds_now(), taken;
	int got = shim_module_parse(exact.bytes, exact.length, &module);

	taken = seconds_now() - start;
	test_note("%zu bytes: %.3f s", exact.length, taken);
	if (got != error)
		test_fail("got %d, %s", got, got ? shim_error() : "");
	test_ok(taken < SECONDS);
	shim_module_destroy(module);
	getrusage(RUSAGE_SELF, &usage);
	test_ok(usage.ru_maxrss < 64 * (long)(LONG >> 10));
	binary_free(&exact);
	binary_free(binary);
}

/* Names of equal length that differ in their last bytes only. */
static void exports_put(uint32_t count, uint32_t length)
{
	uint8_t *section;

	put(7);
	section = length_begin();
	put_u32(count);
	for (uint32_t i = 0; i < count; i++) {
		put_u32(length);
		memset(at, 'x', length);
		for (uint32_t j = 0; j < 6; j++)
			at[length - 1 - j] = (uint8_t)('0' + (i >> 4 * j & 15));
		at += length;
		put(2);
		put(0);
	}
	length_end(section);
}

TEST("many exports with names that are alike")
{
	struct binary binary = large_begin();

	memcpy(at, "\5\3\1\0\0", 5);
	at += 5;
	exports_put(LONG / 60, 56);
	takes_no_time(&binary, 0);
}

TEST("many functions, all of them in elements, many segments")
{
	struct binary binary = large_begin();
	uint32_t count = 1000000, segments = 100000;
	uint8_t *section;

	memcpy(at, "\1\4\1\140\0\0", 6);
	at += 6;
	put(3);
	section = length_begin();
	put_u32(count);
	memset(at, 0, count);
	at += count;
	length_end(section);
	put(9);
	section = length_begin();
	put_u32(segments);
	for (uint32_t i = 0; i < segments; i++) {
		memcpy(at, "\1\0\1", 3);
		at += 3;
		put_u32(i);
	}
	length_end(section);
	put(10);
	section = length_begin();
	put_u32(count);
	for (uint32_t i = 0; i < count; i++, at += 3)
		memcpy(at, "\2\0\13", 3);
	length_end(section);
	takes_no_time(&binary, 0);
}

TEST("many memories, each with data as far apart as it can be")
{
	struct binary binary = large_begin();
	uint32_t count = 100;
	uint8_t *section;

	put(5);
	section = length_begin();
	put_u32(count);
	for (uint32_t i = 0; i < count; i++) {
		put(0);
		put_u32(65536);
	}
	length_end(section);
	put(11);
	section = length_begin();
	put_u32(2 * count);
	for (uint32_t i = 0; i < 2 * count; i++) {
		put(2);
		put_u32(i / 2);
		put(0x41);
		put_u32(i % 2 ? 15 << 20 : 0); /* the sign bit is not set */
		put(0x0b);
		put(1);
		put('x');
	}
	length_end(section);
	takes_no_time(&binary, 0);
}

TEST("a constant expression of a million instructions")
{
	struct binary binary = large_begin();
	uint32_t count = 1 << 20;
	uint8_t *section;

	put(6);
	section = length_begin();
	memcpy(at, "\1\177\0\101\0", 5);
	at += 5;
	for (uint32_t i = 0; i < count; i++, at += 3)
		memcpy(at, "\101\1\152", 3);
	put(0x0b);
	length_end(section);
	takes_no_time(&binary, 0);
}

TEST("many types of many params; and the last one is wrong")
{
	struct binary binary = large_begin();
	uint32_t count = LONG / 104;
	uint8_t *section;

	put(1);
	section = length_begin();
	put_u32(count);
	for (uint32_t i = 0; i < count; i++) {
		put(0x60);
		put(100);
		for (uint32_t j = 0; j < 100; j++)
			put((uint8_t)(0x7f - (i >> j % 20 & 1)));
		put(0);
	}
	at[-2] = 0x40;
	length_end(section);
	takes_no_time(&binary, -EINVAL);
}

TEST("many names of code points")
{
	struct binary binary = large_begin();
	uint32_t count = LONG / 70;
	uint8_t *section;

	put(2);
	section = length_begin();
	put_u32(count);
	for (uint32_t i = 0; i < count; i++) {
		put(32);
		for (int j = 0; j < 8; j++, at += 4)
			memcpy(at, "\xf0\x9f\x98\x80", 4);
		put(32);
		for (int j = 0; j < 16; j++, at += 2)
			memcpy(at, "\xc3\xa9", 2);
		memcpy(at, "\3\177\0", 3);
		at += 3;
	}
	length_end(section);
	takes_no_time(&binary, 0);
}

/* Each is a subtype of the one before, as deep as it may be, and refers to the last. */
TEST("a group of many structs that refer to one another")
{
	struct binary binary = large_begin();
	uint32_t count = LONG / 16;
	uint8_t *section;

	put(1);
	section = length_begin();
	put(1);
	put(0x4e);
	put_u32(count);
	for (uint32_t i = 0; i < count; i++) {
		put(0x50);
		put(i % 64 ? 1 : 0);
		if (i % 64)
			put_u32(i - 1);
		put(0x5f);
		put(1);
		put(0x63);
		put_u32(count - 1);
		put(0);
	}
	length_end(section);
	takes_no_time(&binary, 0);
}

TEST("many equal groups of types")
{
	struct binary binary = large_begin();
	uint32_t count = 500000;
	uint8_t *section;

	put(1);
	section = length_begin();
	put_u32(count);
	for (uint32_t i = 0; i < count; i++, at += 7)
		memcpy(at, "\x4e\2\x5f\0\x5e\x7f\1", 7);
	length_end(section);
	takes_no_time(&binary, 0);
}

/* 10^10 steps, if each instruction looked at each field. */
TEST("many structs of many fields, with all their defaults")
{
	struct binary binary = large_begin();
	uint32_t count = 1000000, fields = 10000;
	uint8_t *section;

	put(1);
	section = length_begin();
	put(1);
	put(0x5f);
	put_u32(fields);
	for (uint32_t i = 0; i < fields; i++, at += 2)
		memcpy(at, "\x7f\0", 2);
	length_end(section);
	put(9);
	section = length_begin();
	memcpy(at, "\1\5\x6e", 3);
	at += 3;
	put_u32(count);
	for (uint32_t i = 0; i < count; i++, at += 4)
		memcpy(at, "\xfb\1\0\x0b", 4);
	length_end(section);
	takes_no_time(&binary, 0);
}

TEST_MAIN()
