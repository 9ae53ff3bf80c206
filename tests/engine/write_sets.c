// SPDX-License-Identifier: MIT
// The pages that instances of an image write are learned, and the next slot gets them at once.
/*
 * What is learned has a bound, and a pool can do without. The slot that is bound to the
 * image next takes no fault for each page.
 */
#include "test.h"

#include <sys/wait.h>

#include "abi.h"
#include "content.h"
#include "file.h"
#include "guest.h"
#include "image.h"
#include "look.h"
#include "memory.h"
#include "perf.h"
#include "pool.h"
#include "reset_mode.h"
#include "sysctl.h"

#define PAGES 96
/* As many as one fault brings in, where pages are larger than 4 KiB. */
#define WRITES ((int)(PAGE > 8192 ? 524288 / PAGE : 64))
#define LEARNED_MAX PARAMETERS "write_set_max"

static void set_learned_max(unsigned long pages)
{
	sysctl_set_number(LEARNED_MAX, pages);
	test_eq(read_number(LEARNED_MAX), pages);
}

/* Two slots bound to an image; the first has written every second page. */
static struct pool pool_with_set(uint32_t flags, size_t writes)
{
	struct pool pool = pool_plain(4, 2 * PAGES, flags);
	uint32_t image = image_keyed(&pool, 7, 100, 2 * PAGES);

	set_learned_max(16384);
	for (uint32_t slot = 0; slot < 2; slot++)
		test_rebind(&pool, slot, image);
	for (size_t i = 0; i < writes; i++)
		poke(area_at(&pool, 0, 0) + 2 * i * PAGE, 1);
	return pool;
}

/* Writes what pool_with_set() wrote, and returns the page faults. */
static long write_again(struct pool *pool, uint32_t slot, size_t writes)
{
	long before = faults();

	for (size_t i = 0; i < writes; i++)
		poke(area_at(pool, slot, 0) + 2 * i * PAGE, 2);
	return faults() - before;
}

static void test_set_content(struct pool *pool, uint32_t slot, size_t writes)
{
	for (size_t i = 0; i < 2 * PAGES; i++) {
		uint8_t *at = area_at(pool, slot, 0) + i * PAGE;

		if (i % 2 == 0 && i / 2 < writes)
			poke(at, (uint8_t)page_word(100 + i, 0));
		test_holds(at, 100 + i);
	}
}

TEST("what is written is learned, once, for all slots of the image")
{
	struct pool pool = pool_with_set(0, 5);

	test_eq(write_set_of(&pool, 0), 5);
	test_eq(write_set_of(&pool, 1), 5);
	write_again(&pool, 1, 5);
	test_reset(&pool, 0);
	write_again(&pool, 0, 5);
	test_eq(write_set_of(&pool, 1), 5);
	poke(area_at(&pool, 1, 0) + PAGE, 1);
	test_eq(write_set_of(&pool, 0), 6);
}

TEST("reading an image's page adds nothing to the set")
{
	struct pool pool = pool_with_set(0, 0);

	read_pages(area_at(&pool, 0, 0), 2 * PAGES);
	test_eq(write_set_of(&pool, 0), 0);
	test_eq(resident_of(&pool, 0), 0);
}

TEST("each image has a set of its own, and a slot without an image has none")
{
	struct pool pool = pool_with_set(0, 5);
	uint32_t other = image_keyed(&pool, 7, 500, 4);

	test_eq(write_set_of(&pool, 2), 0);
	poke(area_at(&pool, 2, 0), 1);
	test_eq(write_set_of(&pool, 2), 0);
	test_eq(prefault_slot(&pool, 3), 0);
	test_rebind(&pool, 2, other);
	test_eq(write_set_of(&pool, 2), 0);
	poke(area_at(&pool, 2, 0) + PAGE, 1);
	test_eq(write_set_of(&pool, 2), 1);
	test_eq(write_set_of(&pool, 0), 5);
}

TEST("a set survives the purge of all its slots")
{
	struct pool pool = pool_with_set(0, 5);

	test_purge(&pool, 0);
	test_purge(&pool, 1);
	test_eq(write_set_of(&pool, 1), 5);
	test_eq(prefault_slot(&pool, 1), 5);
}

TEST("a set is bounded by write_set_max, which can be changed at any time")
{
	struct pool pool = pool_with_set(0, 0);

	set_learned_max(3);
	write_again(&pool, 0, 8);
	test_eq(write_set_of(&pool, 0), 3);
	test_eq(resident_of(&pool, 0), 8);
	test_eq(prefault_slot(&pool, 1), 3);
	set_learned_max(5);
	test_purge(&pool, 0);
	write_again(&pool, 0, 8);
	test_eq(write_set_of(&pool, 0), 5);
	set_learned_max(0);
	test_rebind(&pool, 2, image_keyed(&pool, 1, 900, 8));
	poke(area_at(&pool, 2, 0), 1);
	test_eq(write_set_of(&pool, 2), 0);
	set_learned_max(16384);
}

TEST("a pool can do without")
{
	struct pool pool = pool_with_set(GUARDSLOT_CREATE_NO_WRITE_SETS, 5);

	test_eq(write_set_of(&pool, 0), 0);
	test_eq(prefault_slot(&pool, 1), 0);
	test_eq(resident_of(&pool, 1), 0);
	test_eq(write_again(&pool, 1, 5), 5);
	test_purge(&pool, 0);
	/* A page that was written once can be shared again. */
	read_pages(area_at(&pool, 0, 0), 2 * PAGES);
	test_eq(resident_of(&pool, 0), 0);
	test_eq(shared_of(&pool, 0), 2 * PAGES);
}

TEST("without help the first instance in a fresh slot faults for each page")
{
	struct pool pool = pool_with_set(0, WRITES);
	struct guardslot_query query;
	long taken = write_again(&pool, 1, WRITES);

	test_note("%ld faults of the thread", taken);
	/* One of them may be none of the slot's. */
	test_ok(taken >= WRITES);
	test_query(&pool, 1, &query);
	test_eq(query.out_faults, WRITES);
}

TEST("after PREFAULT the first instance in a fresh slot takes at most 2 faults")
{
	struct pool pool = pool_with_set(0, WRITES);
	long taken;

	test_eq(prefault_slot(&pool, 1), WRITES);
	test_eq(resident_of(&pool, 1), WRITES);
	taken = write_again(&pool, 1, WRITES);
	test_note("%ld faults for a write set of %d pages", taken, WRITES);
	test_ok(taken <= 2);
	test_set_content(&pool, 1, WRITES);
	test_eq(prefault_slot(&pool, 1), 0);
}

TEST("with CREATE_PREFAULT the first touch brings in the whole set")
{
	struct pool pool = pool_with_set(GUARDSLOT_CREATE_PREFAULT, WRITES);
	long taken = write_again(&pool, 1, WRITES);

	test_note("%ld faults for a write set of %d pages", taken, WRITES);
	test_ok(taken <= 2);
	test_eq(resident_of(&pool, 1), WRITES);
	test_set_content(&pool, 1, WRITES);
}

TEST("a first touch that reads, or writes outside of the set, brings it in as well")
{
	struct pool pool = pool_with_set(GUARDSLOT_CREATE_PREFAULT, WRITES);
	long before = faults();

	peek(area_at(&pool, 1, 0) + 3 * PAGE);
	write_again(&pool, 1, WRITES);
	test_ok(faults() - before <= 2);
	test_set_content(&pool, 1, WRITES);

	test_rebind(&pool, 2, 1);
	before = faults();
	poke(area_at(&pool, 2, 0) + 3 * PAGE, 1);
	write_again(&pool, 2, WRITES);
	test_ok(faults() - before <= 2);
}

TEST("a touch of a shared page that is then written brings the set in as well")
{
	struct pool pool = pool_with_set(GUARDSLOT_CREATE_PREFAULT, 0);

	/* While nothing is learned all is mapped shared. */
	read_pages(area_at(&pool, 1, 0), 2 * PAGES);
	write_again(&pool, 0, WRITES);
	test_ok(write_again(&pool, 1, WRITES) <= 2);
	test_set_content(&pool, 1, WRITES);
}

TEST("PREFAULT leaves out what lies past the slot's limit")
{
	struct pool pool = pool_with_set(0, WRITES);
	uint8_t *at = area_at(&pool, 1, 0);

	test_resize(&pool, 1, 0, 10 * PAGE);
	test_eq(prefault_slot(&pool, 1), 5);
	test_signal(SIGSEGV, at + 10 * PAGE, poke(at + 10 * PAGE, 1));
	test_resize(&pool, 1, 0, 2 * PAGES * PAGE);
	test_eq(prefault_slot(&pool, 1), WRITES - 5);
}

TEST("PREFAULT of a write set keeps what the slot wrote already")
{
	struct pool pool = pool_with_set(0, 8);

	fill_page(area_at(&pool, 1, 0) + 4 * PAGE, 5000);
	test_eq(prefault_slot(&pool, 1), 7);
	test_holds(area_at(&pool, 1, 0) + 4 * PAGE, 5000);
	test_holds(area_at(&pool, 1, 0) + 6 * PAGE, 106);
}

/* Tenants that write the first page only. */
static void run_modest(struct pool *pool, uint32_t slot, int tenants)
{
	while (tenants--) {
		poke(area_at(pool, slot, 0), 1);
		test_reset(pool, slot);
	}
}

TEST("pages that instances stop writing leave the set and the slots, and are the image's")
{
	struct pool pool = pool_with_set(GUARDSLOT_CREATE_PREFAULT, WRITES);
	struct guardslot_query query;

	set_reset_mode(MODE_LOOK);
	test_reset(&pool, 0);
	run_modest(&pool, 1, 1);
	test_eq(resident_of(&pool, 1), WRITES);
	run_modest(&pool, 0, 60);
	test_eq(write_set_of(&pool, 0), WRITES);
	/* Their age is looked at every eighth time. */
	run_modest(&pool, 0, 12);
	test_query(&pool, 0, &query);
	test_eq(query.out_given_back_pages, WRITES - 1);
	test_eq(query.out_resident_pages, 1);
	test_eq(query.out_write_set_pages, 1);
	test_set_content(&pool, 0, 0);
	/* A fresh slot gets no more than that at once. */
	test_purge(&pool, 1);
	peek(area_at(&pool, 1, 0));
	test_eq(resident_of(&pool, 1), 1);
	test_set_content(&pool, 1, 0);
}

/* Where all is instrumented a look may cost more than the copy that it saves. */
static bool looks_pay(void)
{
	return !is_instrumented();
}

TEST_WHEN(looks_pay, "one greedy tenant costs the next ones its pages for 128 resets at most")
{
	enum { MANY = 2048 };
	struct pool pool = pool_plain(2, MANY, GUARDSLOT_CREATE_PREFAULT);
	uint32_t image = image_of(&pool, 7, NULL, 0, MANY * PAGE);

	test_timeout(60);
	set_reset_mode(MODE_AUTO);
	test_rebind(&pool, 0, image);
	test_rebind(&pool, 1, image);
	write_pages(area_at(&pool, 0, 0), MANY, 1);
	/* A touch brings in a part of them only. */
	test_eq(prefault_slot(&pool, 1), MANY);
	for (int tenant = 0; tenant < 128; tenant++) {
		for (uint32_t slot = 0; slot < 2; slot++) {
			poke(area_at(&pool, slot, 0) + PAGE, 1);
			test_reset(&pool, slot);
		}
	}
	for (uint32_t slot = 0; slot < 2; slot++) {
		test_note("slot %u: %u pages", slot, resident_of(&pool, slot));
		test_ok(resident_of(&pool, slot) <= 2);
	}
	test_ok(write_set_of(&pool, 0) <= 2);
}

TEST("instances in many processes add to one set, each page once")
{
	struct pool pool = pool_plain(8, 64, 0);
	uint32_t image = image_keyed(&pool, 1, 100, 64);

	set_learned_max(48);
	for (uint32_t slot = 0; slot < 8; slot++)
		test_rebind(&pool, slot, image);
	for (uint32_t slot = 0; slot < 8; slot++) {
		pid_t child = fork();

		test_sys(child);
		if (child == 0) {
			pool.base = map_shared(pool.fd, pool.geometry.out_map_size, 0);
			write_pages(area_at(&pool, slot, 0), 64, 1);
			_exit(0);
		}
	}
	for (uint32_t slot = 0; slot < 8; slot++) {
		int status;

		test_sys(wait(&status));
		test_eq(status, 0);
	}
	test_eq(write_set_of(&pool, 0), 48);
	set_learned_max(16384);
	write_pages(area_at(&pool, 0, 0), 64, 1);
	test_purge(&pool, 0);
	write_pages(area_at(&pool, 0, 0), 64, 1);
	test_eq(write_set_of(&pool, 0), 64);
}

TEST_MAIN()
