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

static uint32_t half_at(const unsigned char *at)
{
	uint32_t half;

	memcpy(&half, at, sizeof(half));
	return half;
}

/* Less than a word: each byte is in it at a place that hangs on the length only. */
static uint64_t short_word(const unsigned char *at, uint32_t length)
{
	if (length >= 4)
		return (uint64_t)half_at(at) << 32 | half_at(at + length - 4);
	if (!length)
		return 0;
	return (uint64_t)at[0] << 16 | (uint64_t)at[length / 2] << 8 | at[length - 1];
}

/*
 * Two words a product. Both factors hang on the salt, one on all words before it too, so that
 * nobody who does not know it can choose words that make a factor 0, or another product the same.
 */
static uint64_t mix_two(const uint64_t salt[2], uint64_t hash, uint64_t first, uint64_t second)
{
	return mix(first, salt[1], hash ^ second);
}

uint64_t shim_salt_hash(const uint64_t salt[2], const void *bytes, uint32_t length)
{
	const unsigned char *at = bytes, *end = at + length;
	uint64_t hash = salt[0];

	for (; (size_t)(end - at) > 16; at += 16)
		hash = mix_two(salt, hash, word_at(at), word_at(at + 8));
	/* The last words begin inside of the ones before. */
	if (length >= 16)
		hash = mix_two(salt, hash, word_at(end - 16), word_at(end - 8));
	else if (length >= 8)
		hash = mix_two(salt, hash, word_at(at), word_at(end - 8));
	else
		hash = mix_two(salt, hash, short_word(at, length), 0);
	/* Of other lengths the same words may be read, and not of one: this tells them apart. */
	return mix(hash, length, salt[1]);
}
