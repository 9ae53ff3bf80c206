// SPDX-License-Identifier: MIT
// A salt stays the same, and gives nothing away of the bytes that the C library guards stacks with.
#include "test.h"

#include <string.h>
#include <sys/auxv.h>

#include "base/salt.h"

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

TEST_MAIN()
