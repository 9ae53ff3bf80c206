// SPDX-License-Identifier: MIT
/*
 * The address space of a pool, the slab, and what of it is accessible.
 *
 * What is not accessible is a map as it was made: private anonymous memory without
 * access that no page was ever in. It costs no commit charge, has no anon_vma, and merges
 * with what lies beside it; a core dump leaves it out. mprotect() cannot make it so again
 * out of what was accessible, so what is given back is replaced by a fresh map, in one
 * step: another thread finds there what was accessible or what is not, and never a hole
 * that mmap() could put something else into.
 *
 * The blank is such a map as long as the longest area. A copy of it, made by mremap(),
 * replaces a part of the slab in one call, with all advices, and not locked under
 * mlockall(MCL_FUTURE). But mremap() unmaps first, and fails then where the process has
 * more address space than RLIMIT_AS allows. So a process with that limit gets a fresh map
 * by mmap(), which checks before, and its advices one by one.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <inttypes.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "base/error.h"
#include "base/map.h"
#include "mmap/mmap_pool.h"

/* From Linux 6.13 and 5.18. */
#ifndef MADV_GUARD_REMOVE
#define MADV_GUARD_REMOVE 103
#endif
#ifndef MADV_DONTNEED_LOCKED
#define MADV_DONTNEED_LOCKED 24
#endif

/* ---- advices -------------------------------------------------------------------- */

/* madvise() says EAGAIN where other calls say ENOMEM. */
static int advise(void *start, uint64_t length, int advice)
{
	if (!madvise(start, length, advice))
		return 0;
	return errno == EAGAIN ? -ENOMEM : -errno;
}

/*
 * A child of fork() does not get the slots, as on the device. Huge pages are off: with
 * them a reset would copy and a slot would hold 2 MiB where the tenant wrote a byte. gdb
 * dumps what is not accessible, too, unless it is marked.
 */
static int slab_advise(const struct shim_mmap_pool *mm, void *start, uint64_t length)
{
	int error = advise(start, length, MADV_DONTFORK);

	if (!error && mm->has_small_pages)
		error = advise(start, length, MADV_NOHUGEPAGE);
	if (!error && mm->has_dump_marks)
		error = advise(start, length, MADV_DONTDUMP);
	return error;
}

/*
 * A kernel without huge pages refuses that advice, and a filter of system calls may
 * refuse any. Slots are kept from children even so, and work without the others.
 */
static int advices_find(struct shim_mmap_pool *mm)
{
	uint64_t length = mm->pool.map_size;

	if (madvise(mm->map, length, MADV_DONTFORK))
		return shim_error_set(-errno, "slab: cannot be kept from fork: %m");
	mm->has_small_pages = !madvise(mm->map, length, MADV_NOHUGEPAGE);
	mm->has_dump_marks = !madvise(mm->map, length, MADV_DODUMP) &&
			     !madvise(mm->map, length, MADV_DONTDUMP);
	mm->has_guards = !madvise(mm->map, length, MADV_GUARD_REMOVE);
	return 0;
}

/*
 * MADV_DONTNEED leaves guard markers, so that memory which the program put them into would
 * fault for the next tenant too. Memory that cannot have them is refused with EINVAL. The
 * pages are dropped last, as nothing can undo that when another call fails.
 */
int shim_mmap_discard(const struct shim_mmap_pool *mm, unsigned char *start, uint64_t length)
{
	if (!length)
		return 0;
	if (mm->has_guards && madvise(start, length, MADV_GUARD_REMOVE) && errno != EINVAL)
		return -errno;
	if (!madvise(start, length, MADV_DONTNEED))
		return 0;
	if (errno != EINVAL)
		return -errno;
	/* Locked, by mlockall(MCL_CURRENT) or mlock(). */
	if (!madvise(start, length, MADV_DONTNEED_LOCKED))
		return 0;
	if (munlock(start, length) || madvise(start, length, MADV_DONTNEED))
		return -errno;
	return 0;
}

/* ---- holes -------------------------------------------------------------------------- */

int shim_mmap_slab_fill(struct shim_mmap_pool *mm, uint32_t slot)
{
	struct shim_mmap_hole *hole = &shim_mmap_slot_at(mm, slot)->hole;
	unsigned char *start = hole->start;
	int error;

	if (!start)
		return 0;
	error = shim_map_fill(start, hole->length, mm->pool.page_size);
	if (error)
		return error;
	hole->start = NULL;
	return slab_advise(mm, start, hole->length);
}

int shim_mmap_slab_mend(struct shim_mmap_pool *mm, uint32_t slot, void *start, uint64_t length)
{
	int error;

	if (!shim_map_has_hole(start, length))
		return 0;
	shim_mmap_slot_at(mm, slot)->hole =
		(struct shim_mmap_hole){ .start = start, .length = length };
	error = shim_mmap_slab_fill(mm, slot);
	return error ? error : 1;
}

/* ---- the slab and the blank ---------------------------------------------------------- */

bool shim_mmap_space_is_limited(void)
{
	struct rlimit limit;

	return getrlimit(RLIMIT_AS, &limit) || limit.rlim_cur != RLIM_INFINITY;
}

/*
 * The kernel made one map of the blank and the slab where they touched, and from Linux 7.3 on
 * mremap() does not merge a copy with the map that it is one of: the slab would stay divided.
 * So the pages beside the blank are not mapped. One stays, to no harm, where munmap() would
 * have to divide a map and the process may have no more of them.
 */
static void *blank_map(uint64_t length, uint64_t page_size)
{
	unsigned char *map = shim_map_create(length + 2 * page_size, PROT_NONE, -1, page_size);

	if (!map)
		return NULL;
	munmap(map, page_size);
	munmap(map + page_size + length, page_size);
	return map + page_size;
}

/* There may be none: it is no more than the cheaper way. */
static void blank_create(struct shim_mmap_pool *mm)
{
	uint64_t length = 0;

	for (uint32_t i = 0; i < mm->pool.area_count; i++)
		if (mm->pool.areas[i].max > length)
			length = mm->pool.areas[i].max;
	if (!length || shim_mmap_space_is_limited())
		return;
	mm->blank = blank_map(length, mm->pool.page_size);
	mm->blank_size = length;
	if (!mm->blank)
		return;
	if (shim_map_can_be_copied(mm->blank, mm->pool.page_size) &&
	    !slab_advise(mm, mm->blank, length))
		return;
	munmap(mm->blank, length);
	mm->blank = NULL;
}

int shim_mmap_slab_create(struct shim_mmap_pool *mm)
{
	struct shim_pool *pool = &mm->pool;
	int error;

	mm->map = shim_map_create(pool->map_size, PROT_NONE, -1, pool->page_size);
	if (!mm->map)
		return shim_slab_error(pool, -errno);
	error = advices_find(mm);
	if (error)
		return error;
	blank_create(mm);
	return 0;
}

/* In a hole of a slot nothing is the pool's, and what is another thread's stays. */
static void slab_unmap(const struct shim_mmap_pool *mm)
{
	unsigned char *at = mm->map, *end = at + mm->pool.map_size;

	for (uint32_t i = 0; mm->slots && i < mm->pool.slots; i++) {
		const struct shim_mmap_hole *hole = &shim_mmap_slot_at(mm, i)->hole;

		if (!hole->start)
			continue;
		munmap(at, (size_t)(hole->start - at));
		at = hole->start + hole->length;
	}
	munmap(at, (size_t)(end - at));
}

void shim_mmap_slab_destroy(struct shim_mmap_pool *mm)
{
	if (mm->map)
		slab_unmap(mm);
	if (mm->blank)
		munmap(mm->blank, mm->blank_size);
}

/* ---- access ------------------------------------------------------------------------- */

static bool blank_copy(const struct shim_mmap_pool *mm, void *start, uint64_t length)
{
	int flags = MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP;

	return mm->blank && mremap(mm->blank, length, length, flags, start) != MAP_FAILED;
}

static int fresh_map(const struct shim_mmap_pool *mm, void *start, uint64_t length, bool *is_gone)
{
	int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE;

	if (mmap(start, length, PROT_NONE, flags, -1, 0) == MAP_FAILED)
		return -errno;
	*is_gone = true;
	munlock(start, length);
	return slab_advise(mm, start, length);
}

/* A hole that is filled at once is what closing leaves. */
static int hole_close(struct shim_mmap_pool *mm, uint32_t slot, void *start, uint64_t length,
		      bool *is_gone)
{
	int filled = shim_mmap_slab_mend(mm, slot, start, length);

	*is_gone = filled != 0;
	return filled < 0 ? filled : 0;
}

int shim_mmap_slab_close(struct shim_mmap_pool *mm, uint32_t slot, void *start, uint64_t length,
			 bool is_limited, bool *is_gone)
{
	int error, hole_error;

	*is_gone = false;
	if (!length)
		return 0;
	if (mm->blank && !is_limited) {
		if (blank_copy(mm, start, length))
			return 0;
		error = hole_close(mm, slot, start, length, is_gone);
		if (*is_gone)
			return error;
	}
	error = fresh_map(mm, start, length, is_gone);
	if (!error || *is_gone)
		return error;
	/* Under mlockall(MCL_FUTURE) RLIMIT_MEMLOCK bounds what is mapped at a time. */
	if (error == -EAGAIN && blank_copy(mm, start, length))
		return 0;
	hole_error = hole_close(mm, slot, start, length, is_gone);
	return *is_gone ? hole_error : error;
}

int shim_mmap_slab_mark(const struct shim_mmap_pool *mm, void *start, uint64_t length)
{
	int error;

	if (!length || !mm->has_dump_marks)
		return 0;
	error = advise(start, length, MADV_DODUMP);
	if (error)
		advise(start, length, MADV_DONTDUMP);
	return error;
}

int shim_mmap_slab_open(void *start, uint64_t length)
{
	return length && mprotect(start, length, PROT_READ | PROT_WRITE) ? -errno : 0;
}

int shim_mmap_slab_deny(const struct shim_mmap_pool *mm, void *start, uint64_t length)
{
	if (mprotect(start, length, PROT_NONE))
		return -errno;
	/* Where this fails, what can be seen in a dump are zeroes. */
	if (mm->has_dump_marks)
		advise(start, length, MADV_DONTDUMP);
	return 0;
}
