// SPDX-License-Identifier: MIT
// An image is in memory once, and a slot gets a copy of a page when it first writes there.
/*
 * Other slots do not see the write, and nothing of an image stays mapped in a slot that
 * is bound to another or was purged.
 */
#include "test.h"

#include <sys/mman.h>

#include "abi.h"
#include "child.h"
#include "content.h"
#include "fdinfo.h"
#include "image.h"
#include "memory.h"
#include "perf.h"
#include "pool.h"

#define SLOTS 64
#define PAGES 64

TEST("reading an image in many slots takes no page for it")
{
	struct pool pool = pool_plain(SLOTS, PAGES, 0);
	uint32_t image = image_keyed(&pool, 1, 100, PAGES);
	uint64_t before, allocated;
	int counter;

	for (uint32_t slot = 0; slot < SLOTS; slot++)
		test_rebind(&pool, slot, image);
	counter = counter_open("kmem/mm_page_alloc", false);
	before = counter_read(counter);
	for (uint32_t slot = 0; slot < SLOTS; slot++)
		read_pages(area_at(&pool, slot, 0), PAGES);
	allocated = counter_read(counter) - before;

	/* Page tables and bookkeeping there must be, but no page a page. */
	test_note("%d pages of an image read in %d slots each: %lu pages allocated", PAGES, SLOTS,
		  (unsigned long)allocated);
	test_ok(allocated < SLOTS * PAGES / 8);
	test_eq(fdinfo_resident_pages(&pool), 0);
	test_eq(fdinfo_image_pages(&pool), PAGES);
	for (uint32_t slot = 0; slot < SLOTS; slot++) {
		test_eq(resident_of(&pool, slot), 0);
		test_eq(shared_of(&pool, slot), PAGES);
		for (size_t i = 0; i < PAGES; i++)
			test_holds(area_at(&pool, slot, 0) + i * PAGE, 100 + i);
	}
	pool_close(&pool);
}

TEST("one page fault maps the pages around it as well")
{
	struct pool pool = pool_plain(1, PAGES, 0);
	long before, taken;

	test_rebind(&pool, 0, image_keyed(&pool, 1, 100, PAGES));
	before = faults();
	read_pages(area_at(&pool, 0, 0), PAGES);
	taken = faults() - before;
	test_note("%d pages in %ld faults", PAGES, taken);
	/* Those in 64 KiB. */
	test_ok(taken >= 1 && taken <= (PAGE > 32768 ? PAGES : PAGES / 8 * (long)(PAGE / 4096)));

	before = faults();
	read_pages(area_at(&pool, 0, 0), PAGES);
	test_eq(faults() - before, 0);
}

TEST("the pages around a fault end at the limit and at the area")
{
	struct pool pool = pool_small(1);
	uint8_t *at = area_at(&pool, 0, 0);

	test_rebind(&pool, 0, image_filled(&pool, 1, 0x11, 7));
	test_resize(&pool, 0, 0, 5 * PAGE);
	peek(at + 4 * PAGE);
	test_ok(shared_of(&pool, 0) <= 5);
	test_signal(SIGSEGV, at + 5 * PAGE, peek(at + 5 * PAGE));
	test_signal(SIGSEGV, at + 5 * PAGE, poke(at + 5 * PAGE, 1));
	test_resize(&pool, 0, 0, 7 * PAGE);
	test_bytes(at, 0x11, 7 * PAGE);
	test_signal(SIGSEGV, at + 7 * PAGE, peek(at + 7 * PAGE));
}

TEST("the first write makes a copy for that slot alone")
{
	struct pool pool = pool_plain(3, PAGES, 0);
	uint32_t image = image_keyed(&pool, 1, 100, PAGES);
	uint8_t *one = area_at(&pool, 0, 0), *other = area_at(&pool, 1, 0);

	test_rebind(&pool, 0, image);
	test_rebind(&pool, 1, image);
	read_pages(one, PAGES);
	read_pages(other, PAGES);
	poke(one + 7 * PAGE + 9, 0xff);

	test_eq(resident_of(&pool, 0), 1);
	test_eq(shared_of(&pool, 0), PAGES - 1);
	test_eq(peek(one + 7 * PAGE + 9), 0xff);
	test_ok(!page_holds(one + 7 * PAGE, 107));
	for (size_t i = 0; i < PAGES; i++) {
		if (i != 7)
			test_holds(one + i * PAGE, 100 + i);
		test_holds(other + i * PAGE, 100 + i);
	}
	test_eq(resident_of(&pool, 1), 0);
	/* The image itself, as a slot shows it that is bound only now. */
	test_rebind(&pool, 2, image);
	test_holds(area_at(&pool, 2, 0) + 7 * PAGE, 107);
	test_reset(&pool, 0);
	test_holds(one + 7 * PAGE, 107);
}

TEST("a write by the kernel makes a copy as well")
{
	struct pool pool = pool_plain(2, 4, 0);
	uint32_t image = image_keyed(&pool, 1, 100, 4);
	uint8_t *at = area_at(&pool, 0, 0);
	char text[] = "written by read(2)";
	int ends[2];

	test_rebind(&pool, 0, image);
	test_rebind(&pool, 1, image);
	read_pages(at, 4);
	read_pages(area_at(&pool, 1, 0), 4);
	test_sys(pipe(ends));
	test_eq(write(ends[1], text, sizeof(text)), sizeof(text));
	/* Across the border of two shared pages. */
	test_eq(read(ends[0], at + 2 * PAGE - 5, sizeof(text)), sizeof(text));
	test_mem(at + 2 * PAGE - 5, text, sizeof(text));
	test_eq(resident_of(&pool, 0), 2);
	test_holds(area_at(&pool, 1, 0) + PAGE, 101);
	test_holds(area_at(&pool, 1, 0) + 2 * PAGE, 102);
}

TEST("a write after mprotect() to read-only and back does not reach the image")
{
	struct pool pool = pool_plain(2, 4, 0);
	uint32_t image = image_keyed(&pool, 1, 100, 4);
	size_t size = pool.geometry.out_map_size;
	uint8_t *at = area_at(&pool, 0, 0);

	test_rebind(&pool, 0, image);
	test_rebind(&pool, 1, image);
	read_pages(at, 4);
	poke(at, 1);
	test_sys(mprotect(pool.base, size, PROT_READ));
	test_signal(SIGSEGV, at + PAGE, poke(at + PAGE, 1));
	test_signal(SIGSEGV, at, poke(at, 2));
	test_holds(at + PAGE, 101);
	test_sys(mprotect(pool.base, size, PROT_READ | PROT_WRITE));
	poke(at, 3);
	poke(at + PAGE, 4);
	test_sys(mprotect(pool.base, size, PROT_NONE));
	test_sys(mprotect(pool.base, size, PROT_READ | PROT_WRITE));
	poke(at + 2 * PAGE, 5);
	test_eq(peek(at), 3);
	test_eq(peek(at + PAGE), 4);
	test_eq(resident_of(&pool, 0), 3);
	for (size_t i = 0; i < 4; i++)
		test_holds(area_at(&pool, 1, 0) + i * PAGE, 100 + i);
}

TEST("a reset keeps what is shared, and no fault follows")
{
	struct pool pool = pool_plain(1, PAGES, 0);
	uint8_t *at = area_at(&pool, 0, 0);
	long before;

	test_rebind(&pool, 0, image_keyed(&pool, 1, 100, PAGES));
	read_pages(at, PAGES);
	poke(at, 1);
	test_reset(&pool, 0);
	test_eq(shared_of(&pool, 0), PAGES - 1);
	before = faults();
	for (size_t i = 0; i < PAGES; i++)
		test_holds(at + i * PAGE, 100 + i);
	test_eq(faults() - before, 0);
}

TEST("binding to another image, or to none, unmaps the old one")
{
	struct pool pool = pool_plain(1, PAGES, 0);
	uint32_t first = image_keyed(&pool, 1, 100, PAGES);
	uint32_t second = image_keyed(&pool, 2, 1000, PAGES);
	uint8_t *at = area_at(&pool, 0, 0);

	test_rebind(&pool, 0, first);
	read_pages(at, PAGES);
	poke(at + 3 * PAGE, 1);
	test_rebind(&pool, 0, second);
	test_eq(shared_of(&pool, 0), 0);
	for (size_t i = 0; i < PAGES; i++)
		test_holds(at + i * PAGE, 1000 + i);
	test_rebind(&pool, 0, GUARDSLOT_IMAGE_NONE);
	test_eq(shared_of(&pool, 0), 0);
	for (size_t i = 0; i < PAGES; i++)
		test_ok(page_is_zero(at + i * PAGE));
	test_rebind(&pool, 0, first);
	for (size_t i = 0; i < PAGES; i++)
		test_holds(at + i * PAGE, 100 + i);
}

TEST("a purge unmaps what is shared")
{
	struct pool pool = pool_plain(1, PAGES, 0);
	uint8_t *at = area_at(&pool, 0, 0);
	long before;

	test_rebind(&pool, 0, image_keyed(&pool, 1, 100, PAGES));
	read_pages(at, PAGES);
	test_purge(&pool, 0);
	test_eq(shared_of(&pool, 0), 0);
	before = faults();
	test_holds(at, 100);
	test_ok(faults() > before);
}

TEST("shrinking unmaps what is shared past the limit, growing shows it again")
{
	struct pool pool = pool_plain(1, PAGES, 0);
	uint8_t *at = area_at(&pool, 0, 0);

	test_rebind(&pool, 0, image_keyed(&pool, 1, 100, PAGES));
	read_pages(at, PAGES);
	poke(at + 20 * PAGE, 1);
	test_resize(&pool, 0, 0, 10 * PAGE);
	test_eq(shared_of(&pool, 0), 10);
	test_eq(resident_of(&pool, 0), 0);
	test_signal(SIGSEGV, at + 10 * PAGE, peek(at + 10 * PAGE));
	test_resize(&pool, 0, 0, PAGES * PAGE);
	for (size_t i = 0; i < PAGES; i++)
		test_holds(at + i * PAGE, 100 + i);
}

TEST("zero pages of an image are holes: no memory, and they read as zero")
{
	struct pool pool = pool_plain(2, 32, 0);
	struct guardslot_image_create create = { .tag = 1 };
	uint8_t *content = aligned_alloc(PAGE, 32 * PAGE);
	uint8_t *at = area_at(&pool, 0, 0);

	test_ok(content);
	memset(content, 0, 32 * PAGE);
	fill_page(content + 3 * PAGE, 3);
	fill_page(content + 20 * PAGE, 20);
	create.areas[0] =
		(struct guardslot_image_area){ (uintptr_t)content, 32 * PAGE, 0, 32 * PAGE };
	test_image_create(&pool, &create);
	test_eq(fdinfo_image_pages(&pool), 2);
	test_rebind(&pool, 0, create.out_image);
	for (size_t i = 0; i < 32; i++) {
		if (i == 3 || i == 20)
			test_holds(at + i * PAGE, i);
		else
			test_ok(page_is_zero(at + i * PAGE));
	}
	test_eq(shared_of(&pool, 0), 2);

	memset(content, 0, 32 * PAGE);
	test_image_create(&pool, &create);
	test_eq(fdinfo_image_pages(&pool), 2);
}

TEST("a hole that was written becomes a hole again")
{
	struct pool pool = pool_plain(2, 4, 0);
	struct guardslot_image_create create = { .areas[0].limit = 4 * PAGE };

	test_image_create(&pool, &create);
	for (uint32_t slot = 0; slot < 2; slot++)
		test_rebind(&pool, slot, create.out_image);
	fill_page(area_at(&pool, 0, 0), 1);
	test_ok(page_is_zero(area_at(&pool, 1, 0)));
	test_reset(&pool, 0);
	test_ok(page_is_zero(area_at(&pool, 0, 0)));
	test_eq(fdinfo_image_pages(&pool), 0);
}

TEST("the pages of a destroyed image live until no slot shows them any more")
{
	struct pool pool = pool_plain(3, 8, 0);
	uint32_t image = image_keyed(&pool, 1, 100, 8);

	for (uint32_t slot = 0; slot < 3; slot++) {
		test_rebind(&pool, slot, image);
		read_pages(area_at(&pool, slot, 0), 8);
	}
	test_image_destroy(&pool, image);
	test_purge(&pool, 0);
	test_rebind(&pool, 1, GUARDSLOT_IMAGE_NONE);
	test_eq(fdinfo_image_pages(&pool), 8);
	test_holds(area_at(&pool, 2, 0) + 5 * PAGE, 105);
	test_ok(page_is_zero(area_at(&pool, 0, 0)));
	test_purge(&pool, 2);
	test_eq(fdinfo_image_pages(&pool), 0);
	test_ok(page_is_zero(area_at(&pool, 2, 0) + 5 * PAGE));
}

TEST("a snapshot of a slot holds what it shares and what it wrote")
{
	struct pool pool = pool_plain(2, 8, 0);
	uint8_t *at = area_at(&pool, 1, 0);
	uint32_t image;

	test_rebind(&pool, 0, image_keyed(&pool, 1, 100, 8));
	read_pages(area_at(&pool, 0, 0), 4);
	fill_page(area_at(&pool, 0, 0) + 2 * PAGE, 77);
	test_image_snapshot(&pool, 0, 2, &image);
	/* What comes after it is not in it. */
	fill_page(area_at(&pool, 0, 0) + 5 * PAGE, 78);
	test_rebind(&pool, 1, image);
	for (size_t i = 0; i < 8; i++)
		test_holds(at + i * PAGE, i == 2 ? 77 : 100 + i);
}

TEST("two processes that map one pool share its images and its slots")
{
	struct pool pool = pool_plain(2, 8, 0);
	uint32_t image = image_keyed(&pool, 1, 100, 8);

	test_rebind(&pool, 0, image);
	test_rebind(&pool, 1, image);
	read_pages(area_at(&pool, 0, 0), 8);
	in_child({
		/* Nothing of the parent's mapping is here. */
		pool.base = map_shared(pool.fd, pool.geometry.out_map_size, 0);
		for (size_t i = 0; i < 8; i++)
			test_holds(area_at(&pool, 0, 0) + i * PAGE, 100 + i);
		poke(area_at(&pool, 0, 0) + PAGE, 5);
	});
	test_eq(peek(area_at(&pool, 0, 0) + PAGE), 5);
	test_eq(fdinfo_resident_pages(&pool), 1);
	test_holds(area_at(&pool, 1, 0) + PAGE, 101);
	test_reset(&pool, 0);
	test_holds(area_at(&pool, 0, 0) + PAGE, 101);
}

TEST_MAIN()
