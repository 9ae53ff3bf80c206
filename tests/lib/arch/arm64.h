/* SPDX-License-Identifier: MIT */
/* arm64; see arch.h. */
#ifndef TESTS_ARCH_ARM64_H
#define TESTS_ARCH_ARM64_H

#define ARCH_COPIED 100
#define ARCH_IRQ_FUNCTION_CALL "IPI1:"
/*
 * The instruction is inlined. Unmapping and changes of protection end in the first two;
 * then one page that is copied, made writable, or unmapped by reclaim; huge pages; and
 * addresses of the kernel.
 */
#define ARCH_TLB_FUNCTIONS                                                                \
	"tlb_finish_mmu", "tlb_flush_mmu", "ptep_clear_flush", "__ptep_set_access_flags", \
		"contpte_ptep_set_access_flags", "try_to_unmap_flush", "pmdp_invalidate", \
		"pmdp_huge_clear_flush", "__purge_vmap_area_lazy"
#define ARCH_PAST_ENTRY ""
/* Each of these reaches all processors. */
#define ARCH_TLB_BROADCAST_FUNCTIONS ARCH_TLB_FUNCTIONS

#endif /* TESTS_ARCH_ARM64_H */
