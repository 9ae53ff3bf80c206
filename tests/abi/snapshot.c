// SPDX-License-Identifier: MIT
// IMAGE_SNAPSHOT makes an image of what a slot shows now, and leaves the slot as it is.
/*
 * The image has the slot's content and limits, and keeps them whatever becomes of the
 * slot.
 */
#include "test.h"

#include <sys/mman.h>

#include "abi.h"
#include "image.h"
#include "memory.h"
#include "pool.h"

static uint32_t snapshot(struct pool *pool, uint32_t slot)
{
	uint32_t image;

	test_image_snapshot(pool, slot, 99, &image);
	return image;
}

TEST("a snapshot of an untouched slot is zero with the initial limits")
{
	struct pool pool = pool_small(2);

	test_rebind(&pool, 1, snapshot(&pool, 0));
	test_eq(limit_of(&pool, 1, 0), 4 * PAGE);
	test_eq(limit_of(&pool, 1, 1), 2 * PAGE);
	test_bytes(area_at(&pool, 1, 0), 0, 4 * PAGE);
	test_eq(resident_of(&pool, 0), 0);
}

TEST("a snapshot holds all areas of what was written, and its own tag and id")
{
	struct pool pool = pool_small(3);
	struct guardslot_query query;
	uint32_t image;

	memset(area_at(&pool, 0, 0) + PAGE, 0x11, PAGE);
	poke(area_at(&pool, 0, 0) + 4 * PAGE - 1, 0x12);
	memset(area_at(&pool, 0, 1), 0x13, 2 * PAGE);
	image = snapshot(&pool, 0);
	for (uint32_t slot = 1; slot < 3; slot++) {
		test_rebind(&pool, slot, image);
		test_bytes(area_at(&pool, slot, 0), 0, PAGE);
		test_bytes(area_at(&pool, slot, 0) + PAGE, 0x11, PAGE);
		test_eq(peek(area_at(&pool, slot, 0) + 4 * PAGE - 1), 0x12);
		test_bytes(area_at(&pool, slot, 1), 0x13, 2 * PAGE);
	}
	test_query(&pool, 1, &query);
	test_eq(query.out_image, image);
	test_eq(query.out_tag, 99);
}

TEST("the slot stays as it is, bound to what it was bound to")
{
	struct pool pool = pool_small(1);
	uint32_t image = image_filled(&pool, 7, 0x21, 4);
	struct guardslot_query before, after;

	test_rebind(&pool, 0, image);
	memset(area_at(&pool, 0, 0), 0x22, 2 * PAGE);
	test_query(&pool, 0, &before);
	snapshot(&pool, 0);
	test_query(&pool, 0, &after);
	test_mem(&after, &before, sizeof(before));
	test_bytes(area_at(&pool, 0, 0), 0x22, 2 * PAGE);
	test_reset(&pool, 0);
	test_bytes(area_at(&pool, 0, 0), 0x21, 4 * PAGE);
}

TEST("later writes, resets and purges of the slot do not reach the snapshot")
{
	struct pool pool = pool_small(2);
	uint32_t image;

	memset(area_at(&pool, 0, 0), 0x31, 4 * PAGE);
	image = snapshot(&pool, 0);
	memset(area_at(&pool, 0, 0), 0x32, 4 * PAGE);
	test_rebind(&pool, 1, image);
	test_bytes(area_at(&pool, 1, 0), 0x31, 4 * PAGE);
	test_purge(&pool, 0);
	test_purge(&pool, 1);
	test_bytes(area_at(&pool, 1, 0), 0x31, 4 * PAGE);
}

TEST("a page zeroed over an image's content is zero in the snapshot")
{
	struct pool pool = pool_small(2);
	uint32_t image = image_filled(&pool, 1, 0x41, 4);

	test_rebind(&pool, 0, image);
	memset(area_at(&pool, 0, 0) + PAGE, 0, PAGE);
	poke(area_at(&pool, 0, 0) + 2 * PAGE, 0);
	test_rebind(&pool, 1, snapshot(&pool, 0));
	test_bytes(area_at(&pool, 1, 0), 0x41, PAGE);
	test_bytes(area_at(&pool, 1, 0) + PAGE, 0, PAGE);
	test_eq(peek(area_at(&pool, 1, 0) + 2 * PAGE), 0);
	test_bytes(area_at(&pool, 1, 0) + 2 * PAGE + 1, 0x41, 2 * PAGE - 1);
}

TEST("the image that a snapshot was made over may go")
{
	struct pool pool = pool_small(2);
	uint32_t image = image_filled(&pool, 1, 0x51, 4), copy;

	test_rebind(&pool, 0, image);
	poke(area_at(&pool, 0, 0), 0x52);
	copy = snapshot(&pool, 0);
	test_image_destroy(&pool, image);
	test_rebind(&pool, 0, copy);
	test_rebind(&pool, 1, copy);
	for (uint32_t slot = 0; slot < 2; slot++) {
		test_eq(peek(area_at(&pool, slot, 0)), 0x52);
		test_bytes(area_at(&pool, slot, 0) + 1, 0x51, 4 * PAGE - 1);
	}
}

TEST("limits are those of the slot: grown past its image, and what lies there is in it")
{
	struct pool pool = pool_small(2);
	uint32_t image = image_filled(&pool, 1, 0x61, 2);

	test_rebind(&pool, 0, image);
	test_resize(&pool, 0, 0, 10 * PAGE);
	test_resize(&pool, 0, 1, 6 * PAGE);
	poke(area_at(&pool, 0, 0) + 9 * PAGE, 0x62);
	test_rebind(&pool, 1, snapshot(&pool, 0));
	test_eq(limit_of(&pool, 1, 0), 10 * PAGE);
	test_eq(limit_of(&pool, 1, 1), 6 * PAGE);
	test_bytes(area_at(&pool, 1, 0), 0x61, 2 * PAGE);
	test_bytes(area_at(&pool, 1, 0) + 2 * PAGE, 0, 7 * PAGE);
	test_eq(peek(area_at(&pool, 1, 0) + 9 * PAGE), 0x62);
}

TEST("limits are those of the slot: shrunk, and what lay past them is not in it")
{
	struct pool pool = pool_small(2);
	uint32_t image = image_filled(&pool, 1, 0x71, 8), none;

	test_rebind(&pool, 0, image);
	memset(area_at(&pool, 0, 0) + 2 * PAGE, 0x72, PAGE);
	test_resize(&pool, 0, 0, 3 * PAGE);
	test_rebind(&pool, 1, snapshot(&pool, 0));
	test_eq(limit_of(&pool, 1, 0), 3 * PAGE);
	test_resize(&pool, 1, 0, 8 * PAGE);
	test_bytes(area_at(&pool, 1, 0), 0x71, 2 * PAGE);
	test_bytes(area_at(&pool, 1, 0) + 2 * PAGE, 0x72, PAGE);
	test_bytes(area_at(&pool, 1, 0) + 3 * PAGE, 0, 5 * PAGE);

	test_resize(&pool, 0, 0, 0);
	none = snapshot(&pool, 0);
	test_rebind(&pool, 1, none);
	test_eq(limit_of(&pool, 1, 0), 0);
	test_resize(&pool, 1, 0, 8 * PAGE);
	test_bytes(area_at(&pool, 1, 0), 0, 8 * PAGE);
}

TEST("a snapshot of a slot bound to a snapshot, many times over")
{
	struct pool pool = pool_small(1);

	for (uint8_t i = 0; i < 8; i++) {
		uint32_t image;

		poke(area_at(&pool, 0, 0) + i % 4 * PAGE + i, (uint8_t)(i + 1));
		image = snapshot(&pool, 0);
		memset(area_at(&pool, 0, 0), 0xff, 4 * PAGE);
		test_rebind(&pool, 0, image);
		if (i)
			test_image_destroy(&pool, image - 1);
		for (uint8_t j = 0; j <= i; j++)
			test_eq(peek(area_at(&pool, 0, 0) + j % 4 * PAGE + j), j + 1);
	}
}

TEST("a bad slot is ENOENT and leaves no image")
{
	struct pool pool = pool_small(1);
	uint32_t image;

	test_err_image_snapshot(-ENOENT, &pool, 1, 0, &image);
	test_err_image_snapshot(-ENOENT, &pool, NO_SLOT, 0, &image);
	for (image = 1; image < 5; image++)
		test_err_image_destroy(-ENOENT, &pool, image);
}

TEST("an answer that cannot be given leaves no image")
{
	struct pool pool = pool_small(1);
	struct guardslot_image_snapshot *cmd = before_hole(PAGE);

	memset(area_at(&pool, 0, 0), 1, 4 * PAGE);
	cmd->size = sizeof(*cmd);
	test_sys(mprotect(cmd, PAGE, PROT_READ));
	test_err(-EFAULT, device_call(pool.fd, GUARDSLOT_IOC_IMAGE_SNAPSHOT, cmd));
	for (uint32_t image = 1; image < 5; image++)
		test_err_image_destroy(-ENOENT, &pool, image);
}

TEST_MAIN()
