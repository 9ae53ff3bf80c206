// SPDX-License-Identifier: MIT
// No byte of one slot, pool, image or process can be read in another.
/*
 * A page that appears holds the bytes of the image or zeroes, whatever it held before.
 */
#include "test.h"

#include <sys/mman.h>
#include <sys/wait.h>

#include "abi.h"
#include "image.h"
#include "memory.h"
#include "pool.h"

#define SECRET 0xa7

/* No byte that any slot of the pool shows is the secret. */
static void test_no_secret(struct pool *pool)
{
	for (uint32_t slot = 0; slot < pool->geometry.slots; slot++) {
		for (uint32_t area = 0; area < 2; area++) {
			uint64_t limit = limit_of(pool, slot, area);

			test_bytes(area_at(pool, slot, area), 0, limit);
		}
	}
}

/* Gives many pages full of secret back to the kernel's free lists. */
static void free_secrets(struct pool *pool)
{
	for (uint32_t slot = 0; slot < pool->geometry.slots; slot++) {
		test_resize(pool, slot, 0, 16 * PAGE);
		memset(area_at(pool, slot, 0), SECRET, 16 * PAGE);
	}
}

TEST("a write to a slot is seen in that slot alone")
{
	struct pool pool = pool_small(4);

	memset(area_at(&pool, 1, 0), SECRET, 4 * PAGE);
	memset(area_at(&pool, 1, 1), SECRET, 2 * PAGE);
	for (uint32_t slot = 0; slot < 4; slot++) {
		if (slot == 1)
			continue;
		test_bytes(area_at(&pool, slot, 0), 0, 4 * PAGE);
		test_bytes(area_at(&pool, slot, 1), 0, 2 * PAGE);
	}
}

TEST("pages that one slot gave back are clean in the next, by purge, shrink and trim")
{
	struct guardslot_create geometry = small_geometry(8);
	struct pool from, to;

	geometry.keep_resident = PAGE;
	from = pool_map(&geometry);
	for (int way = 0; way < 3; way++) {
		free_secrets(&from);
		for (uint32_t slot = 0; slot < 8; slot++) {
			if (way == 0)
				test_purge(&from, slot);
			else if (way == 1)
				test_resize(&from, slot, 0, 0);
			else
				test_reset(&from, slot);
		}
		to = pool_small(8);
		for (uint32_t slot = 0; slot < 8; slot++)
			test_resize(&to, slot, 0, 16 * PAGE);
		test_no_secret(&to);
		pool_close(&to);
	}
}

TEST("pages of a pool that was closed, or whose process was killed, are clean in the next")
{
	for (int round = 0; round < 4; round++) {
		struct pool to;
		pid_t child = fork();

		test_sys(child);
		if (child == 0) {
			struct pool from = pool_small(8);

			free_secrets(&from);
			if (round % 2)
				raise(SIGKILL);
			_exit(0);
		}
		test_sys(waitpid(child, NULL, 0));
		to = pool_small(8);
		for (uint32_t slot = 0; slot < 8; slot++)
			test_resize(&to, slot, 0, 16 * PAGE);
		test_no_secret(&to);
		pool_close(&to);
	}
}

TEST("pages of an image that was destroyed are clean in the next slot")
{
	struct pool pool = pool_small(8);

	for (int round = 0; round < 4; round++) {
		for (int i = 0; i < 8; i++)
			image_filled(&pool, 1, SECRET, 16);
		for (uint32_t id = 1; id <= 8; id++)
			test_image_destroy(&pool, (uint32_t)round * 8 + id);
		for (uint32_t slot = 0; slot < 8; slot++)
			test_resize(&pool, slot, 0, 16 * PAGE);
		test_no_secret(&pool);
		for (uint32_t slot = 0; slot < 8; slot++)
			test_purge(&pool, slot);
	}
}

TEST("memory that a process freed is not what an image or a slot shows around its content")
{
	struct pool pool = pool_small(4);

	for (int round = 0; round < 4; round++) {
		uint8_t *junk = mmap(NULL, 64 * PAGE, PROT_READ | PROT_WRITE,
				     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		uint32_t image;

		test_ok(junk != MAP_FAILED);
		memset(junk, SECRET, 64 * PAGE);
		test_sys(munmap(junk, 64 * PAGE));
		/* A byte in the middle of each of four pages. */
		image = image_of(&pool, 1, "x", 1, 4 * PAGE);
		test_rebind(&pool, 0, image);
		test_bytes(area_at(&pool, 0, 0) + 1, 0, 4 * PAGE - 1);
		test_purge(&pool, 0);
	}
}

TEST("an image's bytes are seen through slots bound to it, and not after they were rebound")
{
	struct pool pool = pool_small(3);
	uint32_t secret = image_filled(&pool, 1, SECRET, 16);
	uint32_t plain = image_filled(&pool, 2, 0x01, 2);

	for (int touched = 0; touched < 2; touched++) {
		test_rebind(&pool, 0, secret);
		test_eq(peek(area_at(&pool, 0, 0) + 15 * PAGE), SECRET);
		if (touched)
			memset(area_at(&pool, 0, 0), SECRET, 16 * PAGE);
		test_rebind(&pool, 0, plain);
		test_resize(&pool, 0, 0, 16 * PAGE);
		test_bytes(area_at(&pool, 0, 0), 0x01, 2 * PAGE);
		test_bytes(area_at(&pool, 0, 0) + 2 * PAGE, 0, 14 * PAGE);
		test_rebind(&pool, 0, GUARDSLOT_IMAGE_NONE);
	}
	test_no_secret(&pool);
}

TEST("two slots with each other's content are both reset to their own")
{
	struct pool pool = pool_small(2);
	uint32_t a = image_filled(&pool, 1, 0x0a, 4), b = image_filled(&pool, 2, 0x0b, 4);
	const uint32_t both[] = { 0, 1 };
	struct guardslot_reset reset = { .slots = (uintptr_t)both, .count = 2 };
	uint8_t copy[4 * PAGE];

	test_rebind(&pool, 0, a);
	test_rebind(&pool, 1, b);
	for (int round = 0; round < 3; round++) {
		memcpy(copy, area_at(&pool, 0, 0), 4 * PAGE);
		memcpy(area_at(&pool, 0, 0), area_at(&pool, 1, 0), 4 * PAGE);
		memcpy(area_at(&pool, 1, 0), copy, 4 * PAGE);
		test_bytes(area_at(&pool, 0, 0), 0x0b, 4 * PAGE);
		test_reset_cmd(&pool, &reset);
		test_bytes(area_at(&pool, 0, 0), 0x0a, 4 * PAGE);
		test_bytes(area_at(&pool, 1, 0), 0x0b, 4 * PAGE);
	}
}

TEST("two pools with the same geometry know nothing of each other's slots, images and purges")
{
	struct pool a = pool_small(2), b = pool_small(2);
	uint32_t image_a = image_filled(&a, 1, 0x1a, 4), image_b = image_filled(&b, 1, 0x1b, 4);
	struct guardslot_purge purge = { .mode = GUARDSLOT_PURGE_TAG, .tag = 1 };

	test_rebind(&a, 0, image_a);
	test_rebind(&b, 0, image_b);
	test_bytes(area_at(&a, 0, 0), 0x1a, 4 * PAGE);
	test_bytes(area_at(&b, 0, 0), 0x1b, 4 * PAGE);
	memset(area_at(&a, 0, 0), SECRET, 4 * PAGE);
	memset(area_at(&a, 1, 0), SECRET, 4 * PAGE);
	test_purge_cmd(&b, &purge);
	test_eq(purge.out_done, 1);
	test_resize(&b, 1, 0, 0);
	test_bytes(area_at(&a, 0, 0), SECRET, 4 * PAGE);
	test_bytes(area_at(&a, 1, 0), SECRET, 4 * PAGE);
	test_bytes(area_at(&b, 0, 0), 0x1b, 4 * PAGE);
	pool_close(&b);
	test_bytes(area_at(&a, 0, 0), SECRET, 4 * PAGE);
}

TEST_MAIN()
