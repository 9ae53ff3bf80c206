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

/* What the call asked for: bytes more of address space, and bytes more that can be written. */
struct demand {
	uint64_t length;
	uint64_t opened;
};

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

static bool space_is_over(const struct demand *demand, uint64_t *limit)
{
	return is_over(RLIMIT_AS, "VmSize:", demand->length, limit);
}

static bool data_is_over(const struct demand *demand, uint64_t *limit)
{
	return demand->opened && is_over(RLIMIT_DATA, "VmData:", demand->opened, limit);
}

/* EAGAIN says that it is reached; what of it is in use depends on how the call came to it. */
static bool lock_is_limited(const struct demand *demand, uint64_t *limit)
{
	struct rlimit rlimit;

	(void)demand;
	if (getrlimit(RLIMIT_MEMLOCK, &rlimit) || rlimit.rlim_cur == RLIM_INFINITY)
		return false;
	*limit = rlimit.rlim_cur;
	return true;
}

static bool commit_is_over(const struct demand *demand, uint64_t *limit)
{
	uint64_t mode, committed;

	if (!demand->opened || !number_read("/proc/sys/vm/overcommit_memory", "", &mode) ||
	    mode != 2 || !number_read("/proc/meminfo", "CommitLimit:", limit) ||
	    !number_read("/proc/meminfo", "Committed_AS:", &committed))
		return false;
	*limit <<= 10;
	return (committed << 10) + demand->opened > *limit;
}

/* Tries to have so many maps more: pages that differ from the next. */
static bool maps_are_used_up(const struct demand *demand, uint64_t *limit)
{
	size_t page_size = (size_t)sysconf(_SC_PAGESIZE);
	unsigned char *pages = mmap(NULL, MAPS * page_size, PROT_NONE,
				    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	bool used_up = false;

	(void)demand;
	if (!number_read("/proc/sys/vm/max_map_count", "", limit))
		*limit = 0;
	if (pages == MAP_FAILED)
		return errno == ENOMEM;
	for (unsigned int i = 1; i < MAPS && !used_up; i += 2)
		used_up = mprotect(pages + i * page_size, page_size, PROT_READ) != 0;
	munmap(pages, MAPS * page_size);
	return used_up;
}

/*
 * What each error of mmap(), mremap(), mprotect() and madvise() can come of, in the order in
 * which it is asked for: the trial of the last costs most. All other errors (EACCES, EBADF,
 * EINVAL, EPERM of a filter, ...) say themselves what is wrong.
 */
static const struct {
	int error;
	bool (*is_reached)(const struct demand *demand, uint64_t *limit);
	const char *text; /* the limit follows */
} causes[] = {
	{ -EAGAIN, lock_is_limited, "after mlockall(MCL_FUTURE) RLIMIT_MEMLOCK is" },
	{ -ENOMEM, space_is_over, "RLIMIT_AS is" },
	{ -ENOMEM, data_is_over, "RLIMIT_DATA is" },
	{ -ENOMEM, commit_is_over, "as vm.overcommit_memory is 2, the system's commit limit is" },
	{ -ENOMEM, maps_are_used_up, "vm.max_map_count may be reached, it is" },
};

int shim_map_error(int error, uint64_t length, uint64_t opened)
{
	const struct demand demand = { .length = length, .opened = opened };
	uint64_t limit;

	for (size_t i = 0; i < sizeof(causes) / sizeof(causes[0]); i++)
		if (causes[i].error == error && causes[i].is_reached(&demand, &limit))
			return shim_error_set(error, "%s (%s %" PRIu64 ")", strerror(-error),
					      causes[i].text, limit);
	return shim_error_set(error, "%s", strerror(-error));
}
