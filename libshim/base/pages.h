/* SPDX-License-Identifier: MIT */
/*
 * Sizes and offsets in relation to a page, whose size is a power of two.
 */
#ifndef SHIM_PAGES_H
#define SHIM_PAGES_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static inline bool shim_page_is_multiple(uint64_t size, uint64_t page_size)
{
	return (size & (page_size - 1)) == 0;
}

static inline uint64_t shim_page_round_down(uint64_t size, uint64_t page_size)
{
	return size & ~(page_size - 1);
}

/* For a size that is known not to overflow when it is rounded. */
static inline uint64_t shim_page_round_up(uint64_t size, uint64_t page_size)
{
	return shim_page_round_down(size + page_size - 1, page_size);
}

/*
 * Rounds up any size. Returns true when the result exceeds 64 bits, and *rounded must
 * not be used then, as with __builtin_add_overflow().
 */
static inline bool shim_page_round_overflow(uint64_t size, uint64_t page_size, uint64_t *rounded)
{
	*rounded = shim_page_round_up(size, page_size);
	return size > UINT64_MAX - (page_size - 1);
}

/* Whether all bytes of the page are 0. */
static inline bool shim_page_is_zero(const unsigned char *page, uint64_t page_size)
{
	return page[0] == 0 && memcmp(page, page + 1, page_size - 1) == 0;
}

#endif /* SHIM_PAGES_H */
