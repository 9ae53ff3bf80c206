// SPDX-License-Identifier: MIT
/* States of huge pages: private ones, the huge zero page, split ones, and a file's. */
#include "entries.h"

#include <sys/mman.h>

#include "file.h"

#define THP "/sys/kernel/mm/transparent_hugepage/"
#define SPLIT "/sys/kernel/debug/split_huge_pages"

static bool huge_pages(void)
{
	char text[64];

	/* With pages of 64 KiB one has 512 MiB, and a test has dozens of them. */
	return PAGE <= 16384 && try_read_file(THP "enabled", text, sizeof(text)) == 0 &&
	       !strstr(text, "[never]");
}

/* Asks for huge pages, as the library asks for none. */
static bool huge_empty(unsigned char *start, size_t length)
{
	return madvise(start, length, MADV_HUGEPAGE) == 0 &&
	       madvise(start, length, MADV_DONTNEED) == 0;
}

/* The memory is given back and written again, as huge pages come at the first touch. */
static bool huge_written(unsigned char *start, size_t length)
{
	unsigned char *copy = malloc(length);

	test_ok(copy);
	memcpy(copy, start, length);
	if (!huge_empty(start, length)) {
		free(copy);
		return false;
	}
	memcpy(start, copy, length);
	free(copy);
	return true;
}

static void huge_pages_are_there(void)
{
	test_ok(get_number("/proc/self/smaps_rollup", "AnonHugePages") > 0);
}

const struct entry_state entry_huge = {
	.where = ENTRY_ANONYMOUS,
	.fill = ENTRY_ANY_FILL,
	.huge = true,
	.counts = true,
	.possible = huge_pages,
	.make = huge_written,
	.settle = huge_pages_are_there,
};

static bool huge_zero(unsigned char *start, size_t length)
{
	if (!huge_empty(start, length))
		return false;
	test_bytes(start, 0, length);
	return true;
}

/* Whether the kernel counts it as the zero page or not depends on the kernel. */
const struct entry_state entry_huge_zero = {
	.where = ENTRY_ANONYMOUS,
	.shows = ENTRY_SHOWS_ZERO,
	.fill = ENTRY_ANY_FILL,
	.huge = true,
	.possible = huge_pages,
	.make = huge_zero,
};

static bool splits(void)
{
	return huge_pages() && entry_machine_is_ours() && access(SPLIT, W_OK) == 0;
}

/* Of pages that are zero, the kernel makes the zero page (from Linux 6.12 on). */
static bool huge_split(unsigned char *start, size_t length)
{
	char text[100];

	if (!huge_written(start, length))
		return false;
	huge_pages_are_there();
	snprintf(text, sizeof(text), "%d,%p,%p", getpid(), (void *)start, (void *)(start + length));
	write_file(SPLIT, text);
	return true;
}

const struct entry_state entry_huge_split = {
	.where = ENTRY_ANONYMOUS,
	.shows = ENTRY_SHOWS_ZERO,
	.fill = 0,
	.huge = true,
	.possible = splits,
	.make = huge_split,
};

static bool file_possible(void)
{
	return huge_pages() && entry_machine_is_ours() && access(THP "shmem_enabled", W_OK) == 0;
}

static void file_begin(void)
{
	write_file(THP "shmem_enabled", "force");
}

/* The file is an image's; what is written to its map becomes small pages. */
static bool file_written(unsigned char *start, size_t length)
{
	(void)start;
	(void)length;
	return true;
}

static void file_end(void)
{
	write_file(THP "shmem_enabled", "never");
}

const struct entry_state entry_huge_file = {
	.where = ENTRY_FILE,
	.fill = ENTRY_ANY_FILL,
	.huge = true,
	.counts = true,
	.possible = file_possible,
	.begin = file_begin,
	.make = file_written,
	.end = file_end,
};
