/* SPDX-License-Identifier: MIT */
/* x86-64; see arch.h. */
#ifndef BENCH_ARCH_X86_H
#define BENCH_ARCH_X86_H

#define LOOP_INSTRUCTIONS 2
#define ARCH_IRQ_BY_OTHERS "RES:", "CAL:", "TLB:"

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

static inline void run_loop(uint64_t rounds)
{
	__asm__ volatile("1: dec %0\n\tjnz 1b" : "+r"(rounds));
}

#endif /* BENCH_ARCH_X86_H */
