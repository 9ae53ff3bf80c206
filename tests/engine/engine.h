/* SPDX-License-Identifier: MIT */
/*
 * What the tests of the page engine share, on top of the wrappers of the ABI
 * tests: PREFAULT, page-fault counts, fdinfo, files of the kernel, content that
 * tells where it belongs.
 */
#ifndef TESTS_ENGINE_H
#define TESTS_ENGINE_H

#include "../abi/abi.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#define PARAMETERS "/sys/module/guardslot/parameters/"

/* The debug kernel is some ten times slower; what repeats repeats less there. */
static inline bool is_debug_kernel(void)
{
	return access("/sys/kernel/debug/kmemleak", F_OK) == 0;
}

static inline long scaled(long normal, long debug)
{
	return is_debug_kernel() ? debug : normal;
}

/* ---- files of the kernel ------------------------------------------------- */

/* The start of a file, as a string. -errno when it cannot be read. */
static inline int try_read_file(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t length = 0;
	ssize_t got = 1;

	if (fd < 0)
		return -errno;
	while (got > 0 && length < size - 1) {
		got = read(fd, text + length, size - 1 - length);
		if (got > 0)
			length += (size_t)got;
	}
	text[length] = '\0';
	close(fd);
	return got < 0 ? -EIO : 0;
}

static inline void read_file(const char *path, char *text, size_t size)
{
	int ret = try_read_file(path, text, size);

	if (ret)
		test_fail("cannot read %s: %s", path, strerror(-ret));
}

static inline int try_write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), ret = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) < 0)
		ret = -errno;
	close(fd);
	return ret;
}

static inline void write_file(const char *path, const char *text)
{
	int ret = try_write_file(path, text);

	if (ret)
		test_fail("cannot write \"%s\" to %s: %s", text, path, strerror(-ret));
}

static inline void write_number(const char *path, unsigned long number)
{
	char text[32];

	snprintf(text, sizeof(text), "%lu", number);
	write_file(path, text);
}

static inline unsigned long read_number(const char *path)
{
	char text[64];

	read_file(path, text, sizeof(text));
	return strtoul(text, NULL, 0);
}

/* The number behind a line's first word, as in /proc/vmstat or fdinfo. */
static inline bool find_number(const char *path, const char *word, unsigned long *number)
{
	static __thread char text[1 << 16];
	size_t length = strlen(word);

	read_file(path, text, sizeof(text));
	for (char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, word, length) == 0 && strchr(" \t:", line[length])) {
			*number = strtoul(line + length + strspn(line + length, " \t:"), NULL, 10);
			return true;
		}
	}
	return false;
}

static inline unsigned long get_number(const char *path, const char *word)
{
	unsigned long number;

	if (!find_number(path, word, &number))
		test_fail("no \"%s\" in %s", word, path);
	return number;
}

static inline unsigned long fdinfo(const struct pool *pool, const char *word)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", pool->fd);
	return get_number(path, word);
}

static inline unsigned long fdinfo_resident_pages(const struct pool *pool)
{
	return fdinfo(pool, "guardslot_resident") * 1024 / PAGE;
}

static inline unsigned long fdinfo_image_pages(const struct pool *pool)
{
	return fdinfo(pool, "guardslot_image_pages") * 1024 / PAGE;
}

/* ---- calls --------------------------------------------------------------- */

/* @cmd but for its size; leaves the answer in it. */
static inline int call_prefault(struct pool *pool, struct guardslot_prefault *cmd)
{
	cmd->size = sizeof(*cmd);
	return device_call(pool->fd, GUARDSLOT_IOC_PREFAULT, cmd);
}

/* The write set of one slot. Returns the pages that became private. */
static inline uint64_t prefault_slot(struct pool *pool, uint32_t slot)
{
	struct guardslot_prefault cmd = { .slots = (uintptr_t)&slot, .count = 1 };

	test_err(0, call_prefault(pool, &cmd));
	test_eq(cmd.out_done, 1);
	return cmd.out_pages;
}

/* A range of one slot. Returns the pages that became private. */
static inline uint64_t prefault_range(struct pool *pool, uint32_t slot, uint32_t area,
				      uint64_t offset, uint64_t length)
{
	struct guardslot_prefault cmd = {
		.flags = GUARDSLOT_PREFAULT_RANGE,
		.slots = (uintptr_t)&slot,
		.count = 1,
		.area = area,
		.offset = offset,
		.length = length,
	};

	test_err(0, call_prefault(pool, &cmd));
	test_eq(cmd.out_done, 1);
	return cmd.out_pages;
}

static inline uint32_t shared_of(struct pool *pool, uint32_t slot)
{
	struct guardslot_query query;

	test_query(pool, slot, &query);
	return query.out_shared_pages;
}

static inline uint32_t write_set_of(struct pool *pool, uint32_t slot)
{
	struct guardslot_query query;

	test_query(pool, slot, &query);
	return query.out_write_set_pages;
}

/* One area of @pages pages, all of them accessible, and a guard. */
static inline struct guardslot_create plain_geometry(uint32_t slots, size_t pages)
{
	return (struct guardslot_create){
		.slots = slots,
		.area_count = 1,
		.areas[0] = { pages * PAGE, 16 * PAGE, pages * PAGE, pages * PAGE },
	};
}

static inline struct pool pool_plain(uint32_t slots, size_t pages, uint32_t flags)
{
	struct guardslot_create geometry = plain_geometry(slots, pages);

	geometry.flags = flags;
	return pool_map(&geometry);
}

/* ---- content ------------------------------------------------------------- */

static inline uint64_t mix(uint64_t x)
{
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
	return x ^ (x >> 31);
}

/* Every word of the page follows from the key, and differs from page to page. */
static inline void fill_page(void *at, uint64_t key)
{
	volatile uint64_t *word = at;

	for (size_t i = 0; i < PAGE / sizeof(*word); i++)
		word[i] = mix(key * 512 + i + 1);
}

static inline bool page_holds(const void *at, uint64_t key)
{
	const volatile uint64_t *word = at;

	for (size_t i = 0; i < PAGE / sizeof(*word); i++)
		if (word[i] != mix(key * 512 + i + 1))
			return false;
	return true;
}

static inline bool page_is_zero(const void *at)
{
	const volatile uint64_t *word = at;

	for (size_t i = 0; i < PAGE / sizeof(*word); i++)
		if (word[i])
			return false;
	return true;
}

/* An image of the pool's first area; page i of it has key + i. */
static inline uint32_t image_keyed(struct pool *pool, uint64_t tag, uint64_t key, size_t pages)
{
	uint8_t *content = aligned_alloc(PAGE, pages * PAGE);
	struct guardslot_image_create create = { .tag = tag };

	test_ok(content);
	for (size_t i = 0; i < pages; i++)
		fill_page(content + i * PAGE, key + i);
	create.areas[0] = (struct guardslot_image_area){
		.source = (uintptr_t)content,
		.length = pages * PAGE,
		.limit = pages * PAGE,
	};
	for (uint32_t i = 1; i < pool->geometry.area_count; i++)
		create.areas[i].limit = pool->geometry.areas[i].initial;
	test_image_create(pool, &create);
	free(content);
	return create.out_image;
}

#define test_holds(at, key)                                                      \
	do {                                                                     \
		if (!page_holds(at, key))                                        \
			test_fail("%s: not the content of %s = %llu", #at, #key, \
				  (unsigned long long)(key));                    \
	} while (0)

/* Touches the first byte of each page. */
static inline void read_pages(const uint8_t *at, size_t pages)
{
	for (size_t i = 0; i < pages; i++)
		peek(at + i * PAGE);
}

static inline void write_pages(uint8_t *at, size_t pages, uint8_t value)
{
	for (size_t i = 0; i < pages; i++)
		poke(at + i * PAGE, value);
}

/* Page faults of this thread so far. */
static inline long faults(void)
{
	struct rusage usage;

	test_sys(getrusage(RUSAGE_THREAD, &usage));
	return usage.ru_minflt + usage.ru_majflt;
}

#endif /* TESTS_ENGINE_H */
