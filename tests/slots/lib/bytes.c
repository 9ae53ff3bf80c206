// SPDX-License-Identifier: MIT
/* Bytes of noise, and reads and writes that must fault. */
#include "bytes.h"

#include <endian.h>

#include "test.h"

/* Memory as 8 bytes, which an emulator writes in the time of one. */
typedef uint64_t __attribute__((may_alias, aligned(1))) word;

/* 8 bytes of noise, of which none is 0. */
static uint64_t noise_word(uint64_t number, unsigned int seed)
{
	uint64_t x = (number + 1) * UINT64_C(0x9e3779b97f4a7c15);

	x = (x ^ x >> 29 ^ seed) * UINT64_C(0xbf58476d1ce4e5b9);
	return (x ^ x >> 32) | UINT64_C(0x0101010101010101);
}

unsigned char noise(uint64_t at, unsigned int seed)
{
	return (unsigned char)(noise_word(at / sizeof(word), seed) >> at % sizeof(word) * 8);
}

void fill(volatile unsigned char *to, uint64_t length, unsigned int seed)
{
	uint64_t i = 0;

	for (; length - i >= sizeof(word); i += sizeof(word))
		*(volatile word *)(to + i) = htole64(noise_word(i / sizeof(word), seed));
	for (; i < length; i++)
		to[i] = noise(i, seed);
}

void reads_fault(volatile unsigned char *at)
{
	test_signal(SIGSEGV, at, *at);
}

void writes_fault(volatile unsigned char *at)
{
	test_signal(SIGSEGV, at, *at = 1);
}

void touches_fault(volatile unsigned char *at)
{
	reads_fault(at);
	writes_fault(at);
}
