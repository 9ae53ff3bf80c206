// SPDX-License-Identifier: MIT
// No mprotect() lets a write reach the pages of an image, or keeps a reset from a written page.
/*
 * This holds for any order of changes of protection and touches.
 */
#include "test.h"

#include <sys/mman.h>
#include <sys/syscall.h>

#include "abi.h"
#include "image.h"
#include "memory.h"
#include "pool.h"

#define RW (PROT_READ | PROT_WRITE)
#define PAGES 4

static struct pool pool;
static uint32_t image;

/* Slots 0 and 1 bound to one image of PAGES pages of 0x11; nothing is mapped. */
static void setup(void)
{
	pool = pool_small(3);
	image = image_filled(&pool, 1, 0x11, PAGES);
	for (uint32_t slot = 0; slot < 3; slot++)
		test_rebind(&pool, slot, image);
}

/* What was written to slot 0 is seen there alone, and gone after a reset. */
static void test_private(uint8_t value)
{
	uint8_t *at = area_at(&pool, 0, 0);

	test_bytes(at, value, PAGES * PAGE);
	test_bytes(area_at(&pool, 1, 0), 0x11, PAGES * PAGE);
	test_reset(&pool, 0);
	test_bytes(at, 0x11, PAGES * PAGE);
	test_purge(&pool, 0);
	test_bytes(at, 0x11, PAGES * PAGE);
	/* Never touched before: straight from the image. */
	test_bytes(area_at(&pool, 2, 0), 0x11, PAGES * PAGE);
}

TEST("a shared page, to read-only and back, then written")
{
	uint8_t *at;

	setup();
	at = area_at(&pool, 0, 0);
	test_bytes(at, 0x11, PAGES * PAGE);
	test_bytes(area_at(&pool, 1, 0), 0x11, PAGES * PAGE);
	test_sys(mprotect(at, PAGES * PAGE, PROT_READ));
	test_bytes(at, 0x11, PAGES * PAGE);
	test_signal(SIGSEGV, at, poke(at, 1));
	test_sys(mprotect(at, PAGES * PAGE, RW));
	memset(at, 0x22, PAGES * PAGE);
	test_private(0x22);
}

TEST("a page that was first read while read-only, then written")
{
	uint8_t *at;

	setup();
	at = area_at(&pool, 0, 0);
	test_sys(mprotect(pool.base, pool.geometry.out_map_size, PROT_READ));
	test_bytes(at, 0x11, PAGES * PAGE);
	test_bytes(area_at(&pool, 1, 0), 0x11, PAGES * PAGE);
	test_eq(peek(area_at(&pool, 0, 1)), 0);
	test_sys(mprotect(pool.base, pool.geometry.out_map_size, RW));
	memset(at, 0x33, PAGES * PAGE);
	poke(area_at(&pool, 0, 1), 1);
	test_eq(peek(area_at(&pool, 1, 1)), 0);
	test_private(0x33);
}

TEST("no access, then access again, many times between writes and resets")
{
	static const int steps[] = { PROT_NONE, RW, PROT_READ, PROT_NONE, PROT_READ, RW };
	uint8_t *at;

	setup();
	at = area_at(&pool, 0, 0);
	for (int round = 0; round < 4; round++) {
		test_bytes(area_at(&pool, 1, 0), 0x11, PAGES * PAGE);
		for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
			test_sys(mprotect(pool.base, pool.geometry.out_map_size, steps[i]));
			if (steps[i] == RW)
				poke(at + i * 100, (uint8_t)i);
			if (steps[i] != PROT_NONE)
				test_eq(peek(area_at(&pool, 1, 0) + i), 0x11);
		}
		memset(at, 0x44, PAGES * PAGE);
		test_private(0x44);
	}
}

TEST("a private page written, made read-only, reset, and written again")
{
	uint8_t *at;

	setup();
	at = area_at(&pool, 0, 0);
	for (int round = 0; round < 3; round++) {
		memset(at, 0x55, PAGES * PAGE);
		test_sys(mprotect(at, PAGES * PAGE, PROT_READ));
		test_signal(SIGSEGV, at + PAGE, poke(at + PAGE, 1));
		test_reset(&pool, 0);
		test_bytes(at, 0x11, PAGES * PAGE);
		test_sys(mprotect(at, PAGES * PAGE, RW));
		memset(at, 0x66, PAGES * PAGE);
		test_private(0x66);
	}
}

TEST("a slot that was rebound while its pages were read-only")
{
	uint32_t other;
	uint8_t *at;

	setup();
	at = area_at(&pool, 0, 0);
	other = image_filled(&pool, 2, 0x77, PAGES);
	test_bytes(at, 0x11, PAGES * PAGE);
	test_sys(mprotect(at, PAGES * PAGE, PROT_READ));
	test_rebind(&pool, 0, other);
	test_bytes(at, 0x77, PAGES * PAGE);
	test_sys(mprotect(at, PAGES * PAGE, RW));
	memset(at, 0x78, PAGES * PAGE);
	test_bytes(area_at(&pool, 1, 0), 0x11, PAGES * PAGE);
	test_rebind(&pool, 1, other);
	test_bytes(area_at(&pool, 1, 0), 0x77, PAGES * PAGE);
	test_reset(&pool, 0);
	test_bytes(at, 0x77, PAGES * PAGE);
}

TEST("a system call that writes to a shared page writes to a private one")
{
	int zeroes = open("/dev/zero", O_RDONLY);
	uint8_t *at;

	setup();
	at = area_at(&pool, 0, 0);
	test_sys(zeroes);
	test_bytes(at, 0x11, PAGES * PAGE);
	test_sys(mprotect(at, PAGES * PAGE, PROT_READ));
	test_sys_err(-EFAULT, read(zeroes, at, PAGES * PAGE));
	test_sys(mprotect(at, PAGES * PAGE, RW));
	test_eq(read(zeroes, at, PAGES * PAGE), PAGES * PAGE);
	test_private(0);
}

/* What the calling thread may not do; without the names and functions of a C library, as
 * not each has them.
 */
enum key_rights { KEY_DISABLE_NOTHING, KEY_DISABLE_ACCESS, KEY_DISABLE_WRITE };

static int key_make(enum key_rights rights)
{
	return (int)syscall(SYS_pkey_alloc, 0, rights);
}

/* The kernel gives the lowest free key, and sets its rights; no page table changes. */
static void key_set(int key, enum key_rights rights)
{
	test_sys(syscall(SYS_pkey_free, key));
	test_eq(key_make(rights), key);
}

TEST("protection keys on slot memory, where there are any, hold and do no harm")
{
	int key = key_make(KEY_DISABLE_WRITE);
	uint8_t *at;

	setup();
	at = area_at(&pool, 0, 0);
	if (key < 0) {
		test_note("this machine has no protection keys");
		memset(at, 0x12, PAGES * PAGE);
		test_private(0x12);
		return;
	}
	test_sys(syscall(SYS_pkey_mprotect, at, PAGES * PAGE, RW, key));
	test_bytes(at, 0x11, PAGES * PAGE);
	test_signal(SIGSEGV, at, poke(at, 1));
	key_set(key, KEY_DISABLE_NOTHING);
	memset(at, 0x12, PAGES * PAGE);
	test_private(0x12);
	poke(at, 1);
	key_set(key, KEY_DISABLE_ACCESS);
	test_signal(SIGSEGV, at, peek(at));
	test_reset(&pool, 0);
	key_set(key, KEY_DISABLE_NOTHING);
	test_eq(peek(at), 0x11);
}

TEST_MAIN()
