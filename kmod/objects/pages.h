/* SPDX-License-Identifier: GPL-2.0-only */
/* Bytes, as the ABI has them, and pages, as the module has them. */
#ifndef _GS_PAGES_H
#define _GS_PAGES_H

#include <linux/mm.h>
#include <linux/sizes.h>

/*
 * Pages of so many bytes, one at least. What is copied, mapped or freed at a time costs
 * by the byte, and is the same for pages of any size.
 */
#define GS_PAGES_IN(_bytes) ((_bytes) > PAGE_SIZE ? (_bytes) >> PAGE_SHIFT : 1)

/* Whether sizes, or an OR of several, are multiples of the page size. */
static inline bool gs_pages_are_whole(u64 bytes)
{
	return !(bytes & ~PAGE_MASK);
}

static inline unsigned long gs_pages_from_bytes(u64 bytes)
{
	return bytes >> PAGE_SHIFT;
}

static inline u64 gs_pages_to_bytes(unsigned long pages)
{
	return (u64)pages << PAGE_SHIFT;
}

#endif /* _GS_PAGES_H */
