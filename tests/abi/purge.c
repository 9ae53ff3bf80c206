// SPDX-License-Identifier: MIT
// PURGE takes the private pages of the slots that its mode names, and of no other.
/*
 * It counts them, and leaves the slots reading as their image, with its limits.
 */
#include "test.h"

#include <stdatomic.h>
#include <sys/wait.h>

#include "abi.h"
#include "image.h"
#include "memory.h"
#include "pool.h"

static void dirty(struct pool *pool, uint32_t slot)
{
	test_resize(pool, slot, 0, 4 * PAGE);
	memset(area_at(pool, slot, 0), 0xff, 4 * PAGE);
	memset(area_at(pool, slot, 1), 0xff, 2 * PAGE);
}

static void dirty_all(struct pool *pool)
{
	for (uint32_t slot = 0; slot < pool->geometry.slots; slot++)
		dirty(pool, slot);
}

static void test_purged(struct pool *pool, uint32_t slot, uint8_t value, size_t pages)
{
	struct guardslot_query query;

	test_query(pool, slot, &query);
	test_eq(query.out_resident_pages, 0);
	test_eq(query.out_limit[0], pages * PAGE);
	test_bytes(area_at(pool, slot, 0), value, pages * PAGE);
	test_bytes(area_at(pool, slot, 1), 0, 2 * PAGE);
}

static void test_kept(struct pool *pool, uint32_t slot)
{
	test_eq(resident_of(pool, slot), 6);
	test_bytes(area_at(pool, slot, 0), 0xff, 4 * PAGE);
}

TEST("by vector: those slots, their pages gone, counted")
{
	struct pool pool = pool_small(6);
	const uint32_t slots[] = { 5, 1, 1 };
	struct guardslot_purge purge = { .slots = (uintptr_t)slots, .count = 3 };
	struct guardslot_query query;

	dirty_all(&pool);
	test_purge_cmd(&pool, &purge);
	test_eq(purge.out_done, 3);
	for (uint32_t slot = 0; slot < 6; slot++) {
		test_query(&pool, slot, &query);
		test_eq(query.out_purges, slot == 1 ? 2 : slot == 5);
		if (query.out_purges)
			test_purged(&pool, slot, 0, 4);
		else
			test_kept(&pool, slot);
	}
}

TEST("by vector: limits go back, shared pages go as well, and all of it can be used again")
{
	struct pool pool = pool_small(2);
	uint32_t image = image_filled(&pool, 1, 0x11, 8);

	test_rebind(&pool, 0, image);
	for (int round = 0; round < 3; round++) {
		test_resize(&pool, 0, 0, round * 2 * PAGE);
		test_resize(&pool, 0, 0, 10 * PAGE);
		poke(area_at(&pool, 0, 0) + 9 * PAGE, 1);
		test_purge(&pool, 0);
		test_purged(&pool, 0, 0x11, 8);
	}
}

TEST("by image: all slots bound to it, no other")
{
	struct pool pool = pool_small(6);
	uint32_t a = image_filled(&pool, 1, 0x21, 4), b = image_filled(&pool, 1, 0x22, 4);
	struct guardslot_purge purge = { .mode = GUARDSLOT_PURGE_IMAGE, .image = a };

	for (uint32_t slot = 0; slot < 4; slot++)
		test_rebind(&pool, slot, slot % 2 ? a : b);
	dirty_all(&pool);
	test_purge_cmd(&pool, &purge);
	test_eq(purge.out_done, 2);
	for (uint32_t slot = 0; slot < 6; slot++) {
		if (slot == 1 || slot == 3)
			test_purged(&pool, slot, 0x21, 4);
		else
			test_kept(&pool, slot);
	}
}

TEST("by tag: all slots bound to any image that carries it, destroyed ones too")
{
	struct pool pool = pool_small(6);
	uint32_t a = image_filled(&pool, 77, 0x31, 4), b = image_filled(&pool, 77, 0x32, 4);
	uint32_t other = image_filled(&pool, 78, 0x33, 4);
	struct guardslot_purge purge = { .mode = GUARDSLOT_PURGE_TAG, .tag = 77 };
	struct guardslot_query query;

	test_rebind(&pool, 0, a);
	test_rebind(&pool, 1, b);
	test_rebind(&pool, 2, a);
	test_rebind(&pool, 3, other);
	dirty_all(&pool);
	test_image_destroy(&pool, a);
	test_purge_cmd(&pool, &purge);
	test_eq(purge.out_done, 3);
	test_purged(&pool, 1, 0x32, 4);
	/* Those of the destroyed image are bound to none now. */
	for (uint32_t slot = 0; slot < 3; slot += 2) {
		test_purged(&pool, slot, 0, 4);
		test_query(&pool, slot, &query);
		test_eq(query.out_image, GUARDSLOT_IMAGE_NONE);
		test_eq(query.out_tag, 0);
	}
	for (uint32_t slot = 3; slot < 6; slot++)
		test_kept(&pool, slot);
	test_purge_cmd(&pool, &purge);
	test_eq(purge.out_done, 1);
}

TEST("a slot purged of a destroyed image has the limits of a slot without one")
{
	struct pool pool = pool_small(3);
	uint32_t image = image_filled(&pool, 1, 0x34, 9);

	for (uint32_t slot = 0; slot < 3; slot++)
		test_rebind(&pool, slot, image);
	poke(area_at(&pool, 0, 0) + 8 * PAGE, 1);
	test_resize(&pool, 1, 0, 12 * PAGE);
	test_resize(&pool, 2, 0, 2 * PAGE);
	test_image_destroy(&pool, image);
	for (uint32_t slot = 0; slot < 3; slot++) {
		test_purge(&pool, slot);
		test_purged(&pool, slot, 0, 4);
		test_signal(SIGSEGV, area_at(&pool, slot, 0) + 4 * PAGE,
			    poke(area_at(&pool, slot, 0) + 4 * PAGE, 1));
	}
}

TEST("by tag 0: slots without an image are not meant, those with such an image are")
{
	struct pool pool = pool_small(3);
	struct guardslot_purge purge = { .mode = GUARDSLOT_PURGE_TAG };

	test_rebind(&pool, 1, image_filled(&pool, 0, 0x41, 4));
	dirty_all(&pool);
	test_purge_cmd(&pool, &purge);
	test_eq(purge.out_done, 1);
	test_purged(&pool, 1, 0x41, 4);
	test_kept(&pool, 0);
}

TEST("a tag that no image has in all 64 bits purges nothing")
{
	struct pool pool = pool_small(2);
	struct guardslot_purge purge = {
		.mode = GUARDSLOT_PURGE_TAG,
		.tag = (1ull << 63) + 5,
		.out_done = 9,
	};

	test_rebind(&pool, 0, image_filled(&pool, 5, 0x41, 4));
	dirty_all(&pool);
	test_purge_cmd(&pool, &purge);
	test_eq(purge.out_done, 0);
	test_kept(&pool, 0);
	test_rebind(&pool, 0, image_filled(&pool, purge.tag, 0x42, 4));
	test_purge_cmd(&pool, &purge);
	test_eq(purge.out_done, 1);
}

TEST("idle: slots whose claim word is IDLE, which it is afterwards as well")
{
	static const uint32_t words[] = {
		GUARDSLOT_ACTIVE, GUARDSLOT_IDLE, GUARDSLOT_RECLAIM, 3, 0x100,
		UINT32_MAX,	  0x80000001,	  GUARDSLOT_IDLE,
	};
	struct pool pool = pool_small(ARRAY_SIZE(words));
	struct guardslot_purge purge = { .mode = GUARDSLOT_PURGE_IDLE };

	dirty_all(&pool);
	for (uint32_t slot = 0; slot < ARRAY_SIZE(words); slot++)
		atomic_store(claim_word(&pool, slot), words[slot]);
	test_purge_cmd(&pool, &purge);
	test_eq(purge.out_done, 2);
	for (uint32_t slot = 0; slot < ARRAY_SIZE(words); slot++) {
		test_eq(atomic_load(claim_word(&pool, slot)), words[slot]);
		if (words[slot] == GUARDSLOT_IDLE)
			test_purged(&pool, slot, 0, 4);
		else
			test_kept(&pool, slot);
	}
}

TEST("by vector, image or tag the claim word does not matter and is left alone")
{
	struct pool pool = pool_small(4);
	uint32_t image = image_filled(&pool, 3, 0x51, 4);
	struct guardslot_purge by_image = { .mode = GUARDSLOT_PURGE_IMAGE, .image = image };
	struct guardslot_purge by_tag = { .mode = GUARDSLOT_PURGE_TAG, .tag = 3 };

	for (uint32_t slot = 0; slot < 4; slot++) {
		test_rebind(&pool, slot, image);
		atomic_store(claim_word(&pool, slot), slot);
	}
	dirty_all(&pool);
	test_purge_cmd(&pool, &by_image);
	test_eq(by_image.out_done, 4);
	dirty_all(&pool);
	test_purge_cmd(&pool, &by_tag);
	test_eq(by_tag.out_done, 4);
	for (uint32_t slot = 0; slot < 4; slot++) {
		dirty(&pool, slot);
		test_purge(&pool, slot);
		test_purged(&pool, slot, 0x51, 4);
		test_eq(atomic_load(claim_word(&pool, slot)), slot);
	}
}

TEST("an unknown mode is EOPNOTSUPP, a field that the mode does not use EINVAL")
{
	struct pool pool = pool_small(2);
	uint32_t slot = 0, image = image_filled(&pool, 1, 1, 1);
	const struct {
		int error;
		struct guardslot_purge cmd;
	} cases[] = {
		{ -EOPNOTSUPP, { .mode = 4 } },
		{ -EOPNOTSUPP, { .mode = UINT32_MAX } },
		{ -EINVAL, { .mode = GUARDSLOT_PURGE_SLOTS, .tag = 1 } },
		{ -EINVAL, { .mode = GUARDSLOT_PURGE_SLOTS, .image = image } },
		{ -EINVAL, { .mode = GUARDSLOT_PURGE_IMAGE, .image = image, .tag = 1 } },
		{ -EINVAL, { .mode = GUARDSLOT_PURGE_IMAGE, .image = image, .count = 1 } },
		{ -EINVAL,
		  { .mode = GUARDSLOT_PURGE_IMAGE, .image = image, .slots = (uintptr_t)&slot } },
		{ -EINVAL, { .mode = GUARDSLOT_PURGE_TAG, .image = image } },
		{ -EINVAL, { .mode = GUARDSLOT_PURGE_TAG, .count = 1 } },
		{ -EINVAL, { .mode = GUARDSLOT_PURGE_IDLE, .tag = 1 } },
		{ -EINVAL, { .mode = GUARDSLOT_PURGE_IDLE, .image = image } },
		{ -EINVAL, { .mode = GUARDSLOT_PURGE_IDLE, .slots = (uintptr_t)&slot } },
		{ -ENOENT, { .mode = GUARDSLOT_PURGE_IMAGE } },
		{ -ENOENT, { .mode = GUARDSLOT_PURGE_IMAGE, .image = NO_IMAGE } },
		{ -EFAULT, { .mode = GUARDSLOT_PURGE_SLOTS, .count = 1 } },
		{ -EINVAL, { .mode = GUARDSLOT_PURGE_SLOTS, .count = UINT32_MAX } },
	};

	dirty_all(&pool);
	for (uint32_t i = 0; i < 2; i++)
		atomic_store(claim_word(&pool, i), GUARDSLOT_IDLE);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct guardslot_purge cmd = cases[i].cmd;
		int ret = do_purge_cmd(&pool, &cmd);

		if (ret != cases[i].error)
			test_fail("case %zu: got %d, expected %d", i, ret, cases[i].error);
	}
	test_kept(&pool, 0);
	test_kept(&pool, 1);
}

TEST("a vector with one bad slot purges nothing")
{
	struct pool pool = pool_small(2);
	uint32_t slots[200] = { 0 };
	struct guardslot_purge purge = { .slots = (uintptr_t)slots, .count = 200 };

	dirty_all(&pool);
	slots[199] = 2;
	test_err_purge_cmd(-ENOENT, &pool, &purge);
	test_kept(&pool, 0);
}

TEST("many threads' worth of idle purges at once leave every word IDLE")
{
	struct pool pool = pool_small(64);

	for (uint32_t slot = 0; slot < 64; slot++)
		atomic_store(claim_word(&pool, slot), GUARDSLOT_IDLE);
	for (int child = 0; child < 3; child++) {
		if (fork() == 0) {
			struct guardslot_purge purge = { .mode = GUARDSLOT_PURGE_IDLE };

			for (int i = 0; i < 100; i++)
				test_purge_cmd(&pool, &purge);
			_exit(0);
		}
	}
	for (int i = 0; i < 500; i++)
		poke(area_at(&pool, (uint32_t)i % 64, 0), 1);
	for (int child = 0; child < 3; child++) {
		int status;

		test_sys(wait(&status));
		test_eq(status, 0);
	}
	for (uint32_t slot = 0; slot < 64; slot++)
		test_eq(atomic_load(claim_word(&pool, slot)), GUARDSLOT_IDLE);
}

TEST_MAIN()
