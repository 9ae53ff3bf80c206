// SPDX-License-Identifier: MIT
/*
 * Hashes with a salt.
 */
#include <string.h>
#include <sys/auxv.h>

#include "base/salt.h"

/*
 * Both halves of the product, so that each bit of the word has an effect that hangs on the
 * salt: of one half alone the highest bit changes the highest, whatever the salt.
 */
static uint64_t mix(uint64_t hash, uint64_t word, uint64_t factor)
{
	__extension__ unsigned __int128 whole = hash ^ word;

	whole *= factor;
	return (uint64_t)whole ^ (uint64_t)(whole >> 64);
}

/*
 * Of the 16 random bytes that the kernel gives each program that it starts. The C library
 * guards stacks and pointers with the same ones, so no copy of them may stay in a module.
 */
void shim_salt_get(uint64_t salt[2])
{
	const void *bytes = (const void *)getauxval(AT_RANDOM);
	uint64_t random[2] = { 0, 0 };

	if (bytes)
		memcpy(random, bytes, sizeof(random));
	salt[0] = mix(random[0], UINT64_C(0x9e3779b97f4a7c15), random[1] | 1);
	salt[1] = mix(random[1], UINT64_C(0xd1b54a32d192ed03), salt[0] | 1) | 1;
}

static uint64_t word_at(const unsigned char *at)
{
	uint64_t word;

	memcpy(&word, at, sizeof(word));
	return word;
}

uint64_t shim_salt_hash(const uint64_t salt[2], const void *bytes, uint32_t length)
{
	const unsigned char *at = bytes, *end = at + length;
	uint64_t hash = salt[0] ^ length, word = 0;

	if (length >= sizeof(word)) {
		for (; (size_t)(end - at) > sizeof(word); at += sizeof(word))
			hash = mix(hash, word_at(at), salt[1]);
		/* The last word begins inside of the one before. */
		hash = mix(hash, word_at(end - sizeof(word)), salt[1]);
		return mix(hash, 0, salt[1]);
	}
	while (at < end)
		word = word << 8 | *at++;
	return mix(mix(hash, word, salt[1]), 0, salt[1]);
}
