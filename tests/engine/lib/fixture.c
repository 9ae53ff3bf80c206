// SPDX-License-Identifier: MIT
#include "fixture.h"

#include <stdatomic.h>

#include "content.h"
#include "fdinfo.h"
#include "memory.h"
#include "pool.h"
#include "vmas.h"

/* What the images hold; the first fixture allocates it for all. */
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
static uint64_t content_of(struct fixture *fixture, uint32_t slot)
{
	static uint64_t *pages;
	const size_t words = PAGE / sizeof(*pages);
	const off_t at = (off_t)(uintptr_t)area_at(&fixture->pool, slot, 0);
	uint64_t sum = 0;

	if (!pages)
		pages = malloc(IMAGE_LIMIT * PAGE);
	test_ok(pages);
	memset(pages, 0xff, IMAGE_LIMIT * PAGE);
	for (int half = 0; half < 2; half++) {
		pread(fixture->mem, pages, IMAGE_LIMIT * PAGE,
		      at + half * IMAGE_LIMIT * (off_t)PAGE);
		for (size_t i = 0; i < IMAGE_LIMIT; i++)
			sum = mix(mix(mix(sum) + pages[i * words]) + pages[(i + 1) * words - 1]);
	}
	return sum;
}

void state_take(struct fixture *fixture, struct state *state)
{
	memset(state, 0, sizeof(*state));
	for (uint32_t slot = 0; slot < SLOTS; slot++) {
		test_query(&fixture->pool, slot, &state->slots[slot]);
		/* A fault that failed has been one all the same. */
		state->slots[slot].out_faults = 0;
		state->content[slot] = content_of(fixture, slot);
	}
	state->resident = fdinfo_resident_pages(&fixture->pool);
	state->images = fdinfo(&fixture->pool, "guardslot_images");
	state->image_pages = fdinfo_image_pages(&fixture->pool);
	state->vmas = vma_count();
}

struct guardslot_image_create fixture_image(uint64_t tag, size_t first)
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

static uint32_t make_image(struct fixture *fixture, uint64_t tag, size_t first)
{
	struct guardslot_image_create create = fixture_image(tag, first);

	test_image_create(&fixture->pool, &create);
	return create.out_image;
}

void fixture_make(struct fixture *fixture)
{
	content_make();
	memset(fixture, 0, sizeof(*fixture));
	fixture->fd = -1;
	fixture->mem = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
	test_sys(fixture->mem);
	test_sys(pipe(fixture->ends));
	fixture->pool = pool_plain(SLOTS, PAGES, 0);
	fixture->image = make_image(fixture, 1, IMAGE_FIRST);
	fixture->other = make_image(fixture, 2, 0);
	for (uint32_t slot = 0; slot < 2; slot++)
		test_rebind(&fixture->pool, slot, fixture->image);
	test_rebind(&fixture->pool, 3, fixture->other);
	write_pages(area_at(&fixture->pool, 0, 0) + PAGE, 16, 6);
	peek(area_at(&fixture->pool, 0, 0) + 21 * PAGE);
	write_pages(area_at(&fixture->pool, 2, 0) + 60 * PAGE, 5, 7);
	write_pages(area_at(&fixture->pool, 3, 0), 3, 8);
	atomic_store(claim_word(&fixture->pool, 3), GUARDSLOT_IDLE);
}

void fixture_end(struct fixture *fixture)
{
	if (fixture->fd >= 0)
		close(fixture->fd);
	close(fixture->ends[0]);
	close(fixture->ends[1]);
	close(fixture->mem);
	if (fixture->pool.fd >= 0)
		pool_close(&fixture->pool);
}
