// SPDX-License-Identifier: MIT
// ptrace() and /proc/PID/mem read and write a slot as its process does.
/*
 * This holds across page boundaries. Past a limit, in a guard and past the mapping
 * there is nothing, and a debugger cannot write to an image.
 */
#include "test.h"

#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#include "abi.h"
#include "content.h"
#include "image.h"
#include "memory.h"
#include "pool.h"

#define PAGES 8
#define IMAGE_PAGES 6

/*
 * A process that has the pool mapped, or a part of it, and is stopped. Slot 0
 * and 1 are bound to an image of 6 pages with key 100; in slot 0 page 0 is
 * shared, page 1 private with key 1000, page 2 never touched; pages 6 and 7 are
 * holes, and the limit is 8.
 */
struct tracee {
	struct pool pool;
	pid_t pid;
	uint8_t *at; /* slot 0 in the tracee */
	int mem;
};

/* Maps the start of the slab; a page with key 4000 lies behind what is mapped. */
static uint8_t *map_before_page(struct pool *pool, size_t map_size)
{
	uint8_t *at = mmap(NULL, map_size + PAGE, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	test_ok(at != MAP_FAILED);
	fill_page(at + map_size, 4000);
	test_eq((uintptr_t)mmap(at, map_size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
				pool->fd, 0),
		(uintptr_t)at);
	return at;
}

static struct tracee tracee_start(struct pool *pool, size_t map_size)
{
	uint8_t **base =
		mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct tracee tracee;
	char path[64];
	int status;

	test_ok(base != MAP_FAILED);
	tracee.pid = fork();
	test_sys(tracee.pid);
	if (tracee.pid == 0) {
		pool->base = map_before_page(pool, map_size);
		*base = pool->base;
		peek(area_at(pool, 0, 0));
		fill_page(area_at(pool, 0, 0) + PAGE, 1000);
		test_sys(ptrace(PTRACE_TRACEME, 0, 0, 0));
		raise(SIGSTOP);
		_exit(0);
	}
	test_eq(waitpid(tracee.pid, &status, 0), tracee.pid);
	test_ok(WIFSTOPPED(status));
	tracee.pool = *pool;
	tracee.at = *base + slab_offset(pool, 0, 0);
	snprintf(path, sizeof(path), "/proc/%d/mem", tracee.pid);
	tracee.mem = open(path, O_RDWR | O_CLOEXEC);
	test_sys(tracee.mem);
	return tracee;
}

static struct pool pool_imaged(uint64_t max_resident)
{
	struct guardslot_create geometry = plain_geometry(2, PAGES);
	struct pool pool;
	uint32_t image;

	geometry.max_resident = max_resident;
	pool = pool_create(&geometry);
	image = image_keyed(&pool, 1, 100, IMAGE_PAGES);
	for (uint32_t slot = 0; slot < 2; slot++) {
		test_rebind(&pool, slot, image);
		test_resize(&pool, slot, 0, PAGES * PAGE);
	}
	return pool;
}

static struct tracee tracee_of_two_slots(void)
{
	struct pool pool = pool_imaged(0);

	return tracee_start(&pool, pool.geometry.out_map_size);
}

/* Key of a page of slot 0 as tracee_start() leaves it; 0: zero. */
static uint64_t key_of(size_t page)
{
	return page == 1 ? 1000 : page < IMAGE_PAGES ? 100 + page : 0;
}

static void page_content(void *at, uint64_t key)
{
	if (key)
		fill_page(at, key);
	else
		memset(at, 0, PAGE);
}

static long peek_word(const struct tracee *tracee, const void *at)
{
	errno = 0;
	return ptrace(PTRACE_PEEKDATA, tracee->pid, at, NULL);
}

static int poke_word(const struct tracee *tracee, void *at, long word)
{
	return (int)tap_sys(ptrace(PTRACE_POKEDATA, tracee->pid, at, word));
}

static void test_no_word(const struct tracee *tracee, uint8_t *at)
{
	test_eq(peek_word(tracee, at), -1);
	test_eq(errno, EIO);
	test_err(-EIO, poke_word(tracee, at, 0x5a5a5a5a));
}

static ssize_t mem_read(const struct tracee *tracee, const uint8_t *at, void *to, size_t length)
{
	ssize_t got = pread(tracee->mem, to, length, (off_t)(uintptr_t)at);

	return got < 0 ? -errno : got;
}

static ssize_t mem_write(const struct tracee *tracee, uint8_t *at, const void *from, size_t length)
{
	ssize_t got = pwrite(tracee->mem, from, length, (off_t)(uintptr_t)at);

	return got < 0 ? -errno : got;
}

/* What slot 1 shows, through a mapping of this process. */
static void test_image_untouched(struct tracee *tracee)
{
	uint8_t *base = map_shared(tracee->pool.fd, tracee->pool.geometry.out_map_size, 0);
	uint8_t *other = base + slab_offset(&tracee->pool, 1, 0);

	for (size_t i = 0; i < PAGES; i++) {
		if (i < IMAGE_PAGES)
			test_holds(other + i * PAGE, 100 + i);
		else
			test_ok(page_is_zero(other + i * PAGE));
	}
	test_sys(munmap(base, tracee->pool.geometry.out_map_size));
}

TEST("PEEK sees shared, private and untouched pages and holes, and takes no page")
{
	struct tracee tracee = tracee_of_two_slots();
	uint64_t page[PAGE / 8];

	for (size_t i = 0; i < PAGES; i++) {
		page_content(page, key_of(i));
		for (size_t word = 0; word < PAGE / 8; word += 17) {
			long got = peek_word(&tracee, tracee.at + i * PAGE + word * 8);

			test_eq(errno, 0);
			test_eq(got, page[word]);
		}
	}
	test_eq(resident_of(&tracee.pool, 0), 1);
}

TEST("POKE writes what PEEK and the process see then, and never the image")
{
	struct tracee tracee = tracee_of_two_slots();
	uint8_t *mapped;

	for (size_t i = 0; i < PAGES; i++) {
		test_err(0, poke_word(&tracee, tracee.at + i * PAGE + 40, 0x1234567 + (long)i));
		test_eq(peek_word(&tracee, tracee.at + i * PAGE + 40), 0x1234567 + (long)i);
	}
	test_eq(resident_of(&tracee.pool, 0), PAGES);
	test_eq(shared_of(&tracee.pool, 0), 0);
	/* A mapping of our own shows the same memory. */
	mapped = map_shared(tracee.pool.fd, tracee.pool.geometry.out_map_size, 0);
	for (size_t i = 0; i < PAGES; i++)
		test_eq(*(volatile uint64_t *)(mapped + i * PAGE + 40), 0x1234567 + i);
	test_image_untouched(&tracee);
	test_reset(&tracee.pool, 0);
	test_rebind(&tracee.pool, 0, 1);
	for (size_t i = 0; i < IMAGE_PAGES; i++)
		test_holds(mapped + i * PAGE, 100 + i);
}

TEST("the process itself reads what was poked, where it had read the image before")
{
	struct pool pool = pool_imaged(0);
	int mem = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
	uint64_t word = 0x1122334455667788, got;
	uint8_t *at;

	test_sys(mem);
	pool.base = map_shared(pool.fd, pool.geometry.out_map_size, 0);
	at = area_at(&pool, 0, 0);
	read_pages(at, PAGES);
	test_eq(pwrite(mem, &word, 8, (off_t)(uintptr_t)(at + PAGE)), 8);
	test_eq(*(volatile uint64_t *)(at + PAGE), word);
	*(volatile uint64_t *)(at + PAGE) = 77;
	test_eq(pread(mem, &got, 8, (off_t)(uintptr_t)(at + PAGE)), 8);
	test_eq(got, 77);
	test_holds(area_at(&pool, 1, 0) + PAGE, 101);
}

TEST("past a limit, in guards and before the first slot there is nothing to see or write")
{
	struct guardslot_create geometry = small_geometry(2);
	struct pool pool = pool_create(&geometry);
	struct tracee tracee = tracee_start(&pool, pool.geometry.out_map_size);
	uint8_t *const nothing[] = {
		tracee.at - PAGE,      tracee.at + 4 * PAGE,	  tracee.at + 16 * PAGE,
		tracee.at + 20 * PAGE, tracee.at + 23 * PAGE - 8, tracee.at + 25 * PAGE,
	};
	uint32_t resident = resident_of(&pool, 0);
	uint8_t byte = 0x77;

	for (size_t i = 0; i < ARRAY_SIZE(nothing); i++) {
		test_no_word(&tracee, nothing[i]);
		test_err(-EIO, mem_read(&tracee, nothing[i], &byte, 1));
		test_err(-EIO, mem_write(&tracee, nothing[i], &byte, 1));
		test_eq(byte, 0x77);
	}
	/* Half of the word is past the limit. */
	test_no_word(&tracee, tracee.at + 4 * PAGE - 4);
	test_eq(resident_of(&pool, 1), 0);
	test_resize(&pool, 0, 0, 5 * PAGE);
	test_eq(peek_word(&tracee, tracee.at + 4 * PAGE), 0);
	test_eq(errno, 0);
	test_eq(resident_of(&pool, 0), resident + 1);
	test_resize(&pool, 0, 0, 4 * PAGE);
	test_no_word(&tracee, tracee.at + 4 * PAGE);
}

TEST("/proc/PID/mem reads and writes across pages of every kind")
{
	struct tracee tracee = tracee_of_two_slots();
	uint8_t expected[PAGES * PAGE], got[PAGES * PAGE], text[3 * PAGE];

	for (size_t i = 0; i < PAGES; i++)
		page_content(expected + i * PAGE, key_of(i));
	test_eq(mem_read(&tracee, tracee.at, got, sizeof(got)), sizeof(got));
	test_mem(got, expected, sizeof(got));
	test_eq(mem_read(&tracee, tracee.at + 123, got, sizeof(got) - 123), sizeof(got) - 123);
	test_mem(got, expected + 123, sizeof(got) - 123);
	test_eq(resident_of(&tracee.pool, 0), 1);

	for (size_t at = PAGE / 2; at < 5 * PAGE; at += PAGE + 7) {
		for (size_t i = 0; i < sizeof(text); i++)
			text[i] = (uint8_t)mix(at + i);
		memcpy(expected + at, text, sizeof(text));
		test_eq(mem_write(&tracee, tracee.at + at, text, sizeof(text)), sizeof(text));
		test_eq(mem_read(&tracee, tracee.at, got, sizeof(got)), sizeof(got));
		test_mem(got, expected, sizeof(got));
	}
	test_image_untouched(&tracee);
}

TEST("a long read or write ends at the limit")
{
	struct tracee tracee = tracee_of_two_slots();
	uint8_t text[4 * PAGE];

	memset(text, 0x5a, sizeof(text));
	test_eq(mem_write(&tracee, tracee.at + 6 * PAGE + 100, text, sizeof(text)), 2 * PAGE - 100);
	memset(text, 0, sizeof(text));
	test_eq(mem_read(&tracee, tracee.at + 6 * PAGE, text, sizeof(text)), 2 * PAGE);
	test_bytes(text, 0, 100);
	test_bytes(text + 100, 0x5a, 2 * PAGE - 100);
	test_bytes(text + 2 * PAGE, 0, 2 * PAGE);
	test_eq(resident_of(&tracee.pool, 1), 0);
}

TEST("at the end of the mapping follows what the process has there, not the slab")
{
	struct pool pool = pool_imaged(0);
	struct tracee tracee = tracee_start(&pool, 3 * PAGE);
	uint8_t expected[2 * PAGE], got[PAGE], text[PAGE];
	uint64_t word;

	fill_page(expected, 102);
	fill_page(expected + PAGE, 4000);
	test_eq(mem_read(&tracee, tracee.at + 2 * PAGE + 200, got, PAGE), PAGE);
	test_mem(got, expected + 200, PAGE);
	memcpy(&word, expected + PAGE - 4, 8);
	test_eq(peek_word(&tracee, tracee.at + 3 * PAGE - 4), word);

	memset(text, 0x5a, sizeof(text));
	test_eq(mem_write(&tracee, tracee.at + 2 * PAGE + 100, text, PAGE), PAGE);
	memcpy(expected + 100, text, PAGE);
	test_eq(mem_read(&tracee, tracee.at + 3 * PAGE, got, PAGE), PAGE);
	test_mem(got, expected + PAGE, PAGE);
	/* Page 3 of the slot is as it was. */
	pool.base = map_shared(pool.fd, pool.geometry.out_map_size, 0);
	test_eq(resident_of(&pool, 0), 2);
	test_holds(area_at(&pool, 0, 0) + 3 * PAGE, 103);
	test_mem(area_at(&pool, 0, 0) + 2 * PAGE, expected, PAGE);
}

TEST("a mapping without write permission cannot be written through a debugger")
{
	struct pool pool = pool_imaged(0);
	int mem = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
	uint8_t *at = mmap(NULL, pool.geometry.out_map_size, PROT_READ, MAP_SHARED, pool.fd, 0);
	uint64_t word = 1;

	test_sys(mem);
	test_ok(at != MAP_FAILED);
	test_sys_err(-EIO, pwrite(mem, &word, 8, (off_t)(uintptr_t)at));
	test_holds(at, 100);
	test_eq(resident_of(&pool, 0), 0);
	test_eq(pread(mem, &word, 8, (off_t)(uintptr_t)at), 8);
	test_eq(word, *(volatile uint64_t *)at);
}

TEST("over the cap a debugger cannot write a new page, and breaks nothing")
{
	struct pool pool = pool_imaged(PAGE);
	struct tracee tracee = tracee_start(&pool, pool.geometry.out_map_size);

	test_err(-EIO, poke_word(&tracee, tracee.at, 1));
	test_err(-EIO, poke_word(&tracee, tracee.at + 2 * PAGE, 1));
	test_err(0, poke_word(&tracee, tracee.at + PAGE, 1));
	test_eq(peek_word(&tracee, tracee.at + PAGE), 1);
	test_eq(resident_of(&pool, 0), 1);
	test_purge(&pool, 0);
	test_err(0, poke_word(&tracee, tracee.at + 2 * PAGE, 1));
	test_err(-EIO, poke_word(&tracee, tracee.at + 4 * PAGE, 1));
	test_eq(peek_word(&tracee, tracee.at + 4 * PAGE), page_word(104, 0));
	test_eq(errno, 0);
}

TEST("what a debugger wrote is reset, purged and snapshot like any other write")
{
	struct tracee tracee = tracee_of_two_slots();
	uint8_t page[PAGE];
	uint32_t image;

	fill_page(page, 5000);
	test_eq(mem_write(&tracee, tracee.at + 3 * PAGE, page, PAGE), PAGE);
	test_image_snapshot(&tracee.pool, 0, 9, &image);
	test_rebind(&tracee.pool, 0, 1);
	test_eq(mem_read(&tracee, tracee.at + 3 * PAGE, page, PAGE), PAGE);
	test_holds(page, 103);
	test_rebind(&tracee.pool, 0, image);
	test_eq(mem_read(&tracee, tracee.at + 3 * PAGE, page, PAGE), PAGE);
	test_holds(page, 5000);
	test_eq(mem_read(&tracee, tracee.at + PAGE, page, PAGE), PAGE);
	test_holds(page, 1000);
	test_purge(&tracee.pool, 0);
	test_eq(mem_read(&tracee, tracee.at + 3 * PAGE, page, PAGE), PAGE);
	test_holds(page, 5000);
}

TEST_MAIN()
