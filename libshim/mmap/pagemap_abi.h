/* SPDX-License-Identifier: MIT */
/*
 * PAGEMAP_SCAN as in linux/fs.h since 6.7, for builds with headers older than the
 * kernel that runs.
 */
#ifndef SHIM_PAGEMAP_ABI_H
#define SHIM_PAGEMAP_ABI_H

#include <stdint.h>
#include <sys/ioctl.h>

struct pagemap_region {
	uint64_t start;
	uint64_t end;
	uint64_t categories; /* enum pagemap_category */
};

struct pagemap_scan {
	uint64_t size;
	uint64_t flags;
	uint64_t start;
	uint64_t end;
	uint64_t walk_end;
	uint64_t vec; /* of struct pagemap_region */
	uint64_t vec_len;
	uint64_t max_pages;
	uint64_t category_inverted;
	uint64_t category_mask;
	uint64_t category_anyof_mask;
	uint64_t return_mask;
};

#define PAGEMAP_SCAN_IOCTL _IOWR('f', 16, struct pagemap_scan)

enum pagemap_scan_flags {
	PAGEMAP_SCAN_WP_MATCHING = 1 << 0,
};

enum pagemap_category {
	PAGEMAP_WPALLOWED = 1 << 0,
	PAGEMAP_WRITTEN = 1 << 1,
	PAGEMAP_FILE = 1 << 2,
	PAGEMAP_PRESENT = 1 << 3,
	PAGEMAP_SWAPPED = 1 << 4,
	PAGEMAP_PFNZERO = 1 << 5,
	PAGEMAP_ACCESSED = 1 << 9, /* Linux 7.2 */
};

#endif /* SHIM_PAGEMAP_ABI_H */
