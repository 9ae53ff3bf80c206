// SPDX-License-Identifier: MIT
/*
 * The limits of a slot of the mmap backend, which are page protections.
 *
 * What lies past a limit never holds a private page: shrinking takes the access
 * first and then drops the pages, so that not even a thread that writes meanwhile
 * leaves something behind that a later grow would show.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <inttypes.h>
#include <sys/mman.h>

#include "base/error.h"
#include "mmap/mmap_pool.h"

/*
 * A child of fork() does not get the slots, as on the device. Huge pages are off:
 * with them a reset would copy and a slot would hold 2 MiB where the tenant wrote a
 * byte. A kernel without huge pages refuses that advice with EINVAL.
 */
int shim_mmap_advise(void *address, uint64_t length)
{
	if (madvise(address, length, MADV_DONTFORK))
		return -errno;
	if (madvise(address, length, MADV_NOHUGEPAGE) && errno != EINVAL)
		return -errno;
	return 0;
}

int shim_mmap_map_error(int error, const char *what, uint32_t slot, uint32_t area)
{
	errno = -error;
	return shim_error_set(error,
			      "slot %" PRIu32 ", area %" PRIu32
			      ": %s: %m (vm.max_map_count may be reached)",
			      slot, area, what);
}

uint64_t shim_mmap_limit_initial(const struct shim_mmap_pool *mm,
				 const struct shim_mmap_image *image, uint32_t area)
{
	return image ? image->limits[area] : mm->pool.areas[area].initial;
}

int shim_mmap_discard(unsigned char *start, uint64_t length)
{
	if (length && madvise(start, length, MADV_DONTNEED))
		return -errno;
	return 0;
}

void shim_mmap_slot_break(struct shim_mmap_pool *mm, uint32_t slot, int error)
{
	struct shim_mmap_slot *s = &mm->slots[slot];

	for (uint32_t i = 0; i < mm->pool.area_count; i++) {
		uint64_t max = mm->pool.areas[i].max;

		if (max) {
			/* Taking access away splits no map, so it needs no memory. */
			mprotect(shim_area_address(&mm->pool, slot, i), max, PROT_NONE);
			madvise(shim_area_address(&mm->pool, slot, i), max, MADV_DONTNEED);
		}
		s->limits[i] = 0;
	}
	s->broken = error;
}

int shim_mmap_slot_usable(const struct shim_mmap_pool *mm, uint32_t slot)
{
	int error = mm->slots[slot].broken;

	if (!error)
		return 0;
	return shim_error_set(error,
			      "slot %" PRIu32 " is unusable, its last reset failed: "
			      "reset it again",
			      slot);
}

/*
 * When this fails on a range of two maps, the first of them may have changed already.
 * Changing it back merges what was split, and needs no new map.
 */
static int access_set(struct shim_mmap_pool *mm, uint32_t slot, unsigned char *start,
		      uint64_t length, bool accessible)
{
	int on = accessible ? PROT_READ | PROT_WRITE : PROT_NONE;
	int off = accessible ? PROT_NONE : PROT_READ | PROT_WRITE;
	int error;

	if (!mprotect(start, length, on))
		return 0;
	error = -errno;
	if (mprotect(start, length, off))
		shim_mmap_slot_break(mm, slot, error);
	return error;
}

static int limit_shrink(struct shim_mmap_pool *mm, uint32_t slot, unsigned char *start,
			uint64_t length)
{
	int error = access_set(mm, slot, start, length, false);

	if (error)
		return error;
	error = shim_mmap_discard(start, length);
	if (error && mprotect(start, length, PROT_READ | PROT_WRITE))
		shim_mmap_slot_break(mm, slot, error);
	return error;
}

int shim_mmap_limit_set(struct shim_mmap_pool *mm, uint32_t slot, uint32_t area, uint64_t limit)
{
	struct shim_mmap_slot *s = &mm->slots[slot];
	uint64_t old = s->limits[area];
	unsigned char *base = shim_area_address(&mm->pool, slot, area);
	int error = 0;

	if (limit > old)
		error = access_set(mm, slot, base + old, limit - old, true);
	else if (limit < old)
		error = limit_shrink(mm, slot, base + limit, old - limit);
	if (error)
		return shim_mmap_map_error(error, "cannot set the limit", slot, area);
	s->limits[area] = limit;
	return 0;
}
