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

#endif /* DEMO_ARCH_H */
