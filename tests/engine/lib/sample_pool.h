/* SPDX-License-Identifier: MIT */
/*
 * A pool with slots and images of each kind, made anew for each step of the test of
 * failing allocations, and all that can be seen of it.
 */
#ifndef TESTS_SAMPLE_POOL_H
#define TESTS_SAMPLE_POOL_H

#include "abi.h"

#define SLOTS 4
#define PAGES 80 /* more than one node of the kernel's arrays */
/* Content from one page to another, and a limit behind it. */
#define IMAGE_FIRST 16
#define IMAGE_PAGES 8
#define IMAGE_LIMIT 40

struct sample_pool {
	struct pool pool;
	uint32_t image, other;
	int fd;
	void *at;
	int mem;
	int ends[2];
};

/* All that can be seen of a sample without changing it. */
struct state {
	struct guardslot_query slots[SLOTS];
	uint64_t content[SLOTS];
	unsigned long resident, images, image_pages, vmas;
};

/*
 * Slot 0: bound to the image, all of it mapped, 19 pages its own, so that the next
 * needs a longer array. Slot 1: bound to it, never touched. Slot 2: bound to none,
 * with 5 pages. Slot 3: idle, bound to the other image, with 3 pages.
 */
void sample_pool_make(struct sample_pool *sample);
void sample_pool_end(struct sample_pool *sample);

/* The description of an image with content from page @first on. */
struct guardslot_image_create sample_pool_image(uint64_t tag, size_t first);

/* Changes nothing of what it looks at. */
void state_take(struct sample_pool *sample, struct state *state);

#endif /* TESTS_SAMPLE_POOL_H */
