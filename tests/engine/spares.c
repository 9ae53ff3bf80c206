// SPDX-License-Identifier: MIT
// Pages that slots gave back are used again, and show nothing of who wrote to them; they are few, and counted.
/*
 * They are kept by processor; so the tests stay on one.
 */
#include "test.h"

#include <fcntl.h>
#include <unistd.h>

#include "abi.h"
#include "bookkeeping.h"
#include "claim.h"
#include "content.h"
#include "fdinfo.h"
#include "file.h"
#include "guest.h"
#include "image.h"
#include "memory.h"
#include "pool.h"
#include "sysctl.h"
#include "worker.h"

#define SPARES ((128ul << 10) / PAGE)
#define PAGES (2 * SPARES)
#define SECRET 0xa5
#define KEY 700
#define ALICE 1001
#define BOB 1002

static void write_secret(const struct pool *pool, uint32_t slot)
{
	memset(area_at(pool, slot, 0), SECRET, PAGES * PAGE);
}

/* Slot 0 has a secret in each page, and loses them. */
static void purge_secret(struct pool *pool)
{
	write_secret(pool, 0);
	test_purge(pool, 0);
	test_eq(fdinfo_spare_pages(pool), SPARES);
	test_eq(fdinfo_resident_pages(pool), 0);
}

/* A write of one byte to each page of slot 1, which is zero but for those. */
static void test_zero_but_written(struct pool *pool)
{
	test_eq(fdinfo_spare_pages(pool), 0);
	for (size_t i = 0; i < PAGES; i++) {
		uint8_t *page = area_at(pool, 1, 0) + i * PAGE;

		test_eq(page[PAGE / 2], 1);
		page[PAGE / 2] = 0;
		test_ok(page_is_zero(page));
	}
}

TEST("a first write finds zeroes where there is no image")
{
	struct pool pool;

	worker_pin(0);
	pool = pool_plain(2, PAGES, GUARDSLOT_CREATE_NO_WRITE_SETS);
	purge_secret(&pool);
	for (size_t i = 0; i < PAGES; i++)
		poke(area_at(&pool, 1, 0) + i * PAGE + PAGE / 2, 1);
	test_zero_but_written(&pool);
	pool_close(&pool);
}

TEST("so does one after PREFAULT, and one of a debugger")
{
	int memory = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
	struct pool pool;

	test_sys(memory);
	worker_pin(0);
	pool = pool_plain(2, PAGES, GUARDSLOT_CREATE_NO_WRITE_SETS);
	purge_secret(&pool);
	test_eq(prefault_range(&pool, 1, 0, 0, PAGES * PAGE), PAGES);
	for (size_t i = 0; i < PAGES; i++)
		poke(area_at(&pool, 1, 0) + i * PAGE + PAGE / 2, 1);
	test_zero_but_written(&pool);
	test_purge(&pool, 1);
	purge_secret(&pool);
	for (size_t i = 0; i < PAGES; i++) {
		uintptr_t at = (uintptr_t)area_at(&pool, 1, 0) + i * PAGE + PAGE / 2;

		test_eq(pwrite(memory, "\1", 1, (off_t)at), 1);
	}
	test_zero_but_written(&pool);
	close(memory);
	pool_close(&pool);
}

TEST("and the image where there is one, which ends in the midst of the slot")
{
	struct pool pool;
	uint32_t image;

	worker_pin(0);
	pool = pool_plain(2, PAGES, 0);
	image = image_keyed(&pool, 1, KEY, PAGES / 4);
	test_rebind(&pool, 1, image);
	test_resize(&pool, 1, 0, PAGES * PAGE);
	purge_secret(&pool);
	for (size_t i = 0; i < PAGES; i++) {
		uint8_t *page = area_at(&pool, 1, 0) + i * PAGE, old = page[9];

		page[9] = 1;
		page[9] = old;
		if (i < PAGES / 4)
			test_holds(page, KEY + i);
		else
			test_ok(page_is_zero(page));
	}
	test_eq(fdinfo_spare_pages(&pool), 0);
	pool_close(&pool);
}

TEST("what a reset, a lower limit and the pool's end give back, and what they do not")
{
	struct guardslot_create geometry = plain_geometry(2, PAGES);
	struct pool pool, other;

	worker_pin(0);
	geometry.keep_resident = 2 * PAGE;
	geometry.areas[0].initial = 0;
	pool = pool_map(&geometry);
	test_resize(&pool, 0, 0, 4 * PAGE);
	write_pages(area_at(&pool, 0, 0), 4, SECRET);
	test_reset(&pool, 0);
	test_eq(resident_of(&pool, 0), 2);
	test_eq(fdinfo_spare_pages(&pool), 2);
	test_resize(&pool, 1, 0, PAGE);
	peek(area_at(&pool, 1, 0));
	poke(area_at(&pool, 1, 0) + 1, 1);
	test_eq(fdinfo_spare_pages(&pool), 1);
	test_eq(peek(area_at(&pool, 1, 0)), 0);
	test_resize(&pool, 1, 0, 0);
	test_eq(fdinfo_spare_pages(&pool), 2);
	other = pool_plain(1, PAGES, 0);
	write_pages(area_at(&other, 0, 0), PAGES, 1);
	pool_close(&other);
	test_eq(fdinfo_spare_pages(&pool), 2);
	pool_close(&pool);
}

TEST("a slot takes no more than it writes, and only those of its own pool")
{
	struct pool pool, other;

	worker_pin(0);
	pool = pool_plain(2, PAGES, GUARDSLOT_CREATE_NO_WRITE_SETS);
	other = pool_plain(2, PAGES, GUARDSLOT_CREATE_NO_WRITE_SETS);
	purge_secret(&pool);
	poke(area_at(&pool, 1, 0), 1);
	test_eq(fdinfo_spare_pages(&pool), SPARES - 1);
	write_pages(area_at(&other, 1, 0), PAGES, 1);
	test_eq(fdinfo_spare_pages(&pool), SPARES - 1);
	pool_close(&other);
	pool_close(&pool);
}

static struct pool pool_of(uid_t user)
{
	struct pool pool;

	test_sys(setresuid(user, user, 0));
	pool = pool_plain(1, PAGES, 0);
	test_sys(setresuid(0, 0, 0));
	return pool;
}

TEST("pages of another pool take the place of those that nobody uses")
{
	struct pool pool, other;

	worker_pin(0);
	pool = pool_of(ALICE);
	other = pool_of(BOB);
	purge_secret(&pool);
	purge_secret(&other);
	test_eq(fdinfo_spare_pages(&pool), 0);
	/* The kernel would warn of what were still charged to its user. */
	pool_close(&pool);
	test_eq(fdinfo_spare_pages(&other), SPARES);
	drop_caches();
	test_eq(fdinfo_spare_pages(&other), 0);
	pool_close(&other);
}

/* Writes until the cap refuses a page. */
static size_t touch_all(const struct pool *pool)
{
	volatile size_t count = 0;

	if (sigsetjmp(*tap_signal_arm(), 1) != 0)
		return count;
	for (; count < PAGES; count++)
		poke(area_at(pool, 0, 0) + count * PAGE, 1);
	tap_signal_disarm();
	return count;
}

TEST("they count for the user, and go before the cap refuses a page")
{
	size_t room = SPARES + 4;
	struct pool first, second;

	worker_pin(0);
	sysctl_set_number(PARAMETERS "max_user_pages", bookkeeping(2, 2, 0) + room);
	first = pool_of(ALICE);
	second = pool_of(ALICE);
	test_eq(touch_all(&first), room);
	test_purge(&first, 0);
	test_eq(fdinfo_spare_pages(&first), SPARES);
	test_eq(touch_all(&second), room);
	test_eq(fdinfo_spare_pages(&first), 0);
	pool_close(&first);
	pool_close(&second);
}

TEST("nor does it refuse an image, or the table of a pool")
{
	struct guardslot_image_create empty = { .areas[0].limit = PAGE };
	struct guardslot_create geometry;
	size_t images = 0;
	struct pool pool;
	int fd;

	worker_pin(0);
	sysctl_set_number(PARAMETERS "max_user_pages", bookkeeping(2, 2, 0) + SPARES + 4);
	pool = pool_of(ALICE);
	test_eq(touch_all(&pool), SPARES + 4 + bookkeeping(2, 2, 0) - bookkeeping(1, 1, 0));
	test_purge(&pool, 0);
	while (do_image_create(&pool, &empty) == 0)
		images++;
	test_ok(images * IMAGE_BYTES >= SPARES * PAGE);
	test_eq(fdinfo_spare_pages(&pool), 0);
	pool_close(&pool);

	pool = pool_of(ALICE);
	touch_all(&pool);
	test_purge(&pool, 0);
	test_eq(fdinfo_spare_pages(&pool), SPARES);
	geometry = plain_geometry((uint32_t)(SPARES * PAGE / 512), 1);
	test_sys(setresuid(ALICE, ALICE, 0));
	fd = device_open();
	test_success(fd);
	test_create(fd, &geometry);
	test_sys(setresuid(0, 0, 0));
	close(fd);
	pool_close(&pool);
}

TEST("at the module's cap those of other users go, at a user's they stay")
{
	struct pool hers, his;

	worker_pin(0);
	hers = pool_of(ALICE);
	his = pool_of(BOB);
	purge_secret(&hers);
	sysctl_set_number(PARAMETERS "max_user_pages", bookkeeping(1, 1, 0) + 2);
	test_eq(touch_all(&his), 2);
	test_eq(fdinfo_spare_pages(&hers), SPARES);
	sysctl_set_number(PARAMETERS "max_user_pages", 0);
	sysctl_set_number(PARAMETERS "max_pages", 2 * bookkeeping(1, 1, 0) + SPARES + 2);
	/* Some pages are in the users' reserves. */
	test_ok(touch_all(&his) >= SPARES - 8);
	test_eq(fdinfo_spare_pages(&hers), 0);
	sysctl_set_number(PARAMETERS "max_pages", 0);
	pool_close(&hers);
	pool_close(&his);
}

TEST("a pool's own cap holds for those that it takes again")
{
	struct guardslot_create geometry = plain_geometry(2, PAGES);
	struct pool pool;

	worker_pin(0);
	geometry.max_resident = 3 * PAGE;
	pool = pool_map(&geometry);
	for (unsigned int round = 0; round < 3; round++) {
		test_eq(touch_all(&pool), 3);
		test_purge(&pool, 0);
		test_eq(fdinfo_spare_pages(&pool), 3);
	}
	pool_close(&pool);
}

TEST_MAIN()
