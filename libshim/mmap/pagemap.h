/* SPDX-License-Identifier: MIT */
/*
 * The search for the pages of a mapping that may have been written. docs/pagemap.md has
 * what a page-table entry can be, and what the kernel says of it.
 */
#ifndef SHIM_PAGEMAP_H
#define SHIM_PAGEMAP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/descriptor.h"

/* The ways to find them. */
enum shim_pagemap_kind {
	SHIM_PAGEMAP_NONE, /* there is none: no /proc */
	SHIM_PAGEMAP_READ, /* one word a page, read from the file */
	SHIM_PAGEMAP_SCAN, /* PAGEMAP_SCAN, Linux 6.7 */
};

struct shim_pagemap {
	enum shim_pagemap_kind kind;
	struct shim_descriptor file;
	uint64_t page_size;
	bool is_watched; /* by a tool, to which the kernel writes unseen */
};

/* The number of runs that callers ask for at a time. */
#define SHIM_PAGEMAP_RUNS 64

/*
 * Addresses to search, [at, end), of which [file_start, file_end) maps a file privately
 * and all else is anonymous; the part of the file may be empty and lie elsewhere.
 *
 * The zero page reads as anonymous memory that was never touched. In the map of a file it
 * is there because zeroes were written: KSM, for one, puts it in the place of such pages.
 */
struct shim_pagemap_search {
	uint64_t at;
	uint64_t end;
	uint64_t file_start;
	uint64_t file_end;
	bool intact;  /* the file is the library's; asked where this is false, and true then */
	bool resumed; /* false at first: a call for these addresses had more than it could tell */
};

/* Pages [start, end), by address, that may have been written. */
struct shim_pagemap_run {
	uint64_t start;
	uint64_t end;
	bool absent; /* there is no page to write to: dropping the run costs less than touching */
	bool shared; /* mapped elsewhere too, so it may be the zero page */
};

/* The best kind that shim_pagemap_open() may choose; tests lower it. */
extern enum shim_pagemap_kind shim_pagemap_best;

/*
 * Whether the file is the library's still, or there is none. The pagemap of another process,
 * which the program may have opened under its number, would say that nothing was written.
 */
bool shim_pagemap_is_intact(const struct shim_pagemap *pagemap);

/* Cannot fail: it falls back to the next kind, and at last to SHIM_PAGEMAP_NONE. */
void shim_pagemap_open(struct shim_pagemap *pagemap, uint64_t page_size);
void shim_pagemap_close(struct shim_pagemap *pagemap);

/*
 * Finds pages from search->at on that may have been written: all that are neither absent,
 * nor a page of the file, nor the zero page in anonymous memory. Fills up to count runs in
 * rising order, returns their number, which may be 0, and moves at to where the next
 * search has to start; the search is complete when that is the end. Returns a negative
 * errno, without a message, where the kernel does not tell, and where the program closed
 * the library's descriptor.
 */
int shim_pagemap_find(const struct shim_pagemap *pagemap, struct shim_pagemap_search *search,
		      struct shim_pagemap_run *runs, unsigned int count);

#endif /* SHIM_PAGEMAP_H */
