// SPDX-License-Identifier: MIT
// PREFAULT of a range makes these pages private and mapped, with the slot's content, and no others.
/*
 * When something stops it, it returns how many pages it has done; these stay and work.
 */
#include "test.h"

#include <sched.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "abi.h"
#include "content.h"
#include "fdinfo.h"
#include "image.h"
#include "memory.h"
#include "perf.h"
#include "pool.h"

#define PAGES 16

static struct guardslot_prefault range_cmd(const uint32_t *slots, uint32_t count, uint32_t area,
					   uint64_t offset, uint64_t length)
{
	return (struct guardslot_prefault){
		.flags = GUARDSLOT_PREFAULT_RANGE,
		.slots = (uintptr_t)slots,
		.count = count,
		.area = area,
		.offset = offset,
		.length = length,
	};
}

static const uint32_t first_three[] = { 0, 1, 2 };

TEST("a range becomes private, mapped and holds the image")
{
	struct pool pool = pool_plain(2, PAGES, 0);
	uint8_t *at = area_at(&pool, 1, 0);
	long before;

	test_rebind(&pool, 1, image_keyed(&pool, 1, 100, PAGES));
	test_eq(prefault_range(&pool, 1, 0, 2 * PAGE, 9 * PAGE), 9);
	test_eq(resident_of(&pool, 1), 9);
	test_eq(resident_of(&pool, 0), 0);
	before = faults();
	for (size_t i = 2; i < 11; i++)
		test_holds(at + i * PAGE, 100 + i);
	write_pages(at + 2 * PAGE, 9, 1);
	test_eq(faults() - before, 0);
	/* The pages were not touched: nothing was learned. */
	test_eq(write_set_of(&pool, 1), 0);
	test_eq(prefault_range(&pool, 1, 0, 0, PAGES * PAGE), PAGES - 9);
}

TEST("pages that were shared become private, written ones keep what they hold")
{
	struct pool pool = pool_plain(1, PAGES, 0);
	uint8_t *at = area_at(&pool, 0, 0);
	long before;

	test_rebind(&pool, 0, image_keyed(&pool, 1, 100, PAGES));
	read_pages(at, PAGES);
	fill_page(at + 5 * PAGE, 9000);
	test_eq(prefault_range(&pool, 0, 0, 0, PAGES * PAGE), PAGES - 1);
	test_eq(shared_of(&pool, 0), 0);
	before = faults();
	for (size_t i = 0; i < PAGES; i++)
		test_holds(at + i * PAGE, i == 5 ? 9000 : 100 + i);
	write_pages(at, PAGES, 1);
	test_eq(faults() - before, 0);
}

TEST("any area, any number of slots, one twice, and none")
{
	struct guardslot_create geometry = small_geometry(4);
	struct pool pool = pool_map(&geometry);
	const uint32_t slots[] = { 3, 1, 3 };
	struct guardslot_prefault cmd = range_cmd(slots, 3, 1, PAGE, PAGE);

	test_err(0, do_prefault_cmd(&pool, &cmd));
	test_eq(cmd.out_done, 3);
	test_eq(cmd.out_pages, 2);
	test_eq(resident_of(&pool, 3), 1);
	poke(area_at(&pool, 3, 1) + PAGE, 1);
	test_eq(resident_of(&pool, 3), 1);

	cmd = range_cmd(slots, 3, 1, PAGE, 0);
	test_err(0, do_prefault_cmd(&pool, &cmd));
	test_eq(cmd.out_done, 3);
	test_eq(cmd.out_pages, 0);
	cmd = range_cmd(NULL, 0, 0, 0, PAGE);
	test_err(0, do_prefault_cmd(&pool, &cmd));
	test_eq(cmd.out_done, 0);
}

TEST("wrong arguments change nothing")
{
	struct guardslot_create geometry = small_geometry(4);
	struct pool pool = pool_map(&geometry);
	const uint32_t bad_slot[] = { 0, 4 };
	const uint64_t max = geometry.areas[0].max;
	const struct {
		int error;
		struct guardslot_prefault cmd;
	} wrong[] = {
		{ -EINVAL, range_cmd(first_three, 1, 0, 1, PAGE) },
		{ -EINVAL, range_cmd(first_three, 1, 0, 0, PAGE - 1) },
		{ -EINVAL, range_cmd(first_three, 1, 2, 0, PAGE) },
		{ -EINVAL, range_cmd(first_three, 1, UINT32_MAX, 0, PAGE) },
		{ -EINVAL, range_cmd(first_three, 1, 0, max, PAGE) },
		{ -EINVAL, range_cmd(first_three, 1, 0, PAGE, max) },
		{ -EINVAL, range_cmd(first_three, 1, 0, -PAGE, 2 * PAGE) },
		{ -EINVAL, range_cmd(first_three, 1, 0, PAGE, -PAGE) },
		{ -ENOENT, range_cmd(bad_slot, 2, 0, 0, PAGE) },
		{ -EFAULT, range_cmd((uint32_t *)8, 1, 0, 0, PAGE) },
		{ -EINVAL, range_cmd(first_three, UINT32_MAX, 0, 0, PAGE) },
		/* What only a range has. */
		{ -EINVAL, { .slots = (uintptr_t)first_three, .count = 1, .area = 1 } },
		{ -EINVAL, { .slots = (uintptr_t)first_three, .count = 1, .offset = PAGE } },
		{ -EINVAL, { .slots = (uintptr_t)first_three, .count = 1, .length = PAGE } },
		{ -EOPNOTSUPP, { .slots = (uintptr_t)first_three, .count = 1, .__reserved = 1 } },
		{ -EOPNOTSUPP, { .slots = (uintptr_t)first_three, .count = 1, .flags = 2 } },
	};

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		struct guardslot_prefault cmd = wrong[i].cmd;
		int ret = do_prefault_cmd(&pool, &cmd);

		if (ret != wrong[i].error)
			test_fail("case %zu: got %d, expected %d", i, ret, wrong[i].error);
		test_eq(fdinfo_resident_pages(&pool), 0);
	}
}

TEST("a range past a slot's limit is EINVAL, with the slots before it done")
{
	struct pool pool = pool_plain(3, PAGES, 0);
	struct guardslot_prefault cmd = range_cmd(first_three, 3, 0, 0, 8 * PAGE);

	test_resize(&pool, 1, 0, 7 * PAGE);
	test_err(-EINVAL, do_prefault_cmd(&pool, &cmd));
	test_eq(cmd.out_done, 1);
	test_eq(cmd.out_pages, 8);
	test_eq(resident_of(&pool, 0), 8);
	test_eq(resident_of(&pool, 1), 0);
	test_eq(resident_of(&pool, 2), 0);
}

TEST("over the cap it is ENOSPC, and the pages made until then stay and work")
{
	struct guardslot_create geometry = plain_geometry(3, PAGES);
	struct guardslot_prefault cmd = range_cmd(first_three, 3, 0, 0, 6 * PAGE);
	struct pool pool;
	uint8_t *over;
	long before;

	geometry.max_resident = 10 * PAGE;
	pool = pool_map(&geometry);
	test_err(-ENOSPC, do_prefault_cmd(&pool, &cmd));
	test_eq(cmd.out_done, 1);
	test_eq(cmd.out_pages, 10);
	test_eq(resident_of(&pool, 0), 6);
	test_eq(resident_of(&pool, 1), 4);
	test_eq(resident_of(&pool, 2), 0);
	before = faults();
	write_pages(area_at(&pool, 0, 0), 6, 1);
	write_pages(area_at(&pool, 1, 0), 4, 1);
	test_eq(faults() - before, 0);
	over = area_at(&pool, 1, 0) + 4 * PAGE;
	test_signal(SIGBUS, over, poke(over, 1));

	test_purge(&pool, 0);
	cmd = range_cmd(first_three + 1, 1, 0, 0, 6 * PAGE);
	test_err(0, do_prefault_cmd(&pool, &cmd));
	test_eq(cmd.out_pages, 2);
	poke(over, 1);
}

TEST("without a mapping the pages are made all the same")
{
	struct guardslot_create geometry = plain_geometry(2, PAGES);
	struct pool pool = pool_create(&geometry);

	test_rebind(&pool, 1, image_keyed(&pool, 1, 100, PAGES));
	test_eq(prefault_range(&pool, 1, 0, 0, PAGES * PAGE), PAGES);
	pool.base = map_shared(pool.fd, pool.geometry.out_map_size, 0);
	for (size_t i = 0; i < PAGES; i++)
		test_holds(area_at(&pool, 1, 0) + i * PAGE, 100 + i);
	write_pages(area_at(&pool, 1, 0), PAGES, 1);
	test_eq(resident_of(&pool, 1), PAGES);
}

TEST("where a part of the slot is mapped, that part is filled")
{
	struct guardslot_create geometry = plain_geometry(2, PAGES);
	struct pool pool = pool_create(&geometry);
	uint8_t *part = map_shared(pool.fd, 5 * PAGE, slab_offset(&pool, 1, 0) + 4 * PAGE);
	long before;

	test_rebind(&pool, 1, image_keyed(&pool, 1, 100, PAGES));
	test_eq(prefault_range(&pool, 1, 0, 0, PAGES * PAGE), PAGES);
	before = faults();
	for (size_t i = 0; i < 5; i++)
		test_holds(part + i * PAGE, 104 + i);
	write_pages(part, 5, 1);
	test_eq(faults() - before, 0);
}

TEST("after a part was unmapped and another moved, each page is where it belongs")
{
	struct pool pool = pool_plain(2, PAGES, 0);
	uint8_t *at = area_at(&pool, 1, 0), *moved;
	void *room = mmap(NULL, 4 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	test_ok(room != MAP_FAILED);
	test_rebind(&pool, 1, image_keyed(&pool, 1, 100, PAGES));
	test_sys(munmap(at + 6 * PAGE, 2 * PAGE));
	moved = mremap(at + 12 * PAGE, 4 * PAGE, 4 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, room);
	test_ok(moved != MAP_FAILED);
	test_eq(prefault_range(&pool, 1, 0, 0, PAGES * PAGE), PAGES);
	for (size_t i = 0; i < PAGES; i++) {
		if (i < 6 || (i >= 8 && i < 12))
			test_holds(at + i * PAGE, 100 + i);
		else if (i >= 12)
			test_holds(moved + (i - 12) * PAGE, 100 + i);
	}
	test_signal(SIGSEGV, at + 6 * PAGE, peek(at + 6 * PAGE));
	write_pages(moved, 4, 9);
	test_reset(&pool, 1);
	test_holds(moved, 112);
	test_holds(at, 100);
}

TEST("of two mappings both work, and show one memory")
{
	struct pool pool = pool_plain(2, PAGES, 0);
	uint8_t *second =
		map_shared(pool.fd, pool.geometry.out_map_size, 0) + slab_offset(&pool, 1, 0);
	uint8_t *first = area_at(&pool, 1, 0);

	test_rebind(&pool, 1, image_keyed(&pool, 1, 100, PAGES));
	test_eq(prefault_range(&pool, 1, 0, 0, PAGES * PAGE), PAGES);
	for (size_t i = 0; i < PAGES; i++) {
		test_holds(first + i * PAGE, 100 + i);
		test_holds(second + i * PAGE, 100 + i);
	}
	write_pages(first, PAGES, 3);
	test_eq(peek(second + 7 * PAGE), 3);
	test_eq(resident_of(&pool, 1), PAGES);
	test_reset(&pool, 1);
	test_purge(&pool, 1);
	poke(first, 4);
	test_eq(peek(second), 4);
}

TEST("a slab cut in pieces by mprotect() is filled in every piece that holds the slot")
{
	struct pool pool = pool_plain(2, PAGES, 0);
	uint8_t *at = area_at(&pool, 1, 0);
	long before;

	test_sys(mprotect(at + 4 * PAGE, PAGE, PROT_READ));
	test_eq(prefault_range(&pool, 1, 0, 0, PAGES * PAGE), PAGES);
	before = faults();
	write_pages(at, 4, 1);
	write_pages(at + 5 * PAGE, PAGES - 5, 1);
	test_eq(peek(at + 4 * PAGE), 0);
	test_eq(faults() - before, 0);
	test_signal(SIGSEGV, at + 4 * PAGE, poke(at + 4 * PAGE, 1));
}

TEST("a mapping for reading stays one for reading")
{
	struct guardslot_create geometry = plain_geometry(1, PAGES);
	struct pool pool = pool_create(&geometry);
	uint8_t *at = mmap(NULL, pool.geometry.out_map_size, PROT_READ, MAP_SHARED, pool.fd, 0);
	long before;

	test_ok(at != MAP_FAILED);
	test_eq(prefault_range(&pool, 0, 0, 0, PAGES * PAGE), PAGES);
	before = faults();
	read_pages(at, PAGES);
	test_eq(faults() - before, 0);
	test_signal(SIGSEGV, at + PAGE, poke(at + PAGE, 1));
	test_sys(mprotect(at, pool.geometry.out_map_size, PROT_READ | PROT_WRITE));
	poke(at + PAGE, 1);
	test_eq(resident_of(&pool, 0), PAGES);
}

TEST("a task that is killed does not go on filling its slot")
{
	const size_t pages = (64ul << 20) / PAGE;
	struct guardslot_create geometry = plain_geometry(1, pages);
	struct pool pool = pool_map(&geometry);
	unsigned long at_kill, left;
	pid_t child;
	int status;

	do { /* until it is killed before it has filled the slot */
		test_purge(&pool, 0);
		child = fork();
		test_sys(child);
		if (child == 0) {
			prefault_range(&pool, 0, 0, 0, pages * PAGE);
			_exit(0);
		}
		/* QUERY would wait for the slot; fdinfo does not. */
		test_until(fdinfo_resident_pages(&pool) > 0);
		test_sys(kill(child, SIGKILL));
		at_kill = fdinfo_resident_pages(&pool);
		test_eq(waitpid(child, &status, 0), child);
		left = fdinfo_resident_pages(&pool);
	} while (WIFEXITED(status) || at_kill == pages);
	test_note("killed after %lu of %zu pages", left, pages);
	/* The page that it was at. */
	test_ok(left <= at_kill + 1);
	test_purge(&pool, 0);
	test_eq(fdinfo_resident_pages(&pool), 0);
}

TEST_MAIN()
