/* SPDX-License-Identifier: MIT */
/* arm64; see arch.h. The instructions of copy_page() and clear_page(), without MOPS. */
#ifndef BENCH_ARCH_ARM64_H
#define BENCH_ARCH_ARM64_H

#define LOOP_INSTRUCTIONS 2
#define ARCH_IRQ_BY_OTHERS "IPI0:", "IPI1:"

#define COPY_PAIR(at) "ldp %[a], %[b], [%[from], #" #at "]; stnp %[a], %[b], [%[to], #" #at "];"

/* 20 instructions for 128 bytes, as the kernel has in its loop. */
static inline void copy_bytes(void *to, const void *from, size_t length)
{
	uint64_t a, b;

	__asm__ volatile(
		"1:" COPY_PAIR(0) COPY_PAIR(16) COPY_PAIR(32) COPY_PAIR(48) COPY_PAIR(64)
			COPY_PAIR(80) COPY_PAIR(96)
				COPY_PAIR(112) "add %[to], %[to], #128; add %[from], %[from], #128;"
					       "subs %[length], %[length], #128; b.ne 1b"
		: [to] "+r"(to), [from] "+r"(from), [length] "+r"(length), [a] "=&r"(a), [b] "=&r"(b)
		:
		: "memory", "cc");
}

/* 4 instructions for a block, whose size the processor says. */
static inline void clear_bytes(void *to, size_t length)
{
	char *at = to, *end = at + length;
	uint64_t block;

	__asm__ volatile("mrs %[block], dczid_el0; and %[block], %[block], #15;"
			 "lsl %[block], %[four], %[block];"
			 "1: dc zva, %[at]; add %[at], %[at], %[block]; cmp %[at], %[end]; b.ne 1b"
			 : [at] "+r"(at), [block] "=&r"(block)
			 : [end] "r"(end), [four] "r"(4UL)
			 : "memory", "cc");
}

/* What checks use is not counted. */
static inline bool bytes_equal(const void *left, const void *right, size_t length)
{
	const uint64_t *a = left, *b = right;

	for (size_t i = 0; i < length / 8; i++)
		if (a[i] != b[i])
			return false;
	return true;
}

static inline bool bytes_zero(const void *at, size_t length)
{
	const uint64_t *words = at;

	for (size_t i = 0; i < length / 8; i++)
		if (words[i])
			return false;
	return true;
}

static inline void run_loop(uint64_t rounds)
{
	__asm__ volatile("1: subs %0, %0, #1; b.ne 1b" : "+r"(rounds) : : "cc");
}

#endif /* BENCH_ARCH_ARM64_H */
