/* SPDX-License-Identifier: MIT */
/*
 * What pools count as beside the pages of their slots and images.
 */
#ifndef TESTS_BOOKKEEPING_H
#define TESTS_BOOKKEEPING_H

#include "test.h"

/* The tables of a pool of few slots: slots, claim words, pages of claim words. */
#define TABLE_PAGES 3

/* Bytes of the module's bookkeeping; of all pools of a user together. */
#define POOL_BYTES 4096
#define IMAGE_BYTES 4096
/* A node of a tree, for up to 64 pages that are close. */
#define NODE_BYTES (576 + 64)
/* The array of the pages of a slot that has few, and its place on a list. */
#define ARRAY_BYTES (512 + 48)

/* In pages: that many pools of few slots, slots with some pages, and @more bytes. */
static inline size_t bookkeeping(size_t pools, size_t slots, size_t more)
{
	size_t bytes = pools * POOL_BYTES + slots * (ARRAY_BYTES + NODE_BYTES) + more;

	return pools * TABLE_PAGES + (bytes + PAGE - 1) / PAGE;
}

#endif /* TESTS_BOOKKEEPING_H */
