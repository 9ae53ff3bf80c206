// SPDX-License-Identifier: MIT
/*
 * PAGEMAP_SCAN finds the pages that the process has for itself, and their content is
 * restored in place: as the reference allocator does it, with its 32 regions and
 * categories and a keep_resident of all the memory, and once more without the limit
 * of 32.
 *
 * The reference asks for PAGE_IS_WRITTEN too. In Linux 7.3 no page has that category
 * unless userfaultfd is used on it, so that nothing would be found; the pages that are
 * present and the process's own are the same ones.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "mmap/pagemap_abi.h"
#include "mapping.h"
#include "pagemap_scan.h"
#include "workload.h"

#define REGIONS 32

struct scanner {
	struct mapping mapping;
	int fd;
};

/* Returns how many regions there are and sets *walk_end. */
static int scan(int fd, uint64_t from, uint64_t to, struct pagemap_region *regions,
		uint64_t *walk_end)
{
	struct pagemap_scan arg = {
		.size = sizeof(arg),
		.start = from,
		.end = to,
		.vec = (uintptr_t)regions,
		.vec_len = REGIONS,
		.max_pages = (to - from) / page_size,
		.category_inverted = PAGEMAP_PFNZERO | PAGEMAP_FILE,
		.category_mask = PAGEMAP_PRESENT | PAGEMAP_PFNZERO | PAGEMAP_FILE,
	};
	int found = ioctl(fd, PAGEMAP_SCAN_IOCTL, &arg);

	*walk_end = arg.walk_end;
	return found;
}

int pagemap_scan_open(void)
{
	struct pagemap_region regions[REGIONS];
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	uint64_t at = (uintptr_t)regions & ~(page_size - 1), end;

	if (fd >= 0 && scan(fd, at, at + page_size, regions, &end) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

void pagemap_scan_restore(int fd, const struct workload *work, uint8_t *base, uint64_t length,
			  bool resume)
{
	uint64_t start = (uintptr_t)base, at = start, end = start + length;
	struct pagemap_region regions[REGIONS];

	do {
		int found = scan(fd, at, end, regions, &at);

		if (found < 0)
			die("PAGEMAP_SCAN: %m");
		for (int i = 0; i < found; i++)
			workload_restore_range(work, base, regions[i].start - start,
					       regions[i].end - start);
	} while (resume && at < end);
	if (at < end)
		pages_drop(base + (at - start), end - at);
}

static const char *scanner_init(struct workload *work)
{
	struct scanner *scanner = allocate(1, sizeof(*scanner));

	scanner->fd = pagemap_scan_open();
	if (scanner->fd < 0) {
		free(scanner);
		return "this kernel has no PAGEMAP_SCAN";
	}
	mapping_create(&scanner->mapping, work);
	work->own = scanner;
	return NULL;
}

static void scanner_uninit(struct workload *work)
{
	struct scanner *scanner = work->own;

	mapping_destroy(&scanner->mapping);
	close(scanner->fd);
	free(scanner);
}

static void reset_all(struct workload *work, bool resume)
{
	struct scanner *scanner = work->own;

	for (uint32_t slot = 0; slot < work->slots; slot++)
		pagemap_scan_restore(scanner->fd, work, work->base[slot], work->memory, resume);
}

static void pagemap_scan_reset(struct workload *work)
{
	reset_all(work, false);
}

static void pagemap_scan_resumed_reset(struct workload *work)
{
	reset_all(work, true);
}

/* Past the 32nd region pages are dropped. */
const struct contender contender_pagemap_scan = {
	.name = "pagemap_scan",
	.slots = 1,
	.drops_pages = true,
	.init = scanner_init,
	.reset = pagemap_scan_reset,
	.uninit = scanner_uninit,
};

const struct contender contender_pagemap_scan_resumed = {
	.name = "pagemap_scan_resumed",
	.slots = 1,
	.init = scanner_init,
	.reset = pagemap_scan_resumed_reset,
	.uninit = scanner_uninit,
};
