/* SPDX-License-Identifier: MIT */
/* x86-64; see arch.h. */
#ifndef TESTS_ARCH_X86_H
#define TESTS_ARCH_X86_H

#define ARCH_COPIED 100
#define ARCH_IRQ_FUNCTION_CALL "CAL:"
#define ARCH_TRACE_TLB_FLUSH "tlb/tlb_flush"
/* 0: TLB_FLUSH_ON_TASK_SWITCH */
#define ARCH_TRACE_TLB_FILTER "reason != 0"
#define ARCH_IRQ_TLB_SHOOTDOWN "TLB:"

#endif /* TESTS_ARCH_X86_H */
