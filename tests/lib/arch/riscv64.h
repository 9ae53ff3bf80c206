/* SPDX-License-Identifier: MIT */
/* riscv64; see arch.h. */
#ifndef TESTS_ARCH_RISCV64_H
#define TESTS_ARCH_RISCV64_H

/*
 * copy_from_user() counts nothing of the block of 64 bytes in which it fails, and a write
 * from such memory never ends, of whatever kind it is (Linux 6.12).
 */
#define ARCH_COPIED 64
#define ARCH_IRQ_FUNCTION_CALL "IPI1:"
#define ARCH_TLB_FUNCTIONS                                                          \
	"flush_tlb_all", "flush_tlb_mm", "flush_tlb_mm_range", "flush_tlb_page",    \
		"flush_tlb_range", "flush_tlb_kernel_range", "flush_pmd_tlb_range", \
		"arch_tlbbatch_flush"
/* The function tracer has the entry, and refuses probes there; the next 8 bytes do nothing. */
#define ARCH_PAST_ENTRY "+8"
/* Calls of the firmware: its extension for fences, without those of instructions. */
#define ARCH_TRACE_TLB_BROADCAST "riscv/sbi_call"
#define ARCH_TRACE_TLB_BROADCAST_FILTER "ext == 0x52464e43 && fid != 0"

#endif /* TESTS_ARCH_RISCV64_H */
