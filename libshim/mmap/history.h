/* SPDX-License-Identifier: MIT */
/*
 * What a slot's resets restored and dropped, and whether it had better have no page of its own
 * again.
 */
#ifndef SHIM_MMAP_HISTORY_H
#define SHIM_MMAP_HISTORY_H

#include <stdbool.h>
#include <stdint.h>

/* All 0: the slot has no private page, and nothing is known of it. Costs are in pages. */
struct shim_history {
	uint64_t resident;  /* what the slot kept over its last reset */
	uint64_t restored;  /* what resets restored since it last had no page */
	uint64_t cost;	    /* of all resets and faults since the patience changed */
	uint64_t resets;    /* how many they are */
	uint64_t last_mean; /* of a reset with the patience before; 0: there was none */
	int patience;	    /* counts from that of a new slot */
	bool rises;	    /* the next one is higher */
};

/* After a reset that restored and kept so many pages. */
void shim_history_note(struct shim_history *history, uint64_t pages);

/*
 * Whether the reset that comes is to drop all pages. A fault costs as much as restoring
 * `price` pages.
 */
bool shim_history_drop(struct shim_history *history, uint64_t price);

/*
 * That price, which is the machine's: measured in some hundred microseconds, by the process's
 * first pool. The page size is the system's.
 */
uint64_t shim_history_price(uint64_t page_size);

#endif /* SHIM_MMAP_HISTORY_H */
