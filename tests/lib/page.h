/* SPDX-License-Identifier: MIT */
/*
 * The size of a page, which the system is asked for once, before main().
 */
#ifndef TESTS_PAGE_H
#define TESTS_PAGE_H

#include <stddef.h>

#define PAGE page_size()
/* The largest that any processor has, for what needs a constant. */
#define PAGE_MAX ((size_t)65536)
/* What one page table maps: its entries have 8 bytes. */
#define PAGE_TABLE_SPAN (PAGE / 8 * PAGE)

size_t page_size(void) __attribute__((pure));

#endif /* TESTS_PAGE_H */
