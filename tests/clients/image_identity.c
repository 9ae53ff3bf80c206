// SPDX-License-Identifier: MIT
// An image is known by its content, never by an inode or a descriptor that came again.
#include "test.h"

#include <sys/mman.h>
#include <sys/stat.h>

#include "allocator.h"

static struct pool *pool;

static struct memory memory_of(int fd)
{
	return (struct memory){ .min = 2 * WASM_PAGE, .fd = fd, .length = WASM_PAGE };
}

/* The first bytes that an instance of the memory finds in the slot. */
static void expect(uint32_t slot, const struct memory *memory, uint64_t seed)
{
	unsigned char *bytes = malloc(WASM_PAGE);

	image_fill(bytes, WASM_PAGE, seed);
	slot_instantiate(pool, slot, memory);
	test_mem(pool->slots[slot].base, bytes, WASM_PAGE);
	memset(pool->slots[slot].base, 0xee, 2 * WASM_PAGE);
	slot_drop(pool, slot);
	test_mem(pool->slots[slot].base, bytes, WASM_PAGE);
	test_bytes(pool->slots[slot].base + WASM_PAGE, 0, WASM_PAGE);
	free(bytes);
	test_ok(slot_is_on_slots(pool, slot));
}

TEST("files that take turns at one descriptor")
{
	pool = pool_make(4, false);
	for (uint64_t seed = 1; seed < 40; seed++) {
		int fd = image_file(WASM_PAGE, seed);
		struct memory memory = memory_of(fd);

		expect(0, &memory, seed);
		expect(seed % 3 + 1, &memory, seed);
		slot_purge(pool, 0);
		slot_purge(pool, seed % 3 + 1);
		test_sys(close(fd));
		test_eq(image_file(WASM_PAGE, 1000 + seed), fd);
		expect(0, &memory, 1000 + seed);
		slot_purge(pool, 0);
		test_sys(close(fd));
	}
	/* And few of the images stay. */
	test_ok(slot_info(pool, 0).images <= 20);
	pool_drop(pool);
}

/* A file in a file system that gives a new file the inode of the last one that was deleted. */
static int named_file(uint64_t seed)
{
	char name[] = "/tmp/image-XXXXXX";
	int fd = (int)test_sys(mkstemp(name));
	unsigned char *bytes = malloc(WASM_PAGE);

	test_sys(unlink(name));
	image_fill(bytes, WASM_PAGE, seed);
	test_eq(write(fd, bytes, WASM_PAGE), WASM_PAGE);
	free(bytes);
	return fd;
}

TEST("files that have the same inode and the same descriptor after each other")
{
	ino_t last = 0;
	unsigned int again = 0;

	pool = pool_make(2, false);
	for (uint64_t seed = 1; seed < 40; seed++) {
		int fd = named_file(seed);
		struct memory memory = memory_of(fd);
		struct stat status;

		test_sys(fstat(fd, &status));
		again += status.st_ino == last;
		last = status.st_ino;
		expect(0, &memory, seed);
		slot_purge(pool, 0);
		test_sys(close(fd));
	}
	test_note("%u of 39 files had the inode of the one before", again);
	pool_drop(pool);
}

TEST("one file whose content changes, and that then becomes shorter")
{
	struct memory memory = memory_of(named_file(1));
	struct memory other = memory_of(named_file(2));
	unsigned char *bytes = malloc(WASM_PAGE);

	pool = pool_make(2, false);
	expect(0, &memory, 1);
	image_fill(bytes, WASM_PAGE, 3);
	test_eq(pwrite(memory.fd, bytes, WASM_PAGE, 0), WASM_PAGE);
	expect(1, &memory, 3);
	expect(0, &other, 2);
	expect(0, &memory, 3);
	test_sys(ftruncate(memory.fd, 0));
	test_sys(ftruncate(other.fd, 0));
	/* What slots have of it they keep. */
	test_mem(pool->slots[0].base, bytes, WASM_PAGE);
	pool_drop(pool);
	free(bytes);
}

TEST("two files of one content are one image, at one place only")
{
	struct memory a = memory_of(image_file(WASM_PAGE, 5));
	struct memory b = memory_of(image_file(WASM_PAGE, 5));
	struct memory c = b;

	c.offset = PAGE;
	pool = pool_make(4, false);
	expect(0, &a, 5);
	expect(1, &b, 5);
	test_eq(slot_info(pool, 0).images, 1);
	slot_instantiate(pool, 2, &c);
	test_bytes(pool->slots[2].base, 0, PAGE);
	test_mem(pool->slots[2].base + PAGE, pool->slots[0].base, WASM_PAGE);
	test_eq(slot_info(pool, 0).images, 2);
	pool_drop(pool);
}

TEST_MAIN()
