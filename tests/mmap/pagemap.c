// SPDX-License-Identifier: MIT
// The search for written pages finds all of them and no others, in every way it has.
#include "test.h"

#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>

#include "memory.h"
#include "mmap/pagemap.h"
#include "uffd.h"

#define PAGES 1500

static struct shim_pagemap pagemap;
static unsigned char *map;
static bool expected[PAGES];
static bool zeroed[PAGES]; /* by the zero page, in the map of a file */

/* 0: nothing there, 1: private, 2: shared, which may be no more than zero. */
static unsigned char found[PAGES];

/* The pages that map a file. */
static unsigned int file_start, file_end;

/* PAGEMAP_SCAN came with Linux 6.7. */
static bool kernel_scans(void)
{
	struct utsname name;
	int major, minor;

	test_sys(uname(&name));
	test_eq(sscanf(name.release, "%d.%d", &major, &minor), 2);
	return major > 6 || (major == 6 && minor >= 7);
}

static bool start(enum shim_pagemap_kind kind)
{
	shim_pagemap_best = kind;
	shim_pagemap_open(&pagemap, PAGE);
	if (kind == SHIM_PAGEMAP_SCAN && !kernel_scans())
		return false;
	test_eq(pagemap.kind, kind);
	map = map_private(PAGES * PAGE);
	return true;
}

static void page_write(unsigned int page)
{
	map[page * PAGE + page] = 1;
	expected[page] = true;
}

static void runs_note(const struct shim_pagemap_run *runs, int count)
{
	for (int i = 0; i < count; i++) {
		uint64_t from = (runs[i].start - (uintptr_t)map) / PAGE;
		uint64_t to = (runs[i].end - (uintptr_t)map) / PAGE;

		test_ok(from < to && to <= PAGES);
		for (; from < to; from++) {
			test_eq(found[from], 0);
			found[from] = runs[i].shared ? 2 : 1;
		}
	}
}

/* Searches all pages, count runs at a time. */
static void search(unsigned int count)
{
	struct shim_pagemap_run *runs = calloc(count, sizeof(*runs));
	struct shim_pagemap_search search = {
		.at = (uintptr_t)map,
		.end = (uintptr_t)map + PAGES * PAGE,
		.file_start = (uintptr_t)map + file_start * PAGE,
		.file_end = (uintptr_t)map + file_end * PAGE,
	};

	memset(found, 0, sizeof(found));
	while (search.at < search.end) {
		int got = shim_pagemap_find(&pagemap, &search, runs, count);

		test_success(got);
		test_ok((unsigned int)got <= count);
		runs_note(runs, got);
	}
	test_eq(search.at, search.end);
	free(runs);
	for (unsigned int page = 0; page < PAGES; page++) {
		if (expected[page])
			test_eq(found[page], 1);
		else if (zeroed[page])
			test_eq(found[page], 2);
		else
			test_ok(found[page] != 1);
	}
}

static const enum shim_pagemap_kind kinds[] = { SHIM_PAGEMAP_SCAN, SHIM_PAGEMAP_READ };

#define EACH_KIND(kind)                               \
	for (unsigned int kind = 0; kind < 2; kind++) \
		if (start(kinds[kind]))

TEST("every second page, in many runs")
{
	EACH_KIND(kind)
	{
		memset(expected, 0, sizeof(expected));
		for (unsigned int page = 0; page < PAGES; page += 2)
			page_write(page);
		for (unsigned int count = 1; count <= 1024; count *= 4)
			search(count);
	}
}

TEST("runs of random length, next to pages that were only read")
{
	EACH_KIND(kind)
	{
		memset(expected, 0, sizeof(expected));
		srand(1);
		for (unsigned int page = 0; page < PAGES; page++) {
			int what = rand() % 5;

			if (what == 0)
				(void)*(volatile unsigned char *)(map + page * PAGE);
			else if (what > 2 || (page && expected[page - 1] && what == 1))
				page_write(page);
		}
		search(3);
		search(64);
	}
}

TEST("pages of a private file map count when they were written")
{
	EACH_KIND(kind)
	{
		int fd = memfd_create("file", MFD_CLOEXEC);

		test_sys(ftruncate(fd, PAGES * PAGE));
		test_ok(mmap(map, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED, fd,
			     0) == map);
		memset(expected, 0, sizeof(expected));
		file_end = PAGES;
		for (unsigned int page = 0; page < PAGES; page += 3) {
			(void)*(volatile unsigned char *)(map + page * PAGE);
			if (page % 2)
				page_write(page);
		}
		search(64);
		close(fd);
	}
}

static void file_map(unsigned int from, unsigned int to)
{
	int fd = memfd_create("file", MFD_CLOEXEC);
	size_t length = (to - from) * PAGE;

	test_sys(fd);
	test_sys(ftruncate(fd, (off_t)length));
	test_ok(mmap(map + from * PAGE, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED, fd,
		     0) == map + from * PAGE);
	close(fd);
	file_start = from;
	file_end = to;
}

/* Any write of zeroes may come to that, where KSM looks at the memory. */
static void zero_page_put(int fd, unsigned int page)
{
	struct uffdio_zeropage put = { .range = { (uintptr_t)map + page * PAGE, PAGE } };

	test_sys(ioctl(fd, UFFDIO_ZEROPAGE, &put));
	zeroed[page] = page >= file_start && page < file_end;
}

static int uffd_open(void)
{
	struct uffdio_api api = { .api = UFFD_API };
	int fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC | UFFD_USER_MODE_ONLY);

	if (fd >= 0)
		test_sys(ioctl(fd, UFFDIO_API, &api));
	return fd;
}

static bool has_uffd(void)
{
	int fd = uffd_open();

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

TEST_WHEN(has_uffd, "the zero page counts in the map of a file and nowhere else")
{
	struct uffdio_register watched = { .mode = UFFDIO_REGISTER_MODE_MISSING };
	int fd = uffd_open();

	test_sys(fd);
	EACH_KIND(kind)
	{
		file_map(700, 1100);
		memset(expected, 0, sizeof(expected));
		memset(zeroed, 0, sizeof(zeroed));
		watched.range = (struct uffdio_range){ (uintptr_t)map, PAGES * PAGE };
		test_sys(ioctl(fd, UFFDIO_REGISTER, &watched));
		/* A region of the zero page lies across each end of the file. */
		for (unsigned int page = 650; page < 1150; page++)
			if (page % 100 < 90)
				zero_page_put(fd, page);
		for (unsigned int page = 0; page < PAGES; page += 5)
			if (page < 650 || page >= 1150)
				zero_page_put(fd, page);
		test_sys(ioctl(fd, UFFDIO_UNREGISTER, &watched.range));
		for (unsigned int page = 695; page < PAGES; page += 100)
			page_write(page);
		for (unsigned int count = 1; count <= 1024; count *= 4)
			search(count);
	}
}

TEST("nothing, all, and the last page")
{
	EACH_KIND(kind)
	{
		memset(expected, 0, sizeof(expected));
		search(1);
		page_write(PAGES - 1);
		search(1);
		for (unsigned int page = 0; page < PAGES; page++)
			page_write(page);
		search(1);
	}
}

TEST("a page that a child shares is found, though it may look like zero")
{
	pid_t child;
	int pipes[2];

	test_ok(start(SHIM_PAGEMAP_READ));
	map[5 * PAGE] = 1;
	test_sys(pipe(pipes));
	child = fork();
	test_sys(child);
	if (child == 0) {
		char byte;

		close(pipes[1]);
		_exit((int)read(pipes[0], &byte, 1));
	}
	search(64);
	test_eq(found[5], 2);
	close(pipes[1]);
	waitpid(child, NULL, 0);
	expected[5] = true;
	search(64);
}

TEST("a search without a pagemap is not supported")
{
	struct shim_pagemap_search search = { .at = PAGE, .end = 2 * PAGE };
	struct shim_pagemap_run run;

	shim_pagemap_best = SHIM_PAGEMAP_NONE;
	shim_pagemap_open(&pagemap, PAGE);
	test_eq(pagemap.kind, SHIM_PAGEMAP_NONE);
	test_err(-EOPNOTSUPP, shim_pagemap_find(&pagemap, &search, &run, 1));
	test_eq(search.at, PAGE);
	shim_pagemap_close(&pagemap);
}

TEST_MAIN()
