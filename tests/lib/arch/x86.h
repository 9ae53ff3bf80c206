/* SPDX-License-Identifier: MIT */
/* x86-64; see arch.h. */
#ifndef TESTS_ARCH_X86_H
#define TESTS_ARCH_X86_H

#define ARCH_KPROBE_ARGUMENT "%di"
#define ARCH_TRACE_TLB_FLUSH "tlb/tlb_flush"
#define ARCH_IRQ_TLB_SHOOTDOWN "TLB:"
#define ARCH_IRQ_FUNCTION_CALL "CAL:"

#endif /* TESTS_ARCH_X86_H */
