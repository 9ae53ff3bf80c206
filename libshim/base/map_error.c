// SPDX-License-Identifier: MIT
/*
 * Why a memory map cannot be made or changed: the kernel says ENOMEM for five limits, and
 * EAGAIN for one. Each is asked for where it can be; none is named that is not reached.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/error.h"
#include "base/map_error.h"

/* Most maps that one operation needs; mremap() wants five to be free. */
#define MAPS 7

/* The number behind a word of a file in /proc; false where there is none. */
static bool number_read(const char *path, const char *word, uint64_t *number)
{
	char text[4096];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t length;
	const char *at;

	if (fd < 0)
		return false;
	length = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (length <= 0)
		return false;
	text[length] = '\0';
	at = strstr(text, word);
	if (!at)
		return false;
	*number = strtoull(at + strlen(word), NULL, 10);
	return true;
}

/* Whether the process has so much, in kB, that length more is over the limit. */
static bool is_over(int resource, const char *word, uint64_t length, uint64_t *limit)
{
	struct rlimit rlimit;
	uint64_t size;

	if (getrlimit(resource, &rlimit) || rlimit.rlim_cur == RLIM_INFINITY)
		return false;
	*limit = rlimit.rlim_cur;
	return number_read("/proc/self/status", word, &size) && (size << 10) + length > *limit;
}

static bool commit_is_over(uint64_t length)
{
	uint64_t mode, limit, committed;

	return number_read("/proc/sys/vm/overcommit_memory", "", &mode) && mode == 2 &&
	       number_read("/proc/meminfo", "CommitLimit:", &limit) &&
	       number_read("/proc/meminfo", "Committed_AS:", &committed) &&
	       ((committed << 10) + length) >> 10 > limit;
}

/* Tries to have so many maps more: pages that differ from the next. */
static bool maps_are_used_up(void)
{
	size_t page_size = (size_t)sysconf(_SC_PAGESIZE);
	unsigned char *pages = mmap(NULL, MAPS * page_size, PROT_NONE,
				    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	bool used_up = false;

	if (pages == MAP_FAILED)
		return errno == ENOMEM;
	for (unsigned int i = 1; i < MAPS && !used_up; i += 2)
		used_up = mprotect(pages + i * page_size, page_size, PROT_READ) != 0;
	munmap(pages, MAPS * page_size);
	return used_up;
}

static void cause_find(char *text, size_t size, int error, uint64_t length, uint64_t opened)
{
	struct rlimit lock;
	uint64_t limit;

	if (error == -EAGAIN && !getrlimit(RLIMIT_MEMLOCK, &lock) && lock.rlim_cur != RLIM_INFINITY)
		snprintf(text, size, " (after mlockall(MCL_FUTURE) RLIMIT_MEMLOCK is %" PRIu64 ")",
			 (uint64_t)lock.rlim_cur);
	if (error != -ENOMEM)
		return;
	if (is_over(RLIMIT_AS, "VmSize:", length, &limit))
		snprintf(text, size, " (RLIMIT_AS is %" PRIu64 ")", limit);
	else if (opened && is_over(RLIMIT_DATA, "VmData:", opened, &limit))
		snprintf(text, size, " (RLIMIT_DATA is %" PRIu64 ")", limit);
	else if (opened && commit_is_over(opened))
		snprintf(text, size, " (the system's commit limit, as vm.overcommit_memory is 2)");
	else if (maps_are_used_up())
		snprintf(text, size, " (vm.max_map_count may be reached)");
}

int shim_map_error(int error, uint64_t length, uint64_t opened)
{
	char cause[128] = "";

	cause_find(cause, sizeof(cause), error, length, opened);
	return shim_error_set(error, "%s%s", strerror(-error), cause);
}
