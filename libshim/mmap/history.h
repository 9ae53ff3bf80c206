/* SPDX-License-Identifier: MIT */
/*
 * What a slot's tenants wrote, as far as a reset can see it, and whether the slot had better
 * have no page of its own again.
 */
#ifndef SHIM_MMAP_HISTORY_H
#define SHIM_MMAP_HISTORY_H

#include <stdbool.h>
#include <stdint.h>

/* All 0: the slot has no private page, and nothing is known of it. In pages. */
struct shim_history {
	uint64_t first;	   /* what the first tenant since then wrote */
	uint64_t resident; /* what the slot kept over its last reset */
	uint64_t restored; /* what all resets since then restored */
	uint32_t trials;   /* drops to see another first tenant, since one led to more */
};

/* After a reset that restored and kept so many pages. */
void shim_history_note(struct shim_history *history, uint64_t pages);

/*
 * Whether the reset that comes is to drop all pages, which costs less than to go on, or shows
 * whether it would. A fault costs as much as restoring `price` pages.
 */
bool shim_history_drop(struct shim_history *history, uint64_t price);

/* Measures that price, in some hundred microseconds. */
uint64_t shim_history_price(uint64_t page_size);

#endif /* SHIM_MMAP_HISTORY_H */
