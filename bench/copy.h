/* SPDX-License-Identifier: MIT */
/*
 * How every contender copies, clears and compares. The same instructions as the
 * guest's kernel uses on the processor that is emulated: where instructions are
 * counted, a repeat counts as one, and a byte costs everyone the same. What
 * memcpy() does with wider registers would count fewer and mean nothing.
 */
#ifndef BENCH_COPY_H
#define BENCH_COPY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PAGE ((size_t)4096)

/* Lengths are multiples of 8. */
static inline void copy_bytes(void *to, const void *from, size_t length)
{
	size_t words = length / 8;

	__asm__ volatile("rep movsq" : "+D"(to), "+S"(from), "+c"(words) : : "memory");
}

static inline void clear_bytes(void *to, size_t length)
{
	size_t words = length / 8;

	__asm__ volatile("rep stosq" : "+D"(to), "+c"(words) : "a"(0) : "memory");
}

static inline bool bytes_equal(const void *left, const void *right, size_t length)
{
	size_t words = length / 8;
	bool equal;

	/* So that the flags say equal when there is nothing to compare. */
	__asm__ volatile("cmp %%rax, %%rax; repe cmpsq"
			 : "=@ccz"(equal), "+D"(left), "+S"(right), "+c"(words)
			 :
			 : "memory");
	return equal;
}

static inline bool bytes_zero(const void *at, size_t length)
{
	size_t words = length / 8;
	bool zero;

	__asm__ volatile("cmp %%rax, %%rax; repe scasq"
			 : "=@ccz"(zero), "+D"(at), "+c"(words)
			 : "a"(0)
			 : "memory");
	return zero;
}

#endif /* BENCH_COPY_H */
