/* SPDX-License-Identifier: MIT */
/*
 * System calls as the kernel has them: the C library's symbols for them are the seam's own.
 * They return -errno.
 */
#ifndef SEAM_REAL_H
#define SEAM_REAL_H

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#if defined(__x86_64__)
static inline long real_call(long number, long a, long b, long c, long d, long e, long f)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return result;
}
#elif defined(__aarch64__)
static inline long real_call(long number, long a, long b, long c, long d, long e, long f)
{
	register long x8 __asm__("x8") = number;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;
	register long x4 __asm__("x4") = e;
	register long x5 __asm__("x5") = f;

	__asm__ volatile("svc 0"
			 : "+r"(x0)
			 : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
			 : "memory");
	return x0;
}
#elif defined(__riscv) && __riscv_xlen == 64
static inline long real_call(long number, long a, long b, long c, long d, long e, long f)
{
	register long a7 __asm__("a7") = number;
	register long a0 __asm__("a0") = a;
	register long a1 __asm__("a1") = b;
	register long a2 __asm__("a2") = c;
	register long a3 __asm__("a3") = d;
	register long a4 __asm__("a4") = e;
	register long a5 __asm__("a5") = f;

	__asm__ volatile("ecall"
			 : "+r"(a0)
			 : "r"(a7), "r"(a1), "r"(a2), "r"(a3), "r"(a4), "r"(a5)
			 : "memory");
	return a0;
}
#else
#error "libguardslot-wasmtime makes system calls of its own: x86-64, arm64 or riscv64"
#endif

/* What the C library's function returns for it: -1, and errno. */
static inline long real_result(long result)
{
	if (result >= 0 || result < -4095)
		return result;
	errno = (int)-result;
	return -1;
}

/* The address, which real_is_error() tells from an error. */
static inline void *real_mmap(void *start, size_t length, int prot, int flags, int fd,
			      uint64_t offset)
{
	return (void *)real_call(SYS_mmap, (long)start, (long)length, prot, flags, fd,
				 (long)offset);
}

static inline int real_is_error(const void *start)
{
	return (uintptr_t)start > -4096ul;
}

static inline int real_munmap(void *start, size_t length)
{
	return (int)real_call(SYS_munmap, (long)start, (long)length, 0, 0, 0, 0);
}

static inline int real_mprotect(void *start, size_t length, int prot)
{
	return (int)real_call(SYS_mprotect, (long)start, (long)length, prot, 0, 0, 0);
}

static inline int real_madvise(void *start, size_t length, int advice)
{
	return (int)real_call(SYS_madvise, (long)start, (long)length, advice, 0, 0, 0);
}

#endif /* SEAM_REAL_H */
