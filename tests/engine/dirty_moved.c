// SPDX-License-Identifier: MIT
// A reset that looks copies what was written where mremap() left a slot mapped twice.
/*
 * If memory for the split of the old VMA is short, mremap() succeeds and leaves the old
 * mapping beside the new one. Both are of one mmap(), and show the same pages.
 */
#include "test.h"

#include <sys/mman.h>
#include <unistd.h>

#include "abi.h"
#include "content.h"
#include "guest.h"
#include "injection.h"
#include "look.h"
#include "memory.h"
#include "pool.h"

#define PAGES 64
#define MAX_NTH 200

static bool is_mapped(const void *at)
{
	int ends[2];
	ssize_t ret;

	test_sys(pipe(ends));
	ret = write(ends[1], at, 1);
	close(ends[0]);
	close(ends[1]);
	return ret == 1;
}

/*
 * Slot 1 of three, which a failed split left mapped twice.
 *
 * @old: where mmap() put it
 * @new: where mremap() put it
 */
struct doubled {
	struct pool pool;
	uint8_t *old;
	uint8_t *new;
};

static void test_last_write_is_copied(struct doubled *doubled)
{
	read_pages(doubled->old, PAGES);
	test_reset(&doubled->pool, 1);
	test_initial(&doubled->pool, 1, PAGES);
	poke(doubled->new + 7 * PAGE, 0x5a);
	test_reset(&doubled->pool, 1);
	test_initial(&doubled->pool, 1, PAGES);
}

/* Enough resets for a page that is not written to be given back. */
static void test_both_show_the_same(struct doubled *doubled)
{
	read_pages(doubled->old, PAGES);
	read_pages(doubled->new, PAGES);
	for (int i = 0; i < 70; i++)
		test_reset(&doubled->pool, 1);
	poke(doubled->old + 7 * PAGE, 0x5a);
	test_eq(peek(doubled->new + 7 * PAGE), 0x5a);
}

/* Moves slot 1 away while the n-th allocation fails. Returns whether there was one. */
static bool move_with_failure(unsigned int nth, void (*test)(struct doubled *), unsigned int *count)
{
	struct doubled doubled = { .pool = pool_looked(3, PAGES) };
	struct pool *pool = &doubled.pool;
	size_t size;
	bool hit;
	void *there;

	doubled.old = area_at(pool, 1, 0);
	size = (size_t)(area_at(pool, 2, 0) - doubled.old);
	there = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	test_ok(there != MAP_FAILED);
	injection_arm(nth);
	doubled.new = mremap(doubled.old, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, there);
	hit = injection_disarm();
	test_context("failure %u", nth);
	if (doubled.new == there && is_mapped(doubled.old)) {
		++*count;
		test(&doubled);
	}
	test_sys(munmap(there, size));
	pool_close(pool);
	return hit;
}

static void move_with_failures(void (*test)(struct doubled *))
{
	unsigned int nth = 1, count = 0;

	test_timeout(60);
	injection_start(ALLOCATIONS);
	while (move_with_failure(nth, test, &count))
		test_ok(++nth < MAX_NTH);
	test_note("%u failures left two mappings", count);
	test_ok(count > 0);
}

TEST_WHEN(is_debug_kernel, "what was written in a slot that mremap() left mapped twice is copied")
{
	move_with_failures(test_last_write_is_copied);
}

TEST_WHEN(is_debug_kernel, "no page is given back that mremap() left mapped twice")
{
	move_with_failures(test_both_show_the_same);
}

TEST_MAIN()
