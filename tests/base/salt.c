// SPDX-License-Identifier: MIT
// A salt stays the same, and gives nothing away of the bytes that the C library guards stacks with.
#include "test.h"

#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/personality.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/salt.h"

#define PIPE_OF_SALT "PIPE_OF_SALT"

/* In another program run: writes the salt, and is done. */
__attribute__((constructor)) static void other_run(void)
{
	const char *descriptor = getenv(PIPE_OF_SALT);
	uint64_t salt[2];

	if (!descriptor)
		return;
	shim_salt_get(salt);
	_exit(write(atoi(descriptor), salt, sizeof(salt)) != sizeof(salt));
}

/* All addresses are the same in each run, as in a program that is linked to fixed ones. */
static void salt_of_other_run(uint64_t salt[2])
{
	int ends[2], status;
	char text[12];
	pid_t child;

	test_ok(!pipe(ends));
	snprintf(text, sizeof(text), "%d", ends[1]);
	test_ok(!setenv(PIPE_OF_SALT, text, 1));
	child = fork();
	if (!child) {
		personality(ADDR_NO_RANDOMIZE);
		execl("/proc/self/exe", "salt", (char *)NULL);
		_exit(2);
	}
	test_ok(waitpid(child, &status, 0) == child);
	test_eq(status, 0);
	test_eq(read(ends[0], salt, 16), 16);
	close(ends[0]);
	close(ends[1]);
}

TEST("each run of a program has another salt, even where addresses are the same")
{
	uint64_t salts[3][2];

	for (int i = 0; i < 3; i++)
		salt_of_other_run(salts[i]);
	for (int word = 0; word < 2; word++)
		test_ok(salts[0][word] != salts[1][word] && salts[1][word] != salts[2][word]);
}

TEST("a salt is the same each time, and its factor odd")
{
	uint64_t salt[2], again[2];

	shim_salt_get(salt);
	shim_salt_get(again);
	test_mem(again, salt, sizeof(salt));
	test_eq(salt[1] & 1, 1);
}

TEST("no half of a word of a salt is in the random bytes of the process")
{
	const unsigned char *random = (const unsigned char *)getauxval(AT_RANDOM);
	uint64_t salt[2];

	shim_salt_get(salt);
	test_ok(random);
	for (size_t half = 0; half < sizeof(salt); half += 4)
		for (size_t at = 0; at + 4 <= 16; at++)
			test_ok(memcmp((const unsigned char *)salt + half, random + at, 4));
}

TEST("words that differ in their highest bit have other hashes")
{
	uint64_t salt[2], words[2] = { 1, 2 }, other[2] = { 1, 2 };

	shim_salt_get(salt);
	for (int i = 0; i < 2; i++)
		other[i] ^= UINT64_C(1) << 63;
	test_ok(shim_salt_hash(salt, words, 16) != shim_salt_hash(salt, other, 16));
	test_ok(shim_salt_hash(salt, "", 0) != shim_salt_hash(salt, "\0", 1));
}

#define LONGEST 70

/* Of the length exactly, so that the address sanitizer sees a byte too many that is read. */
static uint64_t hash_of(const uint64_t salt[2], const unsigned char *bytes, uint32_t length)
{
	unsigned char *copy = malloc(length ? length : 1);
	uint64_t hash;

	test_ok(copy);
	memcpy(copy, bytes, length);
	hash = shim_salt_hash(salt, copy, length);
	free(copy);
	return hash;
}

TEST("each bit of each byte counts, and both words of the salt")
{
	uint64_t salt[2], others[2][2];
	unsigned char bytes[LONGEST];

	shim_salt_get(salt);
	for (int i = 0; i < 2; i++) {
		memcpy(others[i], salt, sizeof(salt));
		others[i][i] ^= 2;
	}
	for (uint32_t i = 0; i < LONGEST; i++)
		bytes[i] = (unsigned char)(17 * i);
	for (uint32_t length = 0; length <= LONGEST; length++) {
		uint64_t hash = hash_of(salt, bytes, length);

		test_ok(hash == hash_of(salt, bytes, length));
		for (int i = 0; i < 2; i++)
			test_ok(hash != hash_of(others[i], bytes, length));
		for (uint32_t bit = 0; bit < 8 * length; bit++) {
			bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
			test_ok(hash != hash_of(salt, bytes, length));
			bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
		}
	}
}

TEST("equal bytes have another hash for each length")
{
	static const unsigned char values[] = { 0x00, 'a', 0xff };
	unsigned char bytes[LONGEST];
	uint64_t salt[2];

	shim_salt_get(salt);
	for (size_t i = 0; i < sizeof(values); i++) {
		memset(bytes, values[i], sizeof(bytes));
		for (uint32_t one = 0; one <= LONGEST; one++)
			for (uint32_t other = 0; other < one; other++)
				test_ok(hash_of(salt, bytes, one) != hash_of(salt, bytes, other));
	}
}

/* Both words of the shorter one are the same; those of the other differ as the lengths do. */
TEST("bytes that make up for the difference of two lengths")
{
	static const unsigned char bytes[] = "a````````";
	uint64_t salt[2];

	shim_salt_get(salt);
	test_ok(hash_of(salt, bytes, 8) != hash_of(salt, bytes, 9));
}

TEST("words that change places have another hash")
{
	unsigned char bytes[64], swapped[64];
	uint64_t salt[2];

	shim_salt_get(salt);
	for (uint32_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)(17 * i);
	for (uint32_t length = 16; length <= sizeof(bytes); length += 8)
		for (uint32_t one = 0; one < length; one += 8)
			for (uint32_t other = 0; other < one; other += 8) {
				memcpy(swapped, bytes, sizeof(bytes));
				memcpy(swapped + one, bytes + other, 8);
				memcpy(swapped + other, bytes + one, 8);
				test_ok(hash_of(salt, bytes, length) !=
					hash_of(salt, swapped, length));
			}
}

#define NAMES 4096u

/* As many places as names: at random a place has 10 in one of a million runs. */
static void spread(const uint64_t salt[2], uint32_t length, uint32_t at, int shift)
{
	static unsigned char taken[2][NAMES];
	unsigned char bytes[LONGEST] = { 0 };

	memset(taken, 0, sizeof(taken));
	for (uint32_t i = 0; i < NAMES; i++) {
		uint64_t number = (uint64_t)i << shift, hash;

		memcpy(bytes + at, &number, sizeof(number));
		hash = shim_salt_hash(salt, bytes, length);
		test_ok(++taken[0][hash % NAMES] < 20);
		test_ok(++taken[1][hash >> 52] < 20);
	}
}

TEST("names that differ in a few neighbouring bits only are spread over a table")
{
	uint64_t salt[2];

	shim_salt_get(salt);
	for (uint32_t length = 8; length <= 48; length += 5)
		for (uint32_t at = 0; at + 8 <= length; at += 3)
			for (int shift = 0; shift <= 52; shift += 26)
				spread(salt, length, at, shift);
}

TEST_MAIN()
