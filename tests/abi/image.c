// SPDX-License-Identifier: MIT
// An image holds the bytes it was given, where they were to go, and zero elsewhere.
/*
 * It does so until no slot shows it any more. A call that fails leaves no image behind.
 */
#include "test.h"

#include <sys/mman.h>

#include "abi.h"
#include "fdinfo.h"
#include "image.h"
#include "memory.h"
#include "pool.h"

/* Image ids are given in order: this is the one that comes next. */
static uint32_t next_id(struct pool *pool)
{
	struct guardslot_image_create create = { 0 };

	test_image_create(pool, &create);
	test_image_destroy(pool, create.out_image);
	return create.out_image + 1;
}

/* None of the ids that a failed call may have taken is an image. */
static void test_no_image(struct pool *pool, uint32_t from)
{
	for (uint32_t id = from; id < from + 8; id++)
		test_err_image_destroy(-ENOENT, pool, id);
}

TEST("content lands at its byte offset, across pages, and the rest is zero")
{
	const struct {
		size_t offset, length;
	} cases[] = {
		{ 0, 1 },
		{ 1, 1 },
		{ PAGE - 1, 1 },
		{ PAGE - 1, 2 },
		{ PAGE, PAGE },
		{ 17, PAGE },
		{ PAGE + 900, 2 * PAGE + 800 },
		{ 0, 16 * PAGE },
		{ 16 * PAGE - 1, 1 },
		{ 3, 0 },
	};
	struct pool pool = pool_small(1);
	uint8_t source[16 * PAGE + 1];

	memset(source, 0x77, sizeof(source));
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		size_t offset = cases[i].offset, length = cases[i].length;
		struct guardslot_image_create create = {
			.areas[0] = { (uintptr_t)(source + 1), length, offset, 16 * PAGE },
		};
		uint8_t *at = area_at(&pool, 0, 0);

		test_image_create(&pool, &create);
		test_rebind(&pool, 0, create.out_image);
		test_bytes(at, 0, offset);
		test_bytes(at + offset, 0x77, length);
		test_bytes(at + offset + length, 0, 16 * PAGE - offset - length);
	}
}

TEST("each area has its own content and limit")
{
	struct pool pool = pool_small(1);
	struct guardslot_image_create create = {
		.areas = {
			{ (uintptr_t)"first", 5, 3 * PAGE - 2, 5 * PAGE },
			{ (uintptr_t)"second", 6, 0, 6 * PAGE },
		},
	};

	test_image_create(&pool, &create);
	test_rebind(&pool, 0, create.out_image);
	test_mem(area_at(&pool, 0, 0) + 3 * PAGE - 2, "first", 5);
	test_mem(area_at(&pool, 0, 1), "second", 6);
	test_eq(limit_of(&pool, 0, 0), 5 * PAGE);
	test_eq(limit_of(&pool, 0, 1), 6 * PAGE);
	test_bytes(area_at(&pool, 0, 1) + 6, 0, 6 * PAGE - 6);
}

TEST("the source is copied: changing it later changes no image")
{
	struct pool pool = pool_small(1);
	uint8_t source[2 * PAGE];
	uint32_t image;

	memset(source, 1, sizeof(source));
	image = image_of(&pool, 0, source, sizeof(source), 2 * PAGE);
	memset(source, 2, sizeof(source));
	test_rebind(&pool, 0, image);
	test_bytes(area_at(&pool, 0, 0), 1, 2 * PAGE);
}

TEST("pages that are all zero take no memory")
{
	struct guardslot_create geometry = small_geometry(1);
	uint8_t source[16 * PAGE];
	struct pool pool;

	geometry.max_resident = PAGE;
	pool = pool_map(&geometry);
	memset(source, 0, sizeof(source));
	source[7 * PAGE] = 1;
	test_rebind(&pool, 0, image_of(&pool, 0, source, sizeof(source), 16 * PAGE));
	test_eq(peek(area_at(&pool, 0, 0) + 7 * PAGE), 1);
	/* A page of content is shared, a hole is not: it takes the only one. */
	test_eq(resident_of(&pool, 0), 0);
	test_eq(peek(area_at(&pool, 0, 0) + 6 * PAGE), 0);
	test_eq(resident_of(&pool, 0), 1);
}

TEST("slots share an image's pages until they write, each its own")
{
	struct pool pool = pool_small(4);
	uint32_t image = image_filled(&pool, 1, 0x21, 4);

	for (uint32_t slot = 0; slot < 4; slot++) {
		test_rebind(&pool, slot, image);
		test_bytes(area_at(&pool, slot, 0), 0x21, 4 * PAGE);
		test_eq(resident_of(&pool, slot), 0);
	}
	poke(area_at(&pool, 2, 0) + PAGE, 0x22);
	test_eq(resident_of(&pool, 2), 1);
	for (uint32_t slot = 0; slot < 4; slot++)
		test_eq(peek(area_at(&pool, slot, 0) + PAGE), slot == 2 ? 0x22 : 0x21);
}

TEST("the source may be a slot, the very one that will be bound")
{
	struct pool pool = pool_small(2);
	uint32_t first = image_filled(&pool, 1, 0x31, 2), second;

	test_rebind(&pool, 0, first);
	poke(area_at(&pool, 0, 0), 0x32);
	second = image_of(&pool, 2, area_at(&pool, 0, 0), 2 * PAGE, 4 * PAGE);
	test_rebind(&pool, 0, second);
	test_eq(peek(area_at(&pool, 0, 0)), 0x32);
	test_bytes(area_at(&pool, 0, 0) + 1, 0x31, 2 * PAGE - 1);
	test_bytes(area_at(&pool, 0, 0) + 2 * PAGE, 0, 2 * PAGE);
}

TEST("a source that cannot be read to its end is EFAULT and leaves no image")
{
	struct pool pool = pool_small(1);
	uint8_t *partly = before_hole(PAGE);
	uint32_t next = next_id(&pool);
	const uint64_t sources[] = {
		0,     1,	   (uintptr_t)partly, (uintptr_t)area_at(&pool, 0, 0) + 3 * PAGE,
		-PAGE, UINT64_MAX, 1ull << 63,
	};

	memset(partly, 1, PAGE);
	for (size_t i = 0; i < ARRAY_SIZE(sources); i++) {
		struct guardslot_image_create create = {
			.areas[0] = { sources[i], 2 * PAGE, 0, 4 * PAGE },
		};

		test_err_image_create(-EFAULT, &pool, &create);
	}
	test_no_image(&pool, next);
}

TEST("offset and length that overflow are EOVERFLOW, outside the limit EINVAL")
{
	struct pool pool = pool_small(1);
	uint32_t next = next_id(&pool);
	uint8_t byte = 1;
	const struct {
		int error;
		uint64_t length, offset, limit;
	} cases[] = {
		{ -EOVERFLOW, 2, UINT64_MAX, 4 * PAGE },
		{ -EOVERFLOW, UINT64_MAX, 1, 4 * PAGE },
		{ -EOVERFLOW, 1ull << 63, 1ull << 63, 4 * PAGE },
		{ -EINVAL, 1, 4 * PAGE, 4 * PAGE },
		{ -EINVAL, 2, 4 * PAGE - 1, 4 * PAGE },
		{ -EINVAL, 1, 0, 0 },
		{ -EINVAL, UINT64_MAX, 0, 4 * PAGE },
		{ -EINVAL, 0, 4 * PAGE + 1, 4 * PAGE },
		{ -EINVAL, 1, 0, 17 * PAGE }, /* within the reserve, past the max */
		{ -EINVAL, 1, 0, 1 },
		{ -EINVAL, 1, 0, PAGE + 1 },
		{ -EINVAL, 1, 0, -PAGE },
		{ -EINVAL, 1, 0, UINT64_MAX },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		for (uint32_t area = 0; area < 2; area++) {
			struct guardslot_image_create create = { 0 };

			create.areas[area] = (struct guardslot_image_area){
				(uintptr_t)&byte,
				cases[i].length,
				cases[i].offset,
				cases[i].limit,
			};
			test_err_image_create(cases[i].error, &pool, &create);
		}
	}
	test_no_image(&pool, next);
}

TEST("each field of an entry past the pool's areas must be 0")
{
	struct pool pool = pool_small(1);
	uint32_t next = next_id(&pool);

	for (uint32_t area = 2; area < GUARDSLOT_MAX_AREAS; area++) {
		for (uint32_t field = 0; field < 4; field++) {
			struct guardslot_image_create create = { 0 };

			((__u64 *)&create.areas[area])[field] = PAGE;
			test_err_image_create(-EINVAL, &pool, &create);
		}
	}
	test_no_image(&pool, next);
}

TEST("a source is not looked at where there is nothing to copy")
{
	struct pool pool = pool_small(1);
	struct guardslot_image_create create = {
		.areas[0] = { .source = UINT64_MAX, .limit = PAGE },
	};

	test_image_create(&pool, &create);
	test_rebind(&pool, 0, create.out_image);
	test_bytes(area_at(&pool, 0, 0), 0, PAGE);
}

TEST("an answer that cannot be given leaves no image, however large it was")
{
	struct pool pool = pool_small(1);
	uint32_t next = next_id(&pool);
	struct guardslot_image_create *create = before_hole(PAGE);
	uint8_t source[4 * PAGE];

	memset(source, 1, sizeof(source));
	*create = (struct guardslot_image_create){
		.size = sizeof(*create),
		.areas[0] = { (uintptr_t)source, 4 * PAGE, 0, 4 * PAGE },
	};
	test_sys(mprotect(create, PAGE, PROT_READ));
	for (int i = 0; i < 5; i++)
		test_err(-EFAULT, device_call(pool.fd, GUARDSLOT_IOC_IMAGE_CREATE, create));
	test_no_image(&pool, next);
}

TEST("ids are never 0 and never those of another image that lives")
{
	struct pool pool = pool_small(1);
	uint32_t ids[50];

	for (size_t i = 0; i < ARRAY_SIZE(ids); i++) {
		ids[i] = image_filled(&pool, 1, (uint8_t)i, 1);
		test_ok(ids[i] != GUARDSLOT_IMAGE_NONE);
		for (size_t j = 0; j < i; j++)
			test_ok(ids[i] != ids[j]);
	}
	for (size_t i = 0; i < ARRAY_SIZE(ids); i++) {
		test_rebind(&pool, 0, ids[i]);
		test_eq(peek(area_at(&pool, 0, 0)), i);
	}
}

TEST("destroying what is no image is ENOENT, and so is using a destroyed one")
{
	struct pool pool = pool_small(1), other = pool_small(1);
	uint32_t image = image_filled(&pool, 1, 1, 1);
	struct guardslot_purge purge = { .mode = GUARDSLOT_PURGE_IMAGE, .image = image };

	test_err_image_destroy(-ENOENT, &pool, GUARDSLOT_IMAGE_NONE);
	test_err_image_destroy(-ENOENT, &pool, NO_IMAGE);
	test_err_image_destroy(-ENOENT, &pool, UINT32_MAX);
	test_err_image_destroy(-ENOENT, &other, image);
	test_image_destroy(&pool, image);
	test_err_image_destroy(-ENOENT, &pool, image);
	test_err_rebind(-ENOENT, &pool, 0, image);
	test_err_purge_cmd(-ENOENT, &pool, &purge);
}

TEST("a slot bound to a destroyed image keeps its bytes, over resets, until it is rebound")
{
	struct pool pool = pool_small(2);
	uint32_t image = image_filled(&pool, 42, 0x51, 4);
	struct guardslot_query query;

	test_rebind(&pool, 0, image);
	test_eq(peek(area_at(&pool, 0, 0)), 0x51);
	poke(area_at(&pool, 0, 0) + PAGE, 1);
	test_image_destroy(&pool, image);
	test_reset(&pool, 0);
	test_bytes(area_at(&pool, 0, 0), 0x51, 4 * PAGE);
	test_query(&pool, 0, &query);
	test_eq(query.out_image, image);
	test_eq(query.out_tag, 42);
	test_resize(&pool, 0, 0, 0);
	test_resize(&pool, 0, 0, 4 * PAGE);
	test_bytes(area_at(&pool, 0, 0), 0x51, 4 * PAGE);
	test_rebind(&pool, 0, GUARDSLOT_IMAGE_NONE);
	test_bytes(area_at(&pool, 0, 0), 0, 4 * PAGE);
	test_query(&pool, 0, &query);
	test_eq(query.out_image, GUARDSLOT_IMAGE_NONE);
	test_eq(query.out_tag, 0);
}

TEST("the memory of a destroyed image comes back when no slot shows it any more")
{
	struct pool pool = pool_small(2);

	for (uint32_t slot = 0; slot < 2; slot++)
		test_rebind(&pool, slot, image_filled(&pool, 1, 0x61, 8));
	test_image_destroy(&pool, 1);
	test_image_destroy(&pool, 2);
	test_eq(fdinfo_image_pages(&pool), 16);
	test_purge(&pool, 0);
	test_rebind(&pool, 1, GUARDSLOT_IMAGE_NONE);
	test_eq(fdinfo_image_pages(&pool), 0);
	test_bytes(area_at(&pool, 0, 0), 0, 4 * PAGE);
}

TEST_MAIN()
