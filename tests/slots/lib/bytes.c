// SPDX-License-Identifier: MIT
/* Bytes of noise, and reads and writes that must fault. */
#include "bytes.h"

#include "test.h"

unsigned char noise(uint64_t at, unsigned int seed)
{
	uint64_t x = (at + 1) * UINT64_C(0x9e3779b97f4a7c15) ^ seed * UINT64_C(0xbf58476d1ce4e5b9);

	return (unsigned char)(x >> 29 ^ x >> 50) | 1;
}

void fill(volatile unsigned char *to, uint64_t length, unsigned int seed)
{
	for (uint64_t i = 0; i < length; i++)
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
