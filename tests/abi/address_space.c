// SPDX-License-Identifier: MIT
// CREATE takes a slab as long as mmap() without a hint can map, and none that is longer.
/*
 * How long that is depends on the processor, on the kernel and on the task. Page tables
 * of five levels, for example, do not make it longer, as programs that know of four only
 * must not get such addresses.
 */
#include "test.h"

#include <sys/mman.h>

#include "abi.h"
#include "memory.h"
#include "pool.h"

static uint64_t longest(void)
{
	struct guardslot_info info = { 0 };
	int fd = test_success(device_open());

	test_info(fd, &info);
	test_sys(close(fd));
	return info.out_max_map_size;
}

/* One slot, the slab of which is so long. */
static struct guardslot_create geometry_of(uint64_t size)
{
	return (struct guardslot_create){
		.slots = 1,
		.area_count = 1,
		.areas[0] = { size, 0, PAGE, PAGE },
	};
}

static long map_anywhere(uint64_t size)
{
	long at = (long)mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1,
			     0);

	return at == -1 ? -errno : at;
}

TEST("mmap without a hint gives no more than INFO says, but half as much")
{
	uint64_t size = longest();
	long at = map_anywhere(size / 2);

	test_ok(at > 0);
	test_sys(munmap((void *)at, size / 2));
	test_eq(map_anywhere(size + PAGE), -ENOMEM);
}

TEST("a slab of that length can be created, a page more is EOVERFLOW")
{
	uint64_t size = longest();
	struct guardslot_create fits = geometry_of(size), over = geometry_of(size + PAGE);
	int fd = test_success(device_open());

	test_err_create(-EOVERFLOW, fd, &over);
	test_create(fd, &fits);
	test_sys(close(fd));
}

TEST("a slab of half that length can be mapped and used to its last page")
{
	uint64_t size = longest() / 2 / PAGE * PAGE;
	struct guardslot_create geometry = geometry_of(size);
	struct pool pool;

	geometry.areas[0].max = size;
	pool = pool_map(&geometry);
	test_resize(&pool, 0, 0, size);
	poke(area_at(&pool, 0, 0) + size - 1, 1);
	test_eq(peek(area_at(&pool, 0, 0) + size - 1), 1);
	test_eq(resident_of(&pool, 0), 1);
}

TEST_MAIN()
