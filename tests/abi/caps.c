// SPDX-License-Identifier: MIT
// A cap on pages holds to the page, and what is given back can be had again.
/*
 * Over a cap a touch is SIGBUS, a system call EFAULT and a call of the ABI ENOSPC;
 * nothing else is lost.
 */
#include "test.h"

#include <sys/mman.h>
#include <sys/wait.h>

#include "abi.h"
#include "bookkeeping.h"
#include "image.h"
#include "memory.h"
#include "pool.h"
#include "touch.h"

static struct pool pool_capped(uint32_t slots, size_t max_pages, size_t keep_pages)
{
	struct guardslot_create geometry = small_geometry(slots);

	geometry.max_resident = max_pages * PAGE;
	geometry.keep_resident = keep_pages * PAGE;
	return pool_map(&geometry);
}

TEST("max_resident: exactly that many pages, then SIGBUS at the address")
{
	struct pool pool = pool_capped(3, 5, 0);
	uint8_t *at = area_at(&pool, 1, 0);

	test_eq(touch_pages(&pool, 0, 4), 4);
	poke(at, 1);
	test_signal(SIGBUS, at + PAGE + 5, poke(at + PAGE + 5, 1));
	test_signal(SIGBUS, at + PAGE + 5, peek(at + PAGE + 5));
	test_signal(SIGBUS, area_at(&pool, 2, 1), peek(area_at(&pool, 2, 1)));
	/* A guard is still a guard. */
	test_signal(SIGSEGV, at + 4 * PAGE, peek(at + 4 * PAGE));
	test_eq(peek(at), 1);
	test_eq(resident_of(&pool, 0) + resident_of(&pool, 1) + resident_of(&pool, 2), 5);
}

TEST("over the cap read(2) into a slot and write(2) out of it are EFAULT or short")
{
	struct pool pool = pool_capped(1, 2, 0);
	int zeroes = open("/dev/zero", O_RDONLY), sink = memfd_create("sink", 0);
	uint8_t *at = area_at(&pool, 0, 0);

	test_eq(touch_pages(&pool, 0, 4), 2);
	test_sys_err(-EFAULT, read(zeroes, at + 2 * PAGE, 1));
	test_sys_err(-EFAULT, pwrite(sink, at + 2 * PAGE, 1, 0));
	test_eq(peek(at + PAGE), 2);
	test_eq(resident_of(&pool, 0), 2);
}

TEST("a slot that met the cap works, and its reset does")
{
	struct pool pool = pool_capped(2, 2, 0);

	for (int round = 0; round < 3; round++) {
		test_eq(touch_pages(&pool, 0, 4), 2);
		test_reset(&pool, 0);
		test_bytes(area_at(&pool, 0, 0), 0, 2 * PAGE);
		test_resize(&pool, 0, 0, 8 * PAGE);
	}
}

TEST("pages given back by purge, resize and rebind can be had by another slot")
{
	struct pool pool = pool_capped(2, 4, 0);
	uint32_t tiny = image_filled(&pool, 1, 0x11, 1);

	test_eq(touch_pages(&pool, 0, 4), 4);
	test_eq(touch_pages(&pool, 1, 4), 0);
	test_resize(&pool, 0, 0, 3 * PAGE);
	test_eq(touch_pages(&pool, 1, 4), 1);
	test_rebind(&pool, 0, tiny);
	test_eq(touch_pages(&pool, 1, 4), 3);
	test_purge(&pool, 0);
	test_eq(touch_pages(&pool, 1, 4), 4);
	test_bytes(area_at(&pool, 1, 0) + 3 * PAGE + 1, 0, PAGE - 1);
}

TEST("pages shared with an image count nothing")
{
	struct pool pool = pool_capped(4, 1, 0);
	uint32_t image = image_filled(&pool, 1, 0x22, 4);

	for (uint32_t slot = 0; slot < 4; slot++) {
		test_rebind(&pool, slot, image);
		test_bytes(area_at(&pool, slot, 0), 0x22, 4 * PAGE);
	}
	poke(area_at(&pool, 0, 0), 1);
	test_signal(SIGBUS, area_at(&pool, 1, 0), poke(area_at(&pool, 1, 0), 1));
	test_bytes(area_at(&pool, 1, 0), 0x22, 4 * PAGE);
}

TEST("the caps of two pools are two caps")
{
	struct pool a = pool_capped(1, 1, 0), b = pool_capped(1, 3, 0);

	test_eq(touch_pages(&a, 0, 4), 1);
	test_eq(touch_pages(&b, 0, 4), 3);
}

TEST("many tasks at the cap at once never pass it")
{
	struct pool pool = pool_capped(16, 50, 0);
	uint64_t resident = 0;

	for (uint32_t slot = 0; slot < 16; slot++)
		test_resize(&pool, slot, 0, 16 * PAGE);
	for (int child = 0; child < 4; child++) {
		if (fork() == 0) {
			pool.base = map_shared(pool.fd, pool.geometry.out_map_size, 0);
			for (int i = 0; i < 4; i++)
				touch_pages(&pool, (uint32_t)(child * 4 + i), 16);
			_exit(0);
		}
	}
	for (int child = 0; child < 4; child++)
		test_sys(wait(NULL));
	for (uint32_t slot = 0; slot < 16; slot++)
		resident += resident_of(&pool, slot);
	test_ok(resident <= 50);
	test_ok(resident >= 46); /* two at the last page may both be refused */
}

TEST("keep_resident: a reset trims a slot to it, and its content is right all the same")
{
	struct pool pool = pool_capped(2, 0, 3);
	uint32_t image = image_filled(&pool, 1, 0x33, 10);

	test_rebind(&pool, 0, image);
	for (int round = 0; round < 3; round++) {
		for (size_t page = 10; page-- > 0;)
			memset(area_at(&pool, 0, 0) + (page * 3 % 10) * PAGE, 0xff, PAGE);
		poke(area_at(&pool, 0, 1), 1);
		test_eq(resident_of(&pool, 0), 11);
		test_reset(&pool, 0);
		test_eq(resident_of(&pool, 0), 3);
		test_bytes(area_at(&pool, 0, 0), 0x33, 10 * PAGE);
		test_bytes(area_at(&pool, 0, 1), 0, PAGE);
	}
}

TEST("what a slot kept past its limit is given back when the next tenant does not grow")
{
	struct pool pool = pool_capped(1, 0, 0);
	uint64_t initial = pool.geometry.areas[0].initial;

	test_resize(&pool, 0, 0, initial + 4 * PAGE);
	memset(area_at(&pool, 0, 0) + initial, 0xff, 4 * PAGE);
	poke(area_at(&pool, 0, 0), 1);
	test_reset(&pool, 0);
	test_eq(resident_of(&pool, 0), 5);
	test_signal(SIGSEGV, area_at(&pool, 0, 0) + initial, peek(area_at(&pool, 0, 0) + initial));
	test_resize(&pool, 0, 0, initial + 4 * PAGE);
	test_bytes(area_at(&pool, 0, 0) + initial, 0, 4 * PAGE);
	test_reset(&pool, 0);
	test_eq(resident_of(&pool, 0), 5);
	test_reset(&pool, 0);
	test_eq(resident_of(&pool, 0), 1);
}

TEST("slots that grew do not use up the cap: beyond half of it a reset keeps nothing past a limit")
{
	struct pool pool = pool_capped(10, 8, 0);
	uint64_t initial = pool.geometry.areas[0].initial;

	for (uint32_t slot = 0; slot < 10; slot++) {
		test_resize(&pool, slot, 0, initial + 3 * PAGE);
		memset(area_at(&pool, slot, 0) + initial, 0xff, 3 * PAGE);
		test_reset(&pool, slot);
	}
}

TEST("keep_resident does not touch a slot that has no more than that, or one that is not reset")
{
	struct pool pool = pool_capped(2, 0, 3);

	test_eq(touch_pages(&pool, 0, 3), 3);
	test_eq(touch_pages(&pool, 1, 4), 4);
	test_reset(&pool, 0);
	test_eq(resident_of(&pool, 0), 3);
	test_eq(resident_of(&pool, 1), 4);
}

#define MAX_PAGES "/sys/module/guardslot/parameters/max_pages"

static void max_pages_set(size_t pages)
{
	int fd = open(MAX_PAGES, O_WRONLY);
	char text[32];
	int length = snprintf(text, sizeof(text), "%zu", pages);

	test_sys(fd);
	test_eq(write(fd, text, (size_t)length), length);
	test_sys(close(fd));
}

/* Runs the block under a cap of the whole module, which is lifted in any case. */
#define with_max_pages(pages, ...)            \
	do {                                  \
		int status_ = -1;             \
		pid_t child_;                 \
		max_pages_set(pages);         \
		child_ = fork();              \
		if (child_ == 0) {            \
			__VA_ARGS__;          \
			_exit(0);             \
		}                             \
		waitpid(child_, &status_, 0); \
		max_pages_set(0);             \
		test_eq(status_, 0);          \
	} while (0)

TEST("the module's cap: SIGBUS on touch, over all pools together")
{
	with_max_pages(bookkeeping(2, 2, 0) + 6, {
		struct pool a = pool_small(1);
		struct pool b = pool_small(1);

		test_eq(touch_pages(&a, 0, 4), 4);
		test_eq(touch_pages(&b, 0, 4), 2);
		test_reset(&b, 0);
		test_purge(&a, 0);
		test_eq(touch_pages(&b, 0, 4), 4);
	});
}

TEST("the module's cap: IMAGE_CREATE and IMAGE_SNAPSHOT are ENOSPC and leave no image or page")
{
	/* With the pages of the slot, or of an image, as those of another image. */
	with_max_pages(bookkeeping(1, 1, IMAGE_BYTES + NODE_BYTES) + 8, {
		struct pool pool = pool_small(1);
		struct guardslot_image_create create = { 0 };
		uint8_t content[16 * PAGE];
		uint32_t image;

		memset(content, 1, sizeof(content));
		create.areas[0] =
			(struct guardslot_image_area){ (uintptr_t)content, 9 * PAGE, 0, 16 * PAGE };
		for (int i = 0; i < 3; i++)
			test_err_image_create(-ENOSPC, &pool, &create);
		test_eq(touch_pages(&pool, 0, 4), 4);
		poke(area_at(&pool, 0, 1), 1);
		test_err_image_snapshot(-ENOSPC, &pool, 0, 0, &image);
		for (image = 1; image < 9; image++)
			test_err_image_destroy(-ENOENT, &pool, image);
		test_resize(&pool, 0, 1, 0);
		test_image_snapshot(&pool, 0, 0, &image);
	});
}

TEST("the module's cap can be lifted while a slot waits for it")
{
	with_max_pages(bookkeeping(1, 1, 0) + 1, {
		struct pool pool = pool_small(1);

		test_eq(touch_pages(&pool, 0, 4), 1);
		max_pages_set(0);
		test_eq(touch_pages(&pool, 0, 4), 4);
	});
}

TEST_MAIN()
