/* SPDX-License-Identifier: MIT */
/*
 * What the benchmark has to know about the processor's architecture. Each has a file
 * in arch/, which defines
 *
 * copy_bytes(), clear_bytes(), bytes_equal(), bytes_zero(): how every contender copies,
 *	clears and compares whole pages. They use the same instructions as the guest's
 *	kernel on the processor that is emulated: where instructions are counted, a repeat
 *	counts as one, and a byte costs every contender the same. memcpy() with wider
 *	registers would count fewer, and the figures could not be compared.
 * run_loop(), LOOP_INSTRUCTIONS: a loop, and the instructions of a round
 * ARCH_IRQ_BY_OTHERS: the lines of /proc/interrupts for interrupts by other processors
 *
 * How TLB flushes are counted is the same in the tests.
 */
#ifndef BENCH_ARCH_H
#define BENCH_ARCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../tests/lib/arch.h"

#if defined(__x86_64__)
#include "arch/x86.h"
#elif defined(__aarch64__)
#include "arch/arm64.h"
#else
#error "bench/arch has no file for this architecture"
#endif

#endif /* BENCH_ARCH_H */
