// SPDX-License-Identifier: MIT
// After RESET every byte of a slot reads as its image, or as zero, and its limits are the image's.
/*
 * This holds whatever was done to the slot before. Pages that a slot has stay mapped,
 * and only the slots that were named change.
 */
#include "test.h"

#include "abi.h"
#include "image.h"
#include "memory.h"
#include "pool.h"

/* Bytes that differ from page to page and from image to image. */
static void pattern(uint8_t *at, size_t length, uint8_t seed)
{
	for (size_t i = 0; i < length; i++)
		at[i] = (uint8_t)(seed + i * 7 + i / PAGE * 13);
}

static uint32_t image_patterned(struct pool *pool, uint8_t seed, size_t pages)
{
	uint8_t content[16 * PAGE];

	pattern(content, pages * PAGE, seed);
	return image_of(pool, seed, content, pages * PAGE, pages * PAGE);
}

/* The whole of a slot that is bound to such an image. */
static void test_pristine(struct pool *pool, uint32_t slot, uint8_t seed, size_t pages)
{
	uint8_t content[16 * PAGE];
	struct guardslot_query query;

	test_query(pool, slot, &query);
	test_eq(query.out_limit[0], pages * PAGE);
	test_eq(query.out_limit[1], pool->geometry.areas[1].initial);
	pattern(content, pages * PAGE, seed);
	test_mem(area_at(pool, slot, 0), content, pages * PAGE);
	test_bytes(area_at(pool, slot, 1), 0, pool->geometry.areas[1].initial);
}

TEST("everything written to a slot without an image is zero again")
{
	struct pool pool = pool_small(2);

	for (int round = 0; round < 3; round++) {
		memset(area_at(&pool, 0, 0), 0xff, 4 * PAGE);
		memset(area_at(&pool, 0, 1), 0xff, 2 * PAGE);
		test_reset(&pool, 0);
		test_bytes(area_at(&pool, 0, 0), 0, 4 * PAGE);
		test_bytes(area_at(&pool, 0, 1), 0, 2 * PAGE);
	}
}

TEST("everything written to a slot with an image is the image again")
{
	struct pool pool = pool_small(2);
	uint32_t image = image_patterned(&pool, 5, 6);

	test_rebind(&pool, 0, image);
	for (int round = 0; round < 3; round++) {
		memset(area_at(&pool, 0, 0), 0xff, 6 * PAGE);
		memset(area_at(&pool, 0, 1), 0xff, 2 * PAGE);
		test_reset(&pool, 0);
		test_pristine(&pool, 0, 5, 6);
	}
}

TEST("any number of fragments: every second page, every second byte, in every order")
{
	struct pool pool = pool_small(1);
	uint32_t image = image_patterned(&pool, 9, 16);

	test_rebind(&pool, 0, image);
	for (size_t step = 2; step < 6; step++) {
		for (size_t page = 16; page-- > 0;)
			if (page % step == 0)
				poke(area_at(&pool, 0, 0) + page * PAGE + step, 0xee);
		test_reset(&pool, 0);
		test_pristine(&pool, 0, 9, 16);
		for (size_t i = 0; i < 16 * PAGE; i += 2)
			poke(area_at(&pool, 0, 0) + i, 0xdd);
		test_reset(&pool, 0);
		test_pristine(&pool, 0, 9, 16);
		test_purge(&pool, 0);
	}
}

TEST("a slot that grew is small again, and what it grew into is zero when it grows once more")
{
	struct pool pool = pool_small(1);
	uint32_t image = image_patterned(&pool, 3, 2);

	test_rebind(&pool, 0, image);
	for (int round = 0; round < 3; round++) {
		test_resize(&pool, 0, 0, 16 * PAGE);
		test_resize(&pool, 0, 1, 6 * PAGE);
		test_bytes(area_at(&pool, 0, 0) + 2 * PAGE, 0, 14 * PAGE);
		memset(area_at(&pool, 0, 0), 0xff, 16 * PAGE);
		memset(area_at(&pool, 0, 1), 0xff, 6 * PAGE);
		test_reset(&pool, 0);
		test_pristine(&pool, 0, 3, 2);
	}
}

TEST("a slot that shrank is as large as its image again, with the image's bytes")
{
	struct pool pool = pool_small(1);
	uint32_t image = image_patterned(&pool, 3, 8);

	test_rebind(&pool, 0, image);
	memset(area_at(&pool, 0, 0), 0xff, 8 * PAGE);
	test_resize(&pool, 0, 0, 3 * PAGE);
	test_resize(&pool, 0, 1, 0);
	memset(area_at(&pool, 0, 0), 0xfe, 3 * PAGE);
	test_reset(&pool, 0);
	test_pristine(&pool, 0, 3, 8);
	test_resize(&pool, 0, 0, 0);
	test_reset(&pool, 0);
	test_pristine(&pool, 0, 3, 8);
}

TEST("a slot keeps its private pages over a reset, and takes no fault for them")
{
	struct pool pool = pool_small(1);
	struct guardslot_query before, after;

	memset(area_at(&pool, 0, 0), 1, 3 * PAGE);
	test_query(&pool, 0, &before);
	test_eq(before.out_resident_pages, 3);
	for (int round = 0; round < 10; round++) {
		test_reset(&pool, 0);
		memset(area_at(&pool, 0, 0), 1, 3 * PAGE);
	}
	test_query(&pool, 0, &after);
	test_eq(after.out_resident_pages, 3);
	test_eq(after.out_faults, before.out_faults);
	test_eq(after.out_resets, before.out_resets + 10);
}

TEST("rebinding: from none to an image, to another, to a larger, a smaller one and back")
{
	struct pool pool = pool_small(1);
	static const struct {
		uint8_t seed, pages;
	} steps[] = { { 1, 4 }, { 2, 4 }, { 3, 16 }, { 4, 1 }, { 3, 16 }, { 1, 4 }, { 2, 4 } };
	uint32_t images[5] = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(steps); i++)
		if (!images[steps[i].seed])
			images[steps[i].seed] =
				image_patterned(&pool, steps[i].seed, steps[i].pages);
	for (int written = 0; written < 3; written++) {
		for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
			test_rebind(&pool, 0, images[steps[i].seed]);
			test_pristine(&pool, 0, steps[i].seed, steps[i].pages);
			if (written == 1)
				memset(area_at(&pool, 0, 0), 0xff, steps[i].pages * PAGE);
			if (written == 2)
				poke(area_at(&pool, 0, 0) + (i % steps[i].pages) * PAGE, 0xff);
		}
		test_rebind(&pool, 0, GUARDSLOT_IMAGE_NONE);
		test_bytes(area_at(&pool, 0, 0), 0, 4 * PAGE);
		test_bytes(area_at(&pool, 0, 1), 0, 2 * PAGE);
	}
}

TEST("rebinding to the image that the slot has is a reset")
{
	struct pool pool = pool_small(1);
	uint32_t image = image_patterned(&pool, 1, 4);

	test_rebind(&pool, 0, image);
	memset(area_at(&pool, 0, 0), 0xff, 4 * PAGE);
	test_rebind(&pool, 0, image);
	test_pristine(&pool, 0, 1, 4);
}

TEST("a vector resets the slots in it and no other, one twice if the vector has it twice")
{
	struct pool pool = pool_small(8);
	const uint32_t slots[] = { 7, 0, 3, 3, 7 };
	struct guardslot_reset reset = { .slots = (uintptr_t)slots, .count = ARRAY_SIZE(slots) };
	struct guardslot_query query;

	for (uint32_t slot = 0; slot < 8; slot++)
		memset(area_at(&pool, slot, 0), (int)slot + 1, 4 * PAGE);
	test_reset_cmd(&pool, &reset);
	test_eq(reset.out_done, 5);
	for (uint32_t slot = 0; slot < 8; slot++) {
		bool named = slot == 7 || slot == 0 || slot == 3;

		test_bytes(area_at(&pool, slot, 0), named ? 0 : (int)slot + 1, 4 * PAGE);
		test_query(&pool, slot, &query);
		test_eq(query.out_resets, slot == 7 || slot == 3 ? 2 : slot == 0);
	}
}

TEST("a vector of all slots of a large pool, longer than any piece it is read in")
{
	struct pool pool = pool_small(3000);
	uint32_t slots[3000], image = image_patterned(&pool, 8, 1);
	struct guardslot_reset reset = {
		.flags = GUARDSLOT_RESET_REBIND,
		.slots = (uintptr_t)slots,
		.count = 3000,
		.image = image,
	};

	for (uint32_t i = 0; i < 3000; i++) {
		slots[i] = 2999 - i;
		if (i % 5 == 0)
			poke(area_at(&pool, i, 0), 0xff);
	}
	test_reset_cmd(&pool, &reset);
	test_eq(reset.out_done, 3000);
	for (uint32_t i = 0; i < 3000; i += 7)
		test_pristine(&pool, i, 8, 1);
}

TEST("an empty vector is done at once, wherever it points")
{
	struct pool pool = pool_small(1);
	struct guardslot_reset reset = { .slots = UINT64_MAX, .out_done = 77 };

	poke(area_at(&pool, 0, 0), 1);
	test_reset_cmd(&pool, &reset);
	test_eq(reset.out_done, 0);
	test_eq(peek(area_at(&pool, 0, 0)), 1);
}

TEST("a vector with one bad slot, or that cannot be read to its end, resets nothing")
{
	struct pool pool = pool_small(4);
	uint32_t slots[600], *partly = before_hole(300 * sizeof(*partly));
	struct guardslot_reset reset = { .slots = (uintptr_t)slots, .count = ARRAY_SIZE(slots) };
	struct guardslot_info info = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(slots); i++)
		slots[i] = i % 4;
	memset(partly, 0, 300 * sizeof(*partly));
	for (uint32_t slot = 0; slot < 4; slot++)
		poke(area_at(&pool, slot, 0), 9);

	slots[599] = 4;
	test_err_reset_cmd(-ENOENT, &pool, &reset);
	slots[599] = NO_SLOT;
	test_err_reset_cmd(-ENOENT, &pool, &reset);
	reset.slots = (uintptr_t)partly;
	test_err_reset_cmd(-EFAULT, &pool, &reset);
	reset.slots = 0;
	test_err_reset_cmd(-EFAULT, &pool, &reset);
	reset.slots = UINT64_MAX - 3;
	test_err_reset_cmd(-EFAULT, &pool, &reset);
	test_info(pool.fd, &info);
	reset.count = info.out_max_vector + 1;
	test_err_reset_cmd(-EINVAL, &pool, &reset);
	reset.count = UINT32_MAX;
	test_err_reset_cmd(-EINVAL, &pool, &reset);
	for (uint32_t slot = 0; slot < 4; slot++)
		test_eq(peek(area_at(&pool, slot, 0)), 9);
}

TEST("rebinding to an image that is not there changes nothing")
{
	struct pool pool = pool_small(1);
	uint32_t image = image_patterned(&pool, 1, 4);
	struct guardslot_query query;

	test_rebind(&pool, 0, image);
	poke(area_at(&pool, 0, 0), 0xff);
	test_err_rebind(-ENOENT, &pool, 0, NO_IMAGE);
	test_err_rebind(-ENOENT, &pool, 0, image + 1);
	test_err_rebind(-ENOENT, &pool, 0, UINT32_MAX);
	test_eq(peek(area_at(&pool, 0, 0)), 0xff);
	test_query(&pool, 0, &query);
	test_eq(query.out_image, image);
	test_eq(query.out_resets, 1);
}

/* What a slot must hold. */
struct model {
	uint8_t bytes[2][16 * PAGE_MAX];
	uint64_t limits[2];
	uint32_t image; /* index; 0: none */
};

static const struct {
	uint8_t seed, pages;
} model_images[] = { { 0, 4 }, { 1, 1 }, { 2, 7 }, { 3, 16 } };

static void model_image_byte(struct model *model, uint64_t from, uint64_t to)
{
	uint8_t content[16 * PAGE];

	memset(content, 0, sizeof(content));
	if (model->image)
		pattern(content, model_images[model->image].pages * PAGE,
			model_images[model->image].seed);
	memcpy(model->bytes[0] + from, content + from, to - from);
}

static void model_reset(struct model *model)
{
	model->limits[0] = model_images[model->image].pages * PAGE;
	model->limits[1] = 2 * PAGE;
	for (uint32_t area = 0; area < 2; area++)
		memset(model->bytes[area], 0, 16 * PAGE);
	model_image_byte(model, 0, model->limits[0]);
}

static void model_resize(struct model *model, uint32_t area, uint64_t limit)
{
	uint64_t old = model->limits[area];

	model->limits[area] = limit;
	if (limit < old)
		memset(model->bytes[area] + limit, 0, old - limit);
	else if (area == 0)
		model_image_byte(model, old, limit);
}

TEST("after any sequence of writes, resizes, resets, rebinds and purges a slot is as it must be")
{
	struct guardslot_create geometry = small_geometry(1);
	uint32_t images[4] = { GUARDSLOT_IMAGE_NONE };
	static struct model model;
	struct pool pool;

	pool = pool_map(&geometry);
	for (uint32_t i = 1; i < 4; i++)
		images[i] = image_patterned(&pool, model_images[i].seed, model_images[i].pages);
	model_reset(&model);
	srand(1);
	for (int step = 0; step < 1500; step++) {
		uint32_t area = (uint32_t)rand() % 2, what = (uint32_t)rand() % 16;
		uint64_t limit, at;

		if (what < 8 && model.limits[area]) {
			at = (uint64_t)rand() % model.limits[area];
			poke(area_at(&pool, 0, area) + at, (uint8_t)step);
			model.bytes[area][at] = (uint8_t)step;
		} else if (what < 11) {
			limit = (uint64_t)rand() % (area ? 7 : 17) * PAGE;
			test_resize(&pool, 0, area, limit);
			model_resize(&model, area, limit);
		} else if (what < 13) {
			test_reset(&pool, 0);
			model_reset(&model);
		} else if (what < 14) {
			model.image = (uint32_t)rand() % 4;
			test_rebind(&pool, 0, images[model.image]);
			model_reset(&model);
		} else if (what < 15) {
			test_purge(&pool, 0);
			model_reset(&model);
		}
		/* Reading maps pages: not at every step. */
		if (step % 5 == 0) {
			test_mem(area_at(&pool, 0, 0), model.bytes[0], model.limits[0]);
			test_mem(area_at(&pool, 0, 1), model.bytes[1], model.limits[1]);
		}
		test_eq(limit_of(&pool, 0, area), model.limits[area]);
	}
}

TEST_MAIN()
