// SPDX-License-Identifier: MIT
// Pieces of an arena are zeroed, aligned, apart from each other, and go together.
#include "module_test.h"

#include "base/arena.h"
#include "random.h"

#define PIECES 20000

struct piece {
	unsigned char *bytes;
	size_t length;
	unsigned char value;
};

TEST("pieces of all sizes do not overlap")
{
	static struct piece pieces[PIECES];
	struct shim_arena arena = { 0 };
	uint64_t state = 1;

	for (int i = 0; i < PIECES; i++) {
		size_t size, count;

		random_next(&state);
		size = state >> 60 < 8 ? 1 : 8 * (state >> 60);
		count = state >> 40 & (state >> 30 & 63 ? 15 : 8191);
		pieces[i].length = size * count;
		pieces[i].value = (unsigned char)(state >> 33 | 1);
		pieces[i].bytes = shim_arena_alloc(&arena, count, size);
		test_ok(pieces[i].bytes);
		test_ok(size == 1 || (uintptr_t)pieces[i].bytes % 8 == 0);
		test_bytes(pieces[i].bytes, 0, pieces[i].length);
		memset(pieces[i].bytes, pieces[i].value, pieces[i].length);
	}
	for (int i = 0; i < PIECES; i++)
		test_bytes(pieces[i].bytes, pieces[i].value, pieces[i].length);
	shim_arena_uninit(&arena);
	test_ok(!arena.chunks);
	test_ok(shim_arena_alloc(&arena, 1, 1));
	shim_arena_uninit(&arena);
}

TEST("a copy, also of nothing")
{
	static const uint32_t numbers[] = { 1, 2, 3 };
	struct shim_arena arena = { 0 };

	test_mem(shim_arena_copy(&arena, numbers, 3, sizeof(numbers[0])), numbers, sizeof(numbers));
	test_ok(shim_arena_copy(&arena, NULL, 0, 8));
	shim_arena_uninit(&arena);
	shim_arena_uninit(&arena);
}

TEST("a length that overflows, or that there is no memory for")
{
	struct shim_arena arena = { 0 };

	test_ok(!shim_arena_alloc(&arena, SIZE_MAX / 8 + 2, 8));
	test_str(shim_error(), "no memory for 2305843009213693953 of 8 bytes");
	test_ok(!shim_arena_alloc(&arena, SIZE_MAX, 1));
	test_str(shim_error(), "no memory for 18446744073709551615 bytes");
	test_ok(!shim_arena_alloc(&arena, SIZE_MAX / 2, 1));
	test_ok(!arena.chunks);
	shim_arena_uninit(&arena);
}

TEST_MAIN()
