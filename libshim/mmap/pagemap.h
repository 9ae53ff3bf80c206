/* SPDX-License-Identifier: MIT */
/*
 * The search for the private pages of a mapping.
 */
#ifndef SHIM_PAGEMAP_H
#define SHIM_PAGEMAP_H

#include <stdbool.h>
#include <stdint.h>

/* The ways to find the private pages of a mapping. */
enum shim_pagemap_kind {
	SHIM_PAGEMAP_NONE, /* there is none: no /proc */
	SHIM_PAGEMAP_READ, /* one word a page, read from the file */
	SHIM_PAGEMAP_SCAN, /* PAGEMAP_SCAN, Linux 6.7 */
};

struct shim_pagemap {
	enum shim_pagemap_kind kind;
	int fd;
	uint64_t page_size;
};

/* The number of runs that callers ask for at a time. */
#define SHIM_PAGEMAP_RUNS 64

/* Private pages [start, end), by address. */
struct shim_pagemap_run {
	uint64_t start;
	uint64_t end;
	bool swapped; /* touching the run costs more than dropping it */
	bool shared;  /* mapped elsewhere too, so it may be the zero page */
};

/* The best kind that shim_pagemap_open() may choose; tests lower it. */
extern enum shim_pagemap_kind shim_pagemap_best;

/* Cannot fail: it falls back to the next kind, and at last to SHIM_PAGEMAP_NONE. */
void shim_pagemap_open(struct shim_pagemap *pagemap, uint64_t page_size);
void shim_pagemap_close(struct shim_pagemap *pagemap);

/*
 * Finds private pages from *at on. Fills up to count runs in rising order, returns
 * their number, and moves *at to where the next search has to start; the search is
 * complete when *at is end. Pages of a file are not private. Returns a negative errno,
 * without a message, where the kernel does not tell.
 */
int shim_pagemap_find(const struct shim_pagemap *pagemap, uint64_t *at, uint64_t end,
		      struct shim_pagemap_run *runs, unsigned int count);

#endif /* SHIM_PAGEMAP_H */
