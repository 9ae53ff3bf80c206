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

TEST_MAIN()
