// SPDX-License-Identifier: MIT
/* States of pages that are swapped out, to the guest's disk. */
#include "entries.h"

#include <sched.h>
#include <sys/mman.h>
#include <sys/swap.h>

#define DISK "/dev/nvme0n1"
#define DISK_PAGES 2048

static bool possible(void)
{
	return entry_machine_is_ours() && access(DISK, W_OK) == 0;
}

/* What mkswap(8) writes: the version, the last page, and the magic at the page's end. */
static void disk_format(void)
{
	unsigned char *page = calloc(1, PAGE);
	uint32_t head[2] = { 1, DISK_PAGES - 1 };
	int fd = open(DISK, O_WRONLY | O_CLOEXEC);

	test_ok(page);
	test_sys(fd);
	memcpy(page + 1024, head, sizeof(head));
	memcpy(page + PAGE - 10, "SWAPSPACE2", 10);
	test_eq(pwrite(fd, page, PAGE, 0), PAGE);
	close(fd);
	free(page);
}

static void begin(void)
{
	/* A test that failed has left it on. */
	swapoff(DISK);
	disk_format();
	test_sys(swapon(DISK, 0));
}

static void end(void)
{
	test_sys(swapoff(DISK));
}

static bool make(unsigned char *start, size_t length)
{
	return madvise(start, length, MADV_PAGEOUT) == 0;
}

/* The kernel passes over pages that it is not done with. */
static void swap_out(unsigned char *page)
{
	while (!(entry_word(page) & ENTRY_SWAPPED)) {
		test_sys(madvise(page, PAGE, MADV_PAGEOUT));
		sched_yield();
	}
}

static void settle(void)
{
	entry_each_page(swap_out);
}

const struct entry_state entry_swapped = {
	.fill = ENTRY_ANY_FILL,
	.possible = possible,
	.begin = begin,
	.make = make,
	.settle = settle,
	.end = end,
};

static void swap_in(unsigned char *page)
{
	(void)*(volatile unsigned char *)page;
}

/* Read again, a page may still be on the disk as well. */
static void settle_cached(void)
{
	settle();
	entry_each_page(swap_in);
}

const struct entry_state entry_swap_cached = {
	.fill = ENTRY_ANY_FILL,
	.counts = true,
	.possible = possible,
	.begin = begin,
	.make = make,
	.settle = settle_cached,
	.end = end,
};
