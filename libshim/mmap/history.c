// SPDX-License-Identifier: MIT
/*
 * When a slot drops what it keeps. A reset restores all private pages, as the kernel does
 * not say which of them the last tenant wrote (docs/pagemap.md). So what was once written is
 * paid for by each tenant, and a slot that drops its pages pays once more for each that is
 * written again.
 *
 * From one drop to the next a slot pays for a fault of each page that it then has, and for
 * what its resets restore. It drops when the second is many times the first, its patience.
 * Which patience costs least depends on the tenants, and is found by trying: when some resets
 * were made with one, the next is twice or half as much, in the same direction as long as a
 * reset gets cheaper. A patient slot loses next to nothing by drops.
 */
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "base/map.h"
#include "mmap/history.h"

/* Powers of two: the patience of a new slot, and by how much it changes from there. */
#define PATIENCE_FIRST 3
#define PATIENCE_FALL (-9)
#define PATIENCE_RISE 3
/* The fewest resets that a mean is of, which has so many bits of fraction. */
#define MEAN_RESETS 32
#define MEAN_FRACTION 8

#define SAMPLE_PAGES 32
#define SAMPLES 3
/* Of kernels with more and with fewer mitigations; a clock that stands still is in between. */
#define PRICE_MIN 4
#define PRICE_MAX 32

void shim_history_note(struct shim_history *history, uint64_t pages)
{
	history->resident = pages;
	history->restored += pages;
	history->cost += pages;
	history->resets++;
}

/* After enough resets with the same patience. */
static void patience_change(struct shim_history *history)
{
	uint64_t mean = (history->cost << MEAN_FRACTION) / history->resets;

	if (history->last_mean && mean > history->last_mean)
		history->falls = !history->falls;
	history->last_mean = mean;
	history->cost = 0;
	history->resets = 0;
	if (history->falls && history->patience > PATIENCE_FALL)
		history->patience--;
	else if (!history->falls && history->patience < PATIENCE_RISE)
		history->patience++;
}

static bool is_patient(const struct shim_history *history, uint64_t faults)
{
	int power = PATIENCE_FIRST + history->patience;

	if (power < 0)
		return history->restored << -power <= faults;
	return history->restored <= faults << power;
}

bool shim_history_drop(struct shim_history *history, uint64_t price)
{
	uint64_t faults = price * history->resident;

	if (!history->resident || is_patient(history, faults))
		return false;
	history->cost += faults;
	history->restored = 0;
	if (history->resets >= MEAN_RESETS)
		patience_change(history);
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
