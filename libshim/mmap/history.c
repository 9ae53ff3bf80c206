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
#include <stdatomic.h>
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

/* To fall on it takes a gain, as drops cost other processors something as well. */
static uint64_t mean_wanted(const struct shim_history *history)
{
	if (history->rises)
		return history->last_mean + history->last_mean / 128;
	return history->last_mean - history->last_mean / 32;
}

/* After enough resets with the same patience. */
static void patience_change(struct shim_history *history)
{
	uint64_t mean = (history->cost << MEAN_FRACTION) / history->resets;

	if (history->last_mean && mean > mean_wanted(history))
		history->rises = !history->rises;
	history->last_mean = mean;
	history->cost = 0;
	history->resets = 0;
	if (history->rises && history->patience < PATIENCE_RISE)
		history->patience++;
	else if (!history->rises && history->patience > PATIENCE_FALL)
		history->patience--;
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

/*
 * Pages of the first half are dropped and faulted in, and then restored from the second. Both
 * have to be there.
 */
static void sample(unsigned char *memory, uint64_t page_size, uint64_t *fault, uint64_t *restore)
{
	uint64_t half = SAMPLE_PAGES * page_size, start, middle, end;

	start = now();
	if (madvise(memory, half, MADV_DONTNEED))
		return;
	for (uint64_t at = 0; at < half; at += page_size)
		((volatile unsigned char *)memory)[at] = 1;
	middle = now();
	for (uint64_t at = 0; at < half; at += page_size)
		memcpy(memory + at, memory + half + at, page_size);
	end = now();
	if (middle - start < *fault)
		*fault = middle - start;
	if (end - middle < *restore)
		*restore = end - middle;
}

/* The least of some samples, as anything may come between; 0 without memory for them. */
static uint64_t measure(uint64_t page_size)
{
	uint64_t length = 2 * SAMPLE_PAGES * page_size;
	uint64_t fault = UINT64_MAX, restore = UINT64_MAX, price;
	unsigned char *memory = shim_map_create(length, PROT_READ | PROT_WRITE, -1, page_size);

	if (!memory)
		return 0;
	madvise(memory, length, MADV_NOHUGEPAGE);
	memset(memory, 1, length);
	for (int i = 0; i < SAMPLES; i++)
		sample(memory, page_size, &fault, &restore);
	munmap(memory, length);
	price = fault / (restore ? restore : 1);
	if (price < PRICE_MIN)
		return PRICE_MIN;
	return price > PRICE_MAX ? PRICE_MAX : price;
}

uint64_t shim_history_price(uint64_t page_size)
{
	/* Threads that come first at the same time have as good a price each. */
	static _Atomic uint64_t measured;
	uint64_t price = atomic_load_explicit(&measured, memory_order_relaxed);

	if (price)
		return price;
	price = measure(page_size);
	atomic_store_explicit(&measured, price, memory_order_relaxed);
	return price ? price : PRICE_MAX;
}
