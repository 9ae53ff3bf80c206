/* SPDX-License-Identifier: MIT */
/*
 * Of linux/userfaultfd.h what is newer than many a header: asynchronous write protection
 * since 6.7, and read-write protection since 7.2.
 */
#ifndef BENCH_UFFD_ABI_H
#define BENCH_UFFD_ABI_H

#include <linux/userfaultfd.h>
#include <stdint.h>
#include <sys/ioctl.h>

#define UFFD_WP_ASYNC (UINT64_C(1) << 15)
#define UFFD_RWP (UINT64_C(1) << 17)
#define UFFD_RWP_ASYNC (UINT64_C(1) << 18)

#define UFFD_REGISTER_MODE_RWP (UINT64_C(1) << 3)

struct uffd_rwprotect {
	struct uffdio_range range;
	uint64_t mode;
};

#define UFFD_RWPROTECT _IOWR(UFFDIO, 0x09, struct uffd_rwprotect)
#define UFFD_RWPROTECT_MODE_RWP UINT64_C(1)

#endif /* BENCH_UFFD_ABI_H */
