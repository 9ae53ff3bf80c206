// SPDX-License-Identifier: MIT
// A call that Wasmtime would not make leaves what plain memory would have, in plain memory.
#include "test.h"

#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "allocator.h"

static struct pool *pool;
static struct memory with, without;

static void pool_start(void)
{
	with = (struct memory){ .min = 3 * WASM_PAGE,
				.fd = image_file(WASM_PAGE, 1),
				.offset = WASM_PAGE,
				.length = WASM_PAGE };
	without = (struct memory){ .min = 2 * WASM_PAGE, .fd = -1 };
	pool = pool_make(4, false);
	slot_instantiate(pool, 0, &with);
	slot_instantiate(pool, 1, &without);
	memset(pool->slots[0].base, 1, 3 * WASM_PAGE);
	memset(pool->slots[1].base, 2, 2 * WASM_PAGE);
	pool->slots[0].base[2 * WASM_PAGE] = 9;
	test_ok(slot_is_on_slots(pool, 0) && slot_is_on_slots(pool, 1));
}

/* The slot holds what was written, and after DONTNEED what the image has. */
static void is_plain_and_whole(void)
{
	unsigned char *base = pool->slots[0].base;
	unsigned char *bytes = malloc(WASM_PAGE);

	test_ok(!slot_is_on_slots(pool, 0));
	test_bytes(base + PAGE, 1, 2 * WASM_PAGE - PAGE);
	test_eq(base[2 * WASM_PAGE], 9);
	test_ok(!is_readable(base + 3 * WASM_PAGE));
	test_sys(madvise(base, 3 * WASM_PAGE, MADV_DONTNEED));
	image_fill(bytes, WASM_PAGE, 1);
	test_bytes(base, 0, WASM_PAGE);
	test_mem(base + WASM_PAGE, bytes, WASM_PAGE);
	test_bytes(base + 2 * WASM_PAGE, 0, WASM_PAGE);
	/* The other slot is where it was, and works. */
	test_bytes(pool->slots[1].base, 2, 2 * WASM_PAGE);
	slot_drop(pool, 1);
	test_bytes(pool->slots[1].base, 0, 2 * WASM_PAGE);
	free(bytes);
	pool_drop(pool);
}

TEST("a reset of a part")
{
	pool_start();
	test_sys(madvise(pool->slots[0].base, PAGE, MADV_DONTNEED));
	test_bytes(pool->slots[0].base, 0, PAGE);
	is_plain_and_whole();
}

TEST("other rights")
{
	pool_start();
	test_sys(mprotect(pool->slots[0].base, PAGE, PROT_READ));
	is_plain_and_whole();
}

TEST("memory that shrinks without a reset after it grew, and grows again, is what it was")
{
	unsigned char *base;

	pool_start();
	base = pool->slots[0].base;
	test_sys(mprotect(base + 3 * WASM_PAGE, WASM_PAGE, PROT_READ | PROT_WRITE));
	base[3 * WASM_PAGE] = 5;
	test_sys(mprotect(base + 3 * WASM_PAGE, WASM_PAGE, PROT_NONE));
	test_ok(!is_readable(base + 3 * WASM_PAGE));
	test_sys(mprotect(base + 3 * WASM_PAGE, WASM_PAGE, PROT_READ | PROT_WRITE));
	test_eq(base[3 * WASM_PAGE], 5);
	test_sys(mprotect(base + 3 * WASM_PAGE, WASM_PAGE, PROT_NONE));
	is_plain_and_whole();
}

TEST("growth by a part of a page, of which the kernel makes a whole one")
{
	unsigned char *base;

	pool_start();
	base = pool->slots[0].base;
	test_sys(mprotect(base + 3 * WASM_PAGE, 100, PROT_READ | PROT_WRITE));
	base[3 * WASM_PAGE + PAGE - 1] = 5;
	test_sys(mprotect(base + 3 * WASM_PAGE, PAGE, PROT_NONE));
	is_plain_and_whole();
}

TEST("a mapping in the middle")
{
	unsigned char *base;

	pool_start();
	base = pool->slots[0].base;
	test_ok(mmap(base, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) ==
		base);
	test_bytes(base, 0, PAGE);
	is_plain_and_whole();
}

TEST("a scan for written pages finds them")
{
	struct {
		uint64_t size, flags, start, end, walk_end, vec, vec_len, max_pages;
		uint64_t inverted, mask, anyof, returned;
	} scan = { .size = sizeof(scan) };
	struct {
		uint64_t start, end, categories;
	} found[8];
	int fd = open("/proc/self/pagemap", O_RDONLY);
	int count;

	pool_start();
	scan.start = (uintptr_t)pool->slots[0].base;
	scan.end = scan.start + 3 * WASM_PAGE;
	scan.vec = (uintptr_t)found;
	scan.vec_len = ARRAY_SIZE(found);
	scan.mask = 8; /* present */
	scan.returned = 8;
	count = ioctl(fd, 0xc0606610ul, &scan);
	if (count >= 0) {
		test_ok(count > 0);
		test_eq(found[0].start, scan.start);
	} else {
		test_eq(errno, ENOTTY);
	}
	is_plain_and_whole();
}

TEST("a part of the pool that is unmapped")
{
	pool_start();
	test_sys(munmap(pool->slots[3].base, RESERVE));
	test_ok(!is_readable(pool->slots[3].base));
	test_ok(!slot_is_on_slots(pool, 3));
	test_sys(madvise(pool->slots[0].base, PAGE, MADV_DONTNEED));
	is_plain_and_whole();
}

TEST("a layout that is another: what is in use stays, and the rest is plain memory")
{
	struct pool *small;
	struct memory memory = { .min = WASM_PAGE, .fd = -1 };

	/* 129 slots of 64 MiB are as long as 3 of 4 GiB. */
	small = pool_make_as(129, false, 64 * MIB, 32 * MIB);
	test_eq(slot_info(small, 0).slots, 3);
	for (uint32_t i = 0; i < 129; i++) {
		slot_instantiate(small, i, &memory);
		memset(small->slots[i].base, (int)i + 1, WASM_PAGE);
	}
	/* Another thread may write there: it was not copied. */
	test_ok(slot_is_on_slots(small, 0));
	for (uint32_t i = 0; i < 129; i++) {
		slot_grow(small, i, 2 * WASM_PAGE);
		test_bytes(small->slots[i].base, (int)i + 1, WASM_PAGE);
		test_bytes(small->slots[i].base + WASM_PAGE, 0, WASM_PAGE);
		memset(small->slots[i].base + WASM_PAGE, 77, WASM_PAGE);
	}
	for (uint32_t i = 0; i < 129; i++) {
		test_bytes(small->slots[i].base, (int)i + 1, WASM_PAGE);
		test_bytes(small->slots[i].base + WASM_PAGE, 77, WASM_PAGE);
		test_ok(!is_readable(small->slots[i].base + 2 * WASM_PAGE));
		slot_drop(small, i);
		slot_instantiate(small, i, &memory);
		test_bytes(small->slots[i].base, 0, WASM_PAGE);
		test_ok(!is_readable(small->slots[i].base + WASM_PAGE));
	}
	pool_drop(small);
}

TEST("what is in doubt is said once, where it is asked for")
{
	char text[4096] = "";
	int pipes[2];
	ssize_t length;

	test_sys(pipe(pipes));
	test_sys(dup2(pipes[1], STDERR_FILENO));
	pool_start();
	test_sys(mprotect(pool->slots[1].base, PAGE, PROT_READ));
	setenv("GUARDSLOT_DEBUG", "1", 1);
	pool_start();
	test_sys(mprotect(pool->slots[0].base, PAGE, PROT_READ));
	test_sys(mprotect(pool->slots[1].base, PAGE, PROT_READ));
	length = read(pipes[0], text, sizeof(text) - 1);
	test_ok(length > 0);
	test_ok(strstr(text, "a pool of 4 slots"));
	test_ok(strstr(text, "mprotect() with other rights"));
	test_ok(!strstr(strstr(text, "with other rights") + 1, "with other rights"));
}

TEST_MAIN()
