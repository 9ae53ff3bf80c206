/* SPDX-License-Identifier: MIT */
/*
 * What tests of the module have to know about the processor's architecture. Each
 * has a file in arch/, which defines
 *
 * ARCH_COPIED: how many bytes the kernel copies for a write from memory that ends
 *              after so many
 * ARCH_IRQ_FUNCTION_CALL: the line of /proc/interrupts for function calls on other
 *                         processors
 *
 * and, for tlb.h, one of these:
 *
 * - Where a processor interrupts the others, which then flush their own TLBs:
 *   ARCH_TRACE_TLB_FLUSH: the tracepoint of a flush on the processor itself, and
 *   ARCH_TRACE_TLB_FILTER: those of its events that are not the scheduler's
 *   ARCH_IRQ_TLB_SHOOTDOWN: the line of those interrupts
 * - Where an instruction reaches all processors, or firmware does:
 *   ARCH_TLB_FUNCTIONS: the kernel's functions in which a flush is, or which are called for
 *   one; those that a kernel does not have are left out
 *   ARCH_PAST_ENTRY: where in a function a probe is that its entry cannot have, "" if each
 *   can
 *   ARCH_TLB_BROADCAST_FUNCTIONS: those of the functions that reach other processors too;
 *   or ARCH_TRACE_TLB_BROADCAST, the tracepoint of that, and ARCH_TRACE_TLB_BROADCAST_FILTER
 */
#ifndef TESTS_ARCH_H
#define TESTS_ARCH_H

#if defined(__x86_64__)
#include "arch/x86.h"
#elif defined(__aarch64__)
#include "arch/arm64.h"
#elif defined(__riscv) && __riscv_xlen == 64
#include "arch/riscv64.h"
#else
#error "tests/lib/arch has no file for this architecture"
#endif

#endif /* TESTS_ARCH_H */
