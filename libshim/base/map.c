// SPDX-License-Identifier: MIT
/*
 * Memory maps that are not locked.
 *
 * Under mlockall(MCL_FUTURE) each new map is locked: the kernel counts all of its address
 * space against RLIMIT_MEMLOCK, and brings in a page for each that is accessible. Neither
 * is wanted of a reservation, of which little is ever used.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/personality.h>

#include "base/error.h"
#include "base/map.h"

/* From Linux 4.17. */
#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000
#endif

static void *map(uint64_t length, int protection, int file)
{
	int flags = MAP_PRIVATE | MAP_NORESERVE | (file < 0 ? MAP_ANONYMOUS : 0);
	void *at = mmap(NULL, length, protection, flags, file, 0);

	return at == MAP_FAILED ? NULL : at;
}

/* RLIMIT_MEMLOCK bounds new maps, but not how far one grows that is not locked. */
static void *page_grow(void *page, uint64_t page_size, uint64_t length, int flags)
{
	void *at = MAP_FAILED;
	int error;

	if (!munlock(page, page_size))
		at = mremap(page, page_size, length, flags);
	if (at != MAP_FAILED)
		return at;
	error = errno;
	munmap(page, page_size);
	errno = error;
	return NULL;
}

static void *map_grown(uint64_t length, int protection, int file, uint64_t page_size)
{
	void *page = map(page_size, protection, file);

	return page ? page_grow(page, page_size, length, MREMAP_MAYMOVE) : NULL;
}

static void *map_unlocked(uint64_t length, int protection, int file, uint64_t page_size)
{
	void *at = map(length, protection, file);

	if (!at)
		return errno == EAGAIN ? map_grown(length, protection, file, page_size) : NULL;
	/* It fails where it may not be called, and changes nothing where nothing is locked. */
	munlock(at, length);
	return at;
}

/*
 * All pages of a map that is locked and accessible are brought in before mmap() returns, so
 * a long one becomes accessible when it is not locked any more.
 */
void *shim_map_create(uint64_t length, int protection, int file, uint64_t page_size)
{
	bool is_long = protection != PROT_NONE && length > page_size;
	void *at = map_unlocked(length, is_long ? PROT_NONE : protection, file, page_size);
	int error;

	if (!at || !is_long || !mprotect(at, length, protection))
		return at;
	error = errno;
	munmap(at, length);
	errno = error;
	return NULL;
}

/*
 * The address is for the kernel to choose; without one, C libraries pass on what happens to be
 * there.
 */
bool shim_map_can_be_copied(void *map, uint64_t page_size)
{
	void *copy = mremap(map, page_size, page_size, MREMAP_MAYMOVE | MREMAP_DONTUNMAP, NULL);

	if (copy == MAP_FAILED)
		return false;
	munmap(copy, page_size);
	return true;
}

/* ---- holes -------------------------------------------------------------------------- */

/* msync() of private memory does nothing but look whether all is mapped. */
bool shim_map_has_hole(void *start, uint64_t length)
{
	return msync(start, length, MS_ASYNC) && errno == ENOMEM;
}

static int map_free(void *start, uint64_t length)
{
	int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE;
	void *at = mmap(start, length, PROT_NONE, flags, -1, 0);

	if (at == MAP_FAILED)
		return -errno;
	if (at == start)
		return 0;
	/* An older kernel takes the address for a wish. */
	munmap(at, length);
	return -EEXIST;
}

/* A map that may not move grows over nothing. */
static int map_free_grown(void *start, uint64_t length, uint64_t page_size)
{
	int error = map_free(start, page_size);

	if (error)
		return error;
	return page_grow(start, page_size, length, 0) ? 0 : -errno;
}

int shim_map_fill(void *start, uint64_t length, uint64_t page_size)
{
	int error = map_free(start, length);

	if (error == -EAGAIN)
		error = map_free_grown(start, length, page_size);
	if (!error)
		munlock(start, length);
	return error;
}

/* ---- the process ---------------------------------------------------------------------- */

/* With this argument personality() changes nothing. It is the calling thread's. */
int shim_map_check(void)
{
	int flags = personality(UINT32_MAX);

	if (flags == -1 || !(flags & READ_IMPLIES_EXEC))
		return 0;
	return shim_error_set(-EPERM, "READ_IMPLIES_EXEC of personality(2) is set: "
				      "slots would be executable");
}
