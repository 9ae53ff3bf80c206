// SPDX-License-Identifier: MIT
/*
 * The tenants: what they write, and the check that nothing of it is left.
 */
#include <stdlib.h>

#include "arch.h"
#include "workload.h"

uint64_t random_next(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005 + 1442695040888963407;
	return *seed;
}

uint8_t *content_create(uint64_t length, uint64_t seed)
{
	uint8_t *content = aligned_alloc(page_size, length);
	uint64_t *word = (uint64_t *)content;

	if (!content)
		die("no memory for an image");
	for (uint64_t i = 0; i < length / sizeof(*word); i++)
		word[i] = random_next(&seed) | 1;
	return content;
}

void pages_dense(uint32_t *pages, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		pages[i] = i;
}

/*
 * Each page has another word written, so that a reset of a part of a page is found.
 *
 * It is external for workload_touch() too: a static function would be inlined there, and
 * the tenant's instructions, which are part of every figure, would be other ones.
 */
void workload_touch_slot(const struct workload *work, uint32_t slot)
{
	size_t size = page_size, last_word = size / sizeof(uint64_t) - 1;
	uint8_t *base = work->base[slot];

	for (uint32_t i = 0; i < work->count; i++) {
		volatile uint64_t *page = (volatile uint64_t *)(base + work->pages[i] * size);

		page[(i * 8 + slot) & last_word] = 0xdeadUL + i;
	}
}

/* The same workload as that slot has it. */
static struct workload slot_workload(const struct workload *work, uint32_t slot)
{
	struct workload own = *work;

	own.pages = work->sets[slot].pages;
	own.count = work->sets[slot].count;
	return own;
}

void workload_touch(const struct workload *work)
{
	for (uint32_t slot = 0; slot < work->slots; slot++) {
		struct workload own;

		if (work->sets)
			own = slot_workload(work, slot);
		workload_touch_slot(work->sets ? &own : work, slot);
	}
}

static bool page_is_initial(const struct workload *work, const uint8_t *base, uint32_t page)
{
	uint64_t at = page * page_size;

	if (at < work->image)
		return bytes_equal(base + at, work->content + at, page_size);
	return bytes_zero(base + at, page_size);
}

static void check_slot(const struct workload *work, uint32_t slot)
{
	for (uint32_t i = 0; i < work->count; i++)
		if (!page_is_initial(work, work->base[slot], work->pages[i]))
			die("slot %u, page %u: not as it was before the tenant", slot,
			    work->pages[i]);
}

void workload_check(const struct workload *work)
{
	for (uint32_t slot = 0; slot < work->slots; slot++) {
		struct workload own;

		if (work->sets)
			own = slot_workload(work, slot);
		check_slot(work->sets ? &own : work, slot);
	}
}

void workload_restore_page(const struct workload *work, uint8_t *base, uint32_t page)
{
	uint64_t at = page * page_size;

	if (at < work->image)
		copy_bytes(base + at, work->content + at, page_size);
	else
		clear_bytes(base + at, page_size);
}

void workload_restore_range(const struct workload *work, uint8_t *base, uint64_t from, uint64_t to)
{
	uint64_t split = work->image < from ? from : work->image;

	if (split > to)
		split = to;
	if (from < split)
		copy_bytes(base + from, work->content + from, split - from);
	if (split < to)
		clear_bytes(base + split, to - split);
}
