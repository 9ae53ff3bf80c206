/* SPDX-License-Identifier: MIT */
#ifndef SHIM_PAGEMAP_H
#define SHIM_PAGEMAP_H

#include <stdbool.h>
#include <stdint.h>

/* Ways to ask the kernel which pages a mapping has for itself. */
enum shim_pagemap_kind {
	SHIM_PAGEMAP_NONE, /* no /proc: nobody knows */
	SHIM_PAGEMAP_READ, /* one word a page, read from the file */
	SHIM_PAGEMAP_SCAN, /* PAGEMAP_SCAN, Linux 6.7 */
};

struct shim_pagemap {
	enum shim_pagemap_kind kind;
	int fd;
	uint64_t page_size;
};

/* So many runs at a time serve a caller best. */
#define SHIM_PAGEMAP_RUNS 64

/* Private pages [start, end), by address. */
struct shim_pagemap_run {
	uint64_t start;
	uint64_t end;
	bool swapped; /* to touch it costs more than to drop it */
	bool shared;  /* mapped elsewhere too: may be no more than the zero page */
};

/* The best kind that shim_pagemap_open() may choose; tests set less. */
extern enum shim_pagemap_kind shim_pagemap_best;

/* Cannot fail: a kind that is not there gives way to the next. */
void shim_pagemap_open(struct shim_pagemap *pagemap, uint64_t page_size);
void shim_pagemap_close(struct shim_pagemap *pagemap);

/*
 * Finds private pages from *at on: fills up to count runs in rising order,
 * returns how many and moves *at to where the search is to go on; it is over
 * when *at is end. Pages of a file are not private. Returns a negative errno,
 * without a message, where nobody knows.
 */
int shim_pagemap_find(const struct shim_pagemap *pagemap, uint64_t *at, uint64_t end,
		      struct shim_pagemap_run *runs, unsigned int count);

#endif /* SHIM_PAGEMAP_H */
