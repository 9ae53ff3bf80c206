/* SPDX-License-Identifier: MIT */
/*
 * Page content that shows where it belongs: it follows from a key.
 */
#ifndef TESTS_CONTENT_H
#define TESTS_CONTENT_H

#include "test.h"

uint64_t mix(uint64_t x);

/* The next number of a random state. */
uint64_t random_next(uint64_t *state);

/* A word of a page with that key. */
uint64_t page_word(uint64_t key, size_t index);

/* Every word of the page follows from the key, and differs from page to page. */
void fill_page(void *at, uint64_t key);

bool page_holds(const void *at, uint64_t key);
bool page_is_zero(const void *at);

#define test_holds(at, key)                                                      \
	do {                                                                     \
		if (!page_holds(at, key))                                        \
			test_fail("%s: not the content of %s = %llu", #at, #key, \
				  (unsigned long long)(key));                    \
	} while (0)

#endif /* TESTS_CONTENT_H */
