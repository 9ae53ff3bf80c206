// SPDX-License-Identifier: MIT
// RESIZE sets the limit of one area of one slot to any multiple of the page size up to its max.
/*
 * Growing touches no page, shrinking drops what lies past the limit, and anything else
 * is refused and changes nothing.
 */
#include "test.h"

#include "abi.h"
#include "image.h"
#include "pool.h"

TEST("growing touches no page")
{
	struct pool pool = pool_small(1);

	test_resize(&pool, 0, 0, 16 * PAGE);
	test_resize(&pool, 0, 1, 6 * PAGE);
	test_eq(resident_of(&pool, 0), 0);
	test_bytes(area_at(&pool, 0, 0), 0, 16 * PAGE);
	test_eq(limit_of(&pool, 0, 0), 16 * PAGE);
	test_eq(limit_of(&pool, 0, 1), 6 * PAGE);
}

TEST("shrinking gives the pages past the limit back, and their content is gone")
{
	struct pool pool = pool_small(2);

	for (uint32_t slot = 0; slot < 2; slot++) {
		test_resize(&pool, slot, 0, 16 * PAGE);
		memset(area_at(&pool, slot, 0), 0x11, 16 * PAGE);
		memset(area_at(&pool, slot, 1), 0x22, 2 * PAGE);
	}
	test_resize(&pool, 0, 0, 5 * PAGE);
	test_eq(resident_of(&pool, 0), 5 + 2);
	test_eq(resident_of(&pool, 1), 16 + 2);
	test_resize(&pool, 0, 0, 16 * PAGE);
	test_bytes(area_at(&pool, 0, 0), 0x11, 5 * PAGE);
	test_bytes(area_at(&pool, 0, 0) + 5 * PAGE, 0, 11 * PAGE);
	test_bytes(area_at(&pool, 0, 1), 0x22, 2 * PAGE);
	test_bytes(area_at(&pool, 1, 0), 0x11, 16 * PAGE);
}

TEST("the old limit is returned")
{
	struct pool pool = pool_small(1);
	struct guardslot_resize resize = { .size = sizeof(resize), .area = 1 };
	const uint64_t limits[] = { 2, 6, 6, 0, 1, 2 };

	for (size_t i = 1; i < ARRAY_SIZE(limits); i++) {
		resize.limit = limits[i] * PAGE;
		test_err(0, device_call(pool.fd, GUARDSLOT_IOC_RESIZE, &resize));
		test_eq(resize.out_old_limit, limits[i - 1] * PAGE);
	}
}

TEST("what grows past an image is zero, what grows back into it is the image")
{
	struct pool pool = pool_small(1);
	uint32_t image = image_filled(&pool, 1, 0x33, 4);

	test_rebind(&pool, 0, image);
	test_resize(&pool, 0, 0, 6 * PAGE);
	test_bytes(area_at(&pool, 0, 0) + 4 * PAGE, 0, 2 * PAGE);
	memset(area_at(&pool, 0, 0), 0x44, 6 * PAGE);
	test_resize(&pool, 0, 0, PAGE);
	test_resize(&pool, 0, 0, 6 * PAGE);
	test_bytes(area_at(&pool, 0, 0), 0x44, PAGE);
	test_bytes(area_at(&pool, 0, 0) + PAGE, 0x33, 3 * PAGE);
	test_bytes(area_at(&pool, 0, 0) + 4 * PAGE, 0, 2 * PAGE);
}

TEST("a bad slot is ENOENT, a bad area or limit EINVAL, and nothing changes")
{
	struct pool pool = pool_small(2);

	memset(area_at(&pool, 1, 0), 0x55, 4 * PAGE);
	test_err_resize(-ENOENT, &pool, 2, 0, PAGE);
	test_err_resize(-ENOENT, &pool, NO_SLOT, 0, PAGE);
	test_err_resize(-ENOENT, &pool, UINT32_MAX, 0, PAGE);
	test_err_resize(-EINVAL, &pool, 1, 2, PAGE);
	test_err_resize(-EINVAL, &pool, 1, GUARDSLOT_MAX_AREAS, PAGE);
	test_err_resize(-EINVAL, &pool, 1, UINT32_MAX, PAGE);
	test_err_resize(-EINVAL, &pool, 1, 0, 1);
	test_err_resize(-EINVAL, &pool, 1, 0, PAGE - 1);
	test_err_resize(-EINVAL, &pool, 1, 0, 2 * PAGE + 512);
	test_err_resize(-EINVAL, &pool, 1, 0, 17 * PAGE); /* within the reserve */
	test_err_resize(-EINVAL, &pool, 1, 1, 7 * PAGE);
	test_err_resize(-EINVAL, &pool, 1, 1, -PAGE);
	test_err_resize(-EINVAL, &pool, 1, 1, UINT64_MAX);
	test_err_resize(-EINVAL, &pool, 1, 1, 1ull << 63);
	test_eq(limit_of(&pool, 1, 0), 4 * PAGE);
	test_eq(limit_of(&pool, 1, 1), 2 * PAGE);
	test_bytes(area_at(&pool, 1, 0), 0x55, 4 * PAGE);
}

TEST("the limits that are no area's stay 0")
{
	struct pool pool = pool_small(1);
	struct guardslot_query query;

	test_query(&pool, 0, &query);
	for (int i = 2; i < GUARDSLOT_MAX_AREAS; i++)
		test_eq(query.out_limit[i], 0);
}

TEST_MAIN()
