// SPDX-License-Identifier: MIT
/*
 * When a slot drops what it keeps. A reset restores all private pages, as the kernel does
 * not say which of them the last tenant wrote (docs/pagemap.md); so what was once written
 * is paid for by each tenant. Only of the first tenant of a slot without pages a reset sees
 * how many pages it wrote.
 *
 * All pages are dropped when two things hold. A tenant like that first one pays less for its
 * faults than for the restoring. And the restoring since then has cost as much as it can
 * cost to fault all pages in again: however wrong the first tenant was as an example, not
 * more is lost by drops than is spent on resets.
 *
 * That first tenant may have written more than others do. So all pages are dropped also when
 * the restoring has cost many times as much, to see another one: eight times at first, and
 * twice as many each time that it was in vain.
 */
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "base/map.h"
#include "mmap/history.h"

/* As a power of two, how many times as much. */
#define TRIAL_FIRST 3
#define TRIAL_LAST 12

#define SAMPLE_PAGES 32
#define SAMPLES 3
/* Of kernels with more and with fewer mitigations; a clock that stands still is in between. */
#define PRICE_MIN 4
#define PRICE_MAX 32

void shim_history_note(struct shim_history *history, uint64_t pages)
{
	if (!history->resident) {
		history->first = pages;
		history->restored = 0;
	}
	history->resident = pages;
	history->restored += pages;
}

bool shim_history_drop(struct shim_history *history, uint64_t price)
{
	uint64_t faults = price * history->resident;

	if (!history->resident || history->restored <= faults)
		return false;
	if (history->resident > price * history->first) {
		history->trials = 0;
		return true;
	}
	if (history->restored >> (TRIAL_FIRST + history->trials) <= faults)
		return false;
	if (TRIAL_FIRST + history->trials < TRIAL_LAST)
		history->trials++;
	return true;
}

static uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

/* Pages of this memory are faulted in by the first round and restored by the second. */
static void sample(unsigned char *memory, uint64_t page_size, uint64_t *fault, uint64_t *restore)
{
	uint64_t start, middle;

	if (madvise(memory, SAMPLE_PAGES * page_size, MADV_DONTNEED))
		return;
	start = now();
	for (uint64_t i = 0; i < SAMPLE_PAGES; i++)
		((volatile unsigned char *)memory)[i * page_size] = 1;
	middle = now();
	for (uint64_t i = 0; i < SAMPLE_PAGES; i++)
		memset(memory + i * page_size, 0, page_size);
	if (middle - start < *fault)
		*fault = middle - start;
	if (now() - middle < *restore)
		*restore = now() - middle;
}

/* The least of some samples, as anything may come between. */
uint64_t shim_history_price(uint64_t page_size)
{
	uint64_t fault = UINT64_MAX, restore = UINT64_MAX, price;
	unsigned char *memory =
		shim_map_create(SAMPLE_PAGES * page_size, PROT_READ | PROT_WRITE, -1, page_size);

	if (!memory)
		return PRICE_MAX;
	madvise(memory, SAMPLE_PAGES * page_size, MADV_NOHUGEPAGE);
	for (int i = 0; i < SAMPLES; i++)
		sample(memory, page_size, &fault, &restore);
	munmap(memory, SAMPLE_PAGES * page_size);
	price = fault / (restore ? restore : 1);
	if (price < PRICE_MIN)
		return PRICE_MIN;
	return price > PRICE_MAX ? PRICE_MAX : price;
}
