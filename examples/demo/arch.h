/* SPDX-License-Identifier: MIT */
/* What the demo has to know of the processor's architecture. */
#ifndef DEMO_ARCH_H
#define DEMO_ARCH_H

#include <stdint.h>
#include <ucontext.h>

/* The stack pointer of the code that a signal interrupted. */
static inline uintptr_t arch_stack_pointer(const ucontext_t *context)
{
#if defined(__x86_64__)
	return (uintptr_t)context->uc_mcontext.gregs[REG_RSP];
#elif defined(__aarch64__)
	return context->uc_mcontext.sp;
#elif defined(__riscv)
	return context->uc_mcontext.__gregs[REG_SP];
#else
#error "the demo does not know where this architecture's signal context has the stack pointer"
#endif
}

/* A loop, and the instructions of a round. */
static inline void arch_loop(uint64_t rounds)
{
#if defined(__x86_64__)
	__asm__ volatile("1: dec %0\n\tjnz 1b" : "+r"(rounds));
#elif defined(__aarch64__)
	__asm__ volatile("1: subs %0, %0, #1\n\tb.ne 1b" : "+r"(rounds) : : "cc");
#else
	__asm__ volatile("1: addi %0, %0, -1\n\tbnez %0, 1b" : "+r"(rounds));
#endif
}

#define ARCH_LOOP_INSTRUCTIONS 2

#endif /* DEMO_ARCH_H */
