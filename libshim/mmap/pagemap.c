// SPDX-License-Identifier: MIT
/*
 * Finds the pages of a private mapping that may have been written, in /proc/self/pagemap.
 *
 * What kind of page is there does not say whether it was written: only that a page is the
 * file's, or the zero page in anonymous memory, says that it was not. All that is not
 * present counts, as it may be a written page that is swapped out or being migrated.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "base/checkers.h"
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

/* What a region of the kernel's is a run of; false: of nothing that was written. */
static bool region_is_run(const struct shim_pagemap_search *search,
			  const struct pagemap_region *region, struct shim_pagemap_run *run)
{
	run->start = region->start;
	run->end = region->end;
	run->absent = region->categories & (PAGEMAP_SWAPPED | PAGEMAP_PFNZERO);
	run->shared = region->categories & PAGEMAP_PFNZERO;
	if (!run->shared)
		return true;
	if (run->start < search->file_start)
		run->start = search->file_start;
	if (run->end > search->file_end)
		run->end = search->file_end;
	return run->start < run->end;
}

/*
 * Whether the kernel is to leave out the zero page, and to what end. One call for all
 * addresses costs least; but where it found so much that another one is needed, zero pages
 * before the file may be most of it, and those are left out by a call of their own.
 */
static bool scan_without_zero(const struct shim_pagemap_search *search, uint64_t *end)
{
	*end = search->end;
	if (search->at >= search->file_end)
		return true;
	if (!search->resumed || search->at >= search->file_start)
		return false;
	if (*end > search->file_start)
		*end = search->file_start;
	return true;
}

static int scan_find(const struct shim_pagemap *pagemap, struct shim_pagemap_search *search,
		     struct shim_pagemap_run *runs, unsigned int count)
{
	uint64_t end;
	uint64_t unwritten = PAGEMAP_FILE | (scan_without_zero(search, &end) ? PAGEMAP_PFNZERO : 0);
	struct pagemap_region regions[SHIM_PAGEMAP_RUNS];
	struct pagemap_scan arg = {
		.size = sizeof(arg),
		.start = search->at,
		.end = end,
		.vec = (uintptr_t)regions,
		.vec_len = count < SHIM_PAGEMAP_RUNS ? count : SHIM_PAGEMAP_RUNS,
		.category_inverted = unwritten,
		.category_mask = unwritten,
		.category_anyof_mask = PAGEMAP_PRESENT | PAGEMAP_SWAPPED,
		.return_mask = PAGEMAP_SWAPPED | PAGEMAP_PFNZERO,
	};
	int found, kept = 0;

	if (pagemap->is_watched)
		shim_checkers_define(regions, sizeof(regions));
	found = ioctl(pagemap->file.fd, PAGEMAP_SCAN_IOCTL, &arg);
	if (found < 0)
		return -errno;
	for (int i = 0; i < found; i++)
		kept += region_is_run(search, &regions[i], &runs[kept]);
	search->at = arg.walk_end;
	search->resumed = true;
	return kept;
}

/* The zero page among them, which the words do not tell from other pages. */
static bool word_is_written(uint64_t word)
{
	return word & WORD_SWAPPED || (word & WORD_PRESENT && !(word & WORD_FILE));
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
	length = pread(pagemap->file.fd, words, pages * sizeof(*words),
		       (off_t)(at / pagemap->page_size * sizeof(*words)));
	if (length < 0)
		return -errno;
	/* Linux 6.1 leaves out the words of a page table that changes meanwhile. */
	if ((size_t)length < pages * sizeof(*words))
		return -EIO;
	return (int)pages;
}

static bool run_joins(const struct shim_pagemap_run *run, const struct shim_pagemap_run *page)
{
	return run->end == page->start && run->absent == page->absent &&
	       run->shared == page->shared;
}

static int read_find(const struct shim_pagemap *pagemap, struct shim_pagemap_search *search,
		     struct shim_pagemap_run *runs, unsigned int count)
{
	uint64_t words[READ_WORDS];
	unsigned int found = 0;

	while (search->at < search->end) {
		int pages = read_words(pagemap, search->at, search->end, words);

		if (pages < 0)
			return pages;
		for (int i = 0; i < pages; i++, search->at += pagemap->page_size) {
			struct shim_pagemap_run page = {
				.start = search->at,
				.end = search->at + pagemap->page_size,
				.absent = words[i] & WORD_SWAPPED,
				.shared = word_is_shared(words[i]),
			};

			if (!word_is_written(words[i]))
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

bool shim_pagemap_is_intact(const struct shim_pagemap *pagemap)
{
	return pagemap->kind == SHIM_PAGEMAP_NONE || shim_descriptor_is_intact(&pagemap->file);
}

int shim_pagemap_find(const struct shim_pagemap *pagemap, struct shim_pagemap_search *search,
		      struct shim_pagemap_run *runs, unsigned int count)
{
	if (!search->intact && !shim_pagemap_is_intact(pagemap))
		return -EBADF;
	search->intact = true;
	switch (pagemap->kind) {
	case SHIM_PAGEMAP_SCAN:
		return scan_find(pagemap, search, runs, count);
	case SHIM_PAGEMAP_READ:
		return read_find(pagemap, search, runs, count);
	default:
		return -EOPNOTSUPP;
	}
}

/* Tries it on a page that is certainly present, one of the stack. */
static bool find_works(const struct shim_pagemap *pagemap, enum shim_pagemap_kind kind)
{
	struct shim_pagemap trial = *pagemap;
	struct shim_pagemap_run run = { 0 };
	struct shim_pagemap_search search = { .file_start = 0 };

	trial.kind = kind;
	search.at = shim_page_round_down((uintptr_t)&run, pagemap->page_size);
	search.end = search.at + pagemap->page_size;
	return shim_pagemap_find(&trial, &search, &run, 1) == 1;
}

void shim_pagemap_open(struct shim_pagemap *pagemap, uint64_t page_size)
{
	int fd = -1;

	pagemap->kind = SHIM_PAGEMAP_NONE;
	pagemap->page_size = page_size;
	pagemap->file.fd = -1;
	pagemap->is_watched = shim_checkers_watch_memory();
	if (shim_pagemap_best != SHIM_PAGEMAP_NONE)
		fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	if (fd < 0 || shim_descriptor_init(&pagemap->file, fd))
		return;
	if (shim_pagemap_best >= SHIM_PAGEMAP_SCAN && find_works(pagemap, SHIM_PAGEMAP_SCAN))
		pagemap->kind = SHIM_PAGEMAP_SCAN;
	else if (find_works(pagemap, SHIM_PAGEMAP_READ))
		pagemap->kind = SHIM_PAGEMAP_READ;
}

void shim_pagemap_close(struct shim_pagemap *pagemap)
{
	shim_descriptor_uninit(&pagemap->file);
}
