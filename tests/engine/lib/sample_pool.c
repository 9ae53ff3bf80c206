// SPDX-License-Identifier: MIT
/* Makes the sample pool, and sums up its state: QUERY, content, fdinfo and VMAs. */
#include "sample_pool.h"

#include <stdatomic.h>

#include "content.h"
#include "fdinfo.h"
#include "memory.h"
#include "pool.h"
#include "vmas.h"

/* What the images hold; the first sample allocates it for all. */
static uint8_t *image_content;

static void content_make(void)
{
	if (image_content)
		return;
	image_content = aligned_alloc(PAGE, IMAGE_PAGES * PAGE);
	test_ok(image_content);
	for (size_t i = 0; i < IMAGE_PAGES; i++)
		fill_page(image_content + i * PAGE, 700 + i);
}

/* A sum over some pages, read through /proc/self/mem, which makes none private. */
static uint64_t content_of(struct sample_pool *sample, uint32_t slot)
{
	static uint64_t *pages;
	const size_t words = PAGE / sizeof(*pages);
	const off_t at = (off_t)(uintptr_t)area_at(&sample->pool, slot, 0);
	uint64_t sum = 0;

	if (!pages)
		pages = malloc(IMAGE_LIMIT * PAGE);
	test_ok(pages);
	memset(pages, 0xff, IMAGE_LIMIT * PAGE);
	for (int half = 0; half < 2; half++) {
		pread(sample->mem, pages, IMAGE_LIMIT * PAGE,
		      at + half * IMAGE_LIMIT * (off_t)PAGE);
		for (size_t i = 0; i < IMAGE_LIMIT; i++)
			sum = mix(mix(mix(sum) + pages[i * words]) + pages[(i + 1) * words - 1]);
	}
	return sum;
}

void state_take(struct sample_pool *sample, struct state *state)
{
	memset(state, 0, sizeof(*state));
	for (uint32_t slot = 0; slot < SLOTS; slot++) {
		test_query(&sample->pool, slot, &state->slots[slot]);
		/* A fault that failed has been one all the same. */
		state->slots[slot].out_faults = 0;
		state->content[slot] = content_of(sample, slot);
	}
	state->resident = fdinfo_resident_pages(&sample->pool);
	state->images = fdinfo(&sample->pool, "guardslot_images");
	state->image_pages = fdinfo_image_pages(&sample->pool);
	state->vmas = vma_count();
}

struct guardslot_image_create sample_pool_image(uint64_t tag, size_t first)
{
	return (struct guardslot_image_create){
		.tag = tag,
		.areas[0] = {
			.source = (uintptr_t)image_content,
			.length = IMAGE_PAGES * PAGE,
			.offset = first * PAGE,
			.limit = (first < IMAGE_LIMIT ? IMAGE_LIMIT : PAGES) * PAGE,
		},
	};
}

static uint32_t make_image(struct sample_pool *sample, uint64_t tag, size_t first)
{
	struct guardslot_image_create create = sample_pool_image(tag, first);

	test_image_create(&sample->pool, &create);
	return create.out_image;
}

void sample_pool_make(struct sample_pool *sample)
{
	content_make();
	memset(sample, 0, sizeof(*sample));
	sample->fd = -1;
	sample->mem = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
	test_sys(sample->mem);
	test_sys(pipe(sample->ends));
	sample->pool = pool_plain(SLOTS, PAGES, 0);
	sample->image = make_image(sample, 1, IMAGE_FIRST);
	sample->other = make_image(sample, 2, 0);
	for (uint32_t slot = 0; slot < 2; slot++)
		test_rebind(&sample->pool, slot, sample->image);
	test_rebind(&sample->pool, 3, sample->other);
	write_pages(area_at(&sample->pool, 0, 0) + PAGE, 16, 6);
	write_pages(area_at(&sample->pool, 0, 0) + 34 * PAGE, 3, 6);
	peek(area_at(&sample->pool, 0, 0) + 21 * PAGE);
	write_pages(area_at(&sample->pool, 2, 0) + 60 * PAGE, 5, 7);
	write_pages(area_at(&sample->pool, 3, 0), 3, 8);
	atomic_store(claim_word(&sample->pool, 3), GUARDSLOT_IDLE);
}

void sample_pool_end(struct sample_pool *sample)
{
	if (sample->fd >= 0)
		close(sample->fd);
	close(sample->ends[0]);
	close(sample->ends[1]);
	close(sample->mem);
	if (sample->pool.fd >= 0)
		pool_close(&sample->pool);
}
