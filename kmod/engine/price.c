// SPDX-License-Identifier: GPL-2.0-only
/*
 * Prices, measured: that of a copy when the module is loaded, all others whenever they are
 * paid. Any processor writes them and any reads them, without a lock: one that gets lost
 * comes again.
 */
#include <linux/cpumask.h>
#include <linux/gfp.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/mm.h>

#include "engine/price.h"

#define SCALE 8

/* Rounds of copies when the module is loaded, of which the fastest counts. */
#define COPY_ROUNDS 8
#define COPIES 16

/* To begin with. These are low, for a try is how they come to be measured. */
#define LOOKS_IN_COPY 32
#define COPIES_IN_FLUSH 4

/*
 * After a flush a processor looks up again what it needs, which is not seen where the flush
 * is timed: some hundred entries of the slots, the program and the kernel.
 */
#define COPIES_IN_REFILL 16

static u64 copy_price __read_mostly;
/* Written by each look, so apart from what has nothing to do with it. */
static struct {
	u64 look;
	u64 flush; /* for each processor, without what follows from it */
} prices __cacheline_aligned_in_smp;

static unsigned int processors(struct mm_struct *mm)
{
	/* Processors come and go meanwhile, and an estimate is all that is needed. */
	unsigned int count = data_race(cpumask_weight(mm_cpumask(mm)));

	/* Where a flush reaches all processors, this mask may stay empty. */
	if (!count)
		count = min_t(unsigned int, atomic_read(&mm->mm_users), num_online_cpus());
	return count;
}

/*
 * What comes between, as an interrupt or code that is not in the caches yet, makes a sample
 * longer and never shorter. So one that is less counts more, and one that is far more moves
 * the price a bit only.
 */
static void note(u64 *price, u64 sample)
{
	u64 old = READ_ONCE(*price);

	if (sample < old)
		sample = old - old / 4 + sample / 4;
	else
		sample = old - old / 8 + min(sample, old * 2) / 8;
	WRITE_ONCE(*price, max(sample, 1ULL));
}

void gs_price_note_look(u64 ns, u32 looks)
{
	note(&prices.look, div_u64(ns << SCALE, looks));
}

void gs_price_note_flush(struct mm_struct *mm, u64 ns)
{
	note(&prices.flush, div_u64(ns << SCALE, max(processors(mm), 1U)));
}

struct gs_price gs_price_get(struct mm_struct *mm)
{
	struct gs_price price = {
		.copy = copy_price,
		.look = READ_ONCE(prices.look),
	};

	price.flush = processors(mm) * (READ_ONCE(prices.flush) + COPIES_IN_REFILL * copy_price);
	return price;
}

static u64 time_copies(void *to, const void *from)
{
	u64 start = ktime_get_ns();
	unsigned int i;

	for (i = 0; i < COPIES; i++)
		gs_copy_page(to, from);
	return ktime_get_ns() - start;
}

int gs_price_module_init(void)
{
	unsigned long pages = __get_free_pages(GFP_KERNEL, 1);
	u64 best = U64_MAX;
	unsigned int i;

	if (!pages)
		return -ENOMEM;
	for (i = 0; i < COPY_ROUNDS; i++)
		best = min(best, time_copies((void *)pages, (void *)(pages + PAGE_SIZE)));
	free_pages(pages, 1);
	copy_price = max((best << SCALE) / COPIES, 1ULL);
	prices.look = copy_price / LOOKS_IN_COPY + 1;
	prices.flush = copy_price * COPIES_IN_FLUSH;
	return 0;
}
