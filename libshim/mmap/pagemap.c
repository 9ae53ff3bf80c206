// SPDX-License-Identifier: MIT
/*
 * Finds the pages of a private mapping that were written, in /proc/self/pagemap.
 *
 * A written page that is swapped out or being migrated is not present; it counts as
 * well.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "base/pages.h"
#include "mmap/pagemap.h"
#include "mmap/pagemap_abi.h"

/* The bits of a word of the file. A page that is mapped once is exclusive. */
#define WORD_PRESENT (UINT64_C(1) << 63)
#define WORD_SWAPPED (UINT64_C(1) << 62)
#define WORD_FILE (UINT64_C(1) << 61)
#define WORD_EXCLUSIVE (UINT64_C(1) << 56)

#define READ_WORDS 512

enum shim_pagemap_kind shim_pagemap_best = SHIM_PAGEMAP_SCAN;

static int scan_find(const struct shim_pagemap *pagemap, uint64_t *at, uint64_t end,
		     struct shim_pagemap_run *runs, unsigned int count)
{
	struct pagemap_region regions[SHIM_PAGEMAP_RUNS];
	struct pagemap_scan arg = {
		.size = sizeof(arg),
		.start = *at,
		.end = end,
		.vec = (uintptr_t)regions,
		.vec_len = count < SHIM_PAGEMAP_RUNS ? count : SHIM_PAGEMAP_RUNS,
		.category_inverted = PAGEMAP_FILE | PAGEMAP_PFNZERO,
		.category_mask = PAGEMAP_FILE | PAGEMAP_PFNZERO,
		.category_anyof_mask = PAGEMAP_PRESENT | PAGEMAP_SWAPPED,
		.return_mask = PAGEMAP_SWAPPED,
	};
	int found = ioctl(pagemap->fd, PAGEMAP_SCAN_IOCTL, &arg);

	if (found < 0)
		return -errno;
	for (int i = 0; i < found; i++) {
		runs[i].start = regions[i].start;
		runs[i].end = regions[i].end;
		runs[i].swapped = regions[i].categories & PAGEMAP_SWAPPED;
		runs[i].shared = false;
	}
	*at = arg.walk_end;
	return found;
}

static bool word_is_private(uint64_t word)
{
	return !(word & WORD_FILE) && word & (WORD_PRESENT | WORD_SWAPPED);
}

static bool word_is_shared(uint64_t word)
{
	return word & WORD_PRESENT && !(word & WORD_EXCLUSIVE);
}

static int read_words(const struct shim_pagemap *pagemap, uint64_t at, uint64_t end,
		      uint64_t *words)
{
	size_t pages = (end - at) / pagemap->page_size;
	ssize_t length;

	if (pages > READ_WORDS)
		pages = READ_WORDS;
	length = pread(pagemap->fd, words, pages * sizeof(*words),
		       (off_t)(at / pagemap->page_size * sizeof(*words)));
	if (length < 0)
		return -errno;
	if ((size_t)length < sizeof(*words))
		return -EIO;
	return (int)((size_t)length / sizeof(*words));
}

static bool run_joins(const struct shim_pagemap_run *run, const struct shim_pagemap_run *page)
{
	return run->end == page->start && run->swapped == page->swapped &&
	       run->shared == page->shared;
}

static int read_find(const struct shim_pagemap *pagemap, uint64_t *at, uint64_t end,
		     struct shim_pagemap_run *runs, unsigned int count)
{
	uint64_t words[READ_WORDS];
	unsigned int found = 0;

	while (*at < end) {
		int pages = read_words(pagemap, *at, end, words);

		if (pages < 0)
			return pages;
		for (int i = 0; i < pages; i++, *at += pagemap->page_size) {
			struct shim_pagemap_run page = {
				.start = *at,
				.end = *at + pagemap->page_size,
				.swapped = words[i] & WORD_SWAPPED,
				.shared = word_is_shared(words[i]),
			};

			if (!word_is_private(words[i]))
				continue;
			if (found && run_joins(&runs[found - 1], &page)) {
				runs[found - 1].end = page.end;
				continue;
			}
			if (found == count)
				return (int)found;
			runs[found++] = page;
		}
	}
	return (int)found;
}

int shim_pagemap_find(const struct shim_pagemap *pagemap, uint64_t *at, uint64_t end,
		      struct shim_pagemap_run *runs, unsigned int count)
{
	switch (pagemap->kind) {
	case SHIM_PAGEMAP_SCAN:
		return scan_find(pagemap, at, end, runs, count);
	case SHIM_PAGEMAP_READ:
		return read_find(pagemap, at, end, runs, count);
	default:
		return -EOPNOTSUPP;
	}
}

/* Tries it on a page that is certainly present, one of the stack. */
static bool scan_works(const struct shim_pagemap *pagemap)
{
	struct shim_pagemap_run run;
	uint64_t at = shim_page_round_down((uintptr_t)&run, pagemap->page_size);

	return scan_find(pagemap, &at, at + pagemap->page_size, &run, 1) == 1;
}

static bool read_works(const struct shim_pagemap *pagemap)
{
	struct shim_pagemap_run run = { 0 };
	uint64_t at = shim_page_round_down((uintptr_t)&run, pagemap->page_size);

	return read_find(pagemap, &at, at + pagemap->page_size, &run, 1) == 1;
}

void shim_pagemap_open(struct shim_pagemap *pagemap, uint64_t page_size)
{
	pagemap->kind = SHIM_PAGEMAP_NONE;
	pagemap->page_size = page_size;
	pagemap->fd = -1;
	if (shim_pagemap_best == SHIM_PAGEMAP_NONE)
		return;

	pagemap->fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	if (pagemap->fd < 0)
		return;
	if (shim_pagemap_best >= SHIM_PAGEMAP_SCAN && scan_works(pagemap))
		pagemap->kind = SHIM_PAGEMAP_SCAN;
	else if (read_works(pagemap))
		pagemap->kind = SHIM_PAGEMAP_READ;
}

void shim_pagemap_close(struct shim_pagemap *pagemap)
{
	if (pagemap->fd >= 0)
		close(pagemap->fd);
	pagemap->fd = -1;
}
