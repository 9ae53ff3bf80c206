/* SPDX-License-Identifier: MIT */
/*
 * What tests of the module have to know about the processor's architecture. Each
 * has a file in arch/, which defines
 *
 * ARCH_KPROBE_ARGUMENT: the fetch argument of a kprobe that is the first argument
 *                       of the function
 * ARCH_TRACE_TLB_FLUSH: the tracepoint of a TLB flush on the processor itself
 * ARCH_IRQ_TLB_SHOOTDOWN: the line of /proc/interrupts that counts interrupts for
 *                         TLB flushes on other processors
 * ARCH_IRQ_FUNCTION_CALL: the line for function calls on other processors
 */
#ifndef TESTS_ARCH_H
#define TESTS_ARCH_H

#if defined(__x86_64__)
#include "arch/x86.h"
#else
#error "tests/lib/arch has no file for this architecture"
#endif

#endif /* TESTS_ARCH_H */
