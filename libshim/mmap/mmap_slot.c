// SPDX-License-Identifier: MIT
/*
 * A slot of the mmap backend: limits are page protections, content is private
 * anonymous memory and, where the image has content, a private map of its file.
 *
 * One area, with an image whose content starts inside it:
 *
 *   | anonymous | image file | anonymous | no access ... | guard, no access |
 *   0         part.start  part.end      limit          reserve
 *
 * What lies past the limit never holds a private page: shrinking takes the
 * access first and then drops the pages, so that not even a thread that writes
 * meanwhile can leave something behind that a later grow would show.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/mman.h>

#include "mmap/mmap_pool.h"
#include "base/error.h"

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

/*
 * Not for a child of fork(), as on the device. And no huge pages: a reset would
 * copy and a slot would hold 2 MiB where the tenant wrote a byte. A kernel
 * without huge pages says EINVAL to that.
 */
int shim_mmap_advise(void *address, uint64_t length)
{
	if (madvise(address, length, MADV_DONTFORK))
		return -errno;
	if (madvise(address, length, MADV_NOHUGEPAGE) && errno != EINVAL)
		return -errno;
	return 0;
}

static int map_error(int error, const char *what, uint32_t slot, uint32_t area)
{
	errno = -error;
	return shim_error_set(error,
			      "slot %" PRIu32 ", area %" PRIu32
			      ": %s: %m (vm.max_map_count may be reached)",
			      slot, area, what);
}

static uint64_t initial_limit(const struct shim_mmap_pool *mm, const struct shim_mmap_image *image,
			      uint32_t area)
{
	return image ? image->limits[area] : mm->pool.areas[area].initial;
}

static bool has_content(const struct shim_mmap_image *image, uint32_t area)
{
	return image && image->file.parts[area].start < image->file.parts[area].end;
}

static int discard(unsigned char *start, uint64_t length)
{
	if (length && madvise(start, length, MADV_DONTNEED))
		return -errno;
	return 0;
}

/*
 * An error while a slot is put together. Nobody may see what is there, and only
 * a rebuild helps. To take access away needs no new map, so this should work.
 */
static void slot_break(struct shim_mmap_pool *mm, uint32_t slot, int error)
{
	struct shim_mmap_slot *s = &mm->slots[slot];

	for (uint32_t i = 0; i < mm->pool.area_count; i++) {
		uint64_t max = mm->pool.areas[i].max;

		if (max) {
			mprotect(shim_area_address(&mm->pool, slot, i), max, PROT_NONE);
			discard(shim_area_address(&mm->pool, slot, i), max);
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
 * A range of two maps may be done half when this fails. Back with that half: it
 * merges what was split, and needs no new map.
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
		slot_break(mm, slot, error);
	return error;
}

static int limit_shrink(struct shim_mmap_pool *mm, uint32_t slot, unsigned char *start,
			uint64_t length)
{
	int error = access_set(mm, slot, start, length, false);

	if (error)
		return error;
	error = discard(start, length);
	if (error && mprotect(start, length, PROT_READ | PROT_WRITE))
		slot_break(mm, slot, error);
	return error;
}

int shim_mmap_slot_resize(struct shim_mmap_pool *mm, uint32_t slot, uint32_t area, uint64_t limit)
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
		return map_error(error, "cannot set the limit", slot, area);
	s->limits[area] = limit;
	return 0;
}

/* ---- reset in place -------------------------------------------------------- */

static void pages_restore(struct shim_mmap_pool *mm, const struct shim_mmap_image *image,
			  uint32_t area, unsigned char *base, uint64_t start, uint64_t end)
{
	uint64_t page_size = mm->pool.page_size;

	for (uint64_t at = start; at < end; at += page_size) {
		const unsigned char *content = NULL;

		if (image)
			content = shim_image_file_page(&image->file, area, at);
		if (content)
			memcpy(base + at, content, page_size);
		else
			memset(base + at, 0, page_size);
	}
}

/*
 * Puts back the pages of one run, as many as may be kept. Returns where the rest
 * of the area starts that is to be dropped, or the run's end.
 */
static uint64_t run_restore(struct shim_mmap_pool *mm, const struct shim_mmap_image *image,
			    uint32_t area, unsigned char *base, const struct shim_pagemap_run *run,
			    uint64_t *keep)
{
	uint64_t start = run->start - (uintptr_t)base;
	uint64_t end = run->end - (uintptr_t)base;
	uint64_t pages = (end - start) / mm->pool.page_size;

	if (pages > *keep)
		pages = *keep;
	*keep -= pages;
	end = start + pages * mm->pool.page_size;
	pages_restore(mm, image, area, base, start, end);
	return end;
}

/* Restores one area up to its limit; *keep is how many pages may still stay. */
static int area_restore(struct shim_mmap_pool *mm, uint32_t slot, uint32_t area, uint64_t *keep)
{
	struct shim_mmap_slot *s = &mm->slots[slot];
	unsigned char *base = shim_area_address(&mm->pool, slot, area);
	uint64_t at = (uintptr_t)base, end = at + s->limits[area];
	struct shim_pagemap_run runs[SHIM_PAGEMAP_RUNS];

	while (at < end && *keep) {
		uint64_t from = at;
		int found = shim_pagemap_find(&mm->pagemap, &at, end, runs, SHIM_PAGEMAP_RUNS);

		if (found < 0)
			return discard(base + (from - (uintptr_t)base), end - from);
		for (int i = 0; i < found; i++) {
			struct shim_pagemap_run *run = &runs[i];
			uint64_t kept = run->start - (uintptr_t)base;

			if (!run->swapped)
				kept = run_restore(mm, s->image, area, base, run, keep);
			if (kept < run->end - (uintptr_t)base &&
			    discard(base + kept, run->end - (uintptr_t)base - kept))
				return -errno;
		}
	}
	return discard((unsigned char *)(uintptr_t)at, end - at);
}

/* Whether it pays to ask which pages were written. */
static bool keeps_pages(const struct shim_mmap_pool *mm)
{
	return mm->pagemap.kind == SHIM_PAGEMAP_SCAN;
}

static int slot_restore(struct shim_mmap_pool *mm, uint32_t slot, uint64_t keep)
{
	struct shim_mmap_slot *s = &mm->slots[slot];
	int error;

	for (uint32_t i = 0; i < mm->pool.area_count; i++) {
		error = shim_mmap_slot_resize(mm, slot, i, initial_limit(mm, s->image, i));
		if (error)
			return error;
	}
	for (uint32_t i = 0; i < mm->pool.area_count; i++) {
		error = area_restore(mm, slot, i, &keep);
		if (error)
			return map_error(error, "cannot drop pages", slot, i);
	}
	return 0;
}

/* ---- rebuild ---------------------------------------------------------------- */

static int content_map(struct shim_mmap_image *image, uint32_t area, unsigned char *base)
{
	const struct shim_image_part *part = &image->file.parts[area];
	void *at = mmap(base + part->start, part->end - part->start, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_FIXED | MAP_NORESERVE, image->file.fd,
			(off_t)part->offset);

	if (at == MAP_FAILED)
		return -errno;
	return shim_mmap_advise(at, part->end - part->start);
}

/* Makes the area anew, whatever is there. */
static int area_rebuild(struct shim_mmap_pool *mm, uint32_t slot, uint32_t area,
			struct shim_mmap_image *image)
{
	unsigned char *base = shim_area_address(&mm->pool, slot, area);
	uint64_t max = mm->pool.areas[area].max;
	uint64_t limit = initial_limit(mm, image, area);
	void *at;
	int error;

	if (!max)
		return 0;
	at = mmap(base, max, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1,
		  0);
	if (at == MAP_FAILED)
		return -errno;
	mm->slots[slot].limits[area] = 0;
	error = shim_mmap_advise(base, max);
	if (error)
		return error;
	if (limit && mprotect(base, limit, PROT_READ | PROT_WRITE))
		return -errno;
	mm->slots[slot].limits[area] = limit;
	return has_content(image, area) ? content_map(image, area, base) : 0;
}

/* An area that shows no image before and after needs no new map. */
static int area_rebind(struct shim_mmap_pool *mm, uint32_t slot, uint32_t area,
		       struct shim_mmap_image *image)
{
	struct shim_mmap_slot *s = &mm->slots[slot];
	int error;

	if (s->broken || has_content(s->image, area) || has_content(image, area)) {
		error = area_rebuild(mm, slot, area, image);
		return error ? map_error(error, "cannot be mapped", slot, area) : 0;
	}
	error = shim_mmap_slot_resize(mm, slot, area, initial_limit(mm, image, area));
	if (error)
		return error;
	error = discard(shim_area_address(&mm->pool, slot, area), s->limits[area]);
	return error ? map_error(error, "cannot drop pages", slot, area) : 0;
}

static int slot_rebuild(struct shim_mmap_pool *mm, uint32_t slot, struct shim_mmap_image *image)
{
	struct shim_mmap_slot *s = &mm->slots[slot];

	for (uint32_t i = 0; i < mm->pool.area_count; i++) {
		int error = area_rebind(mm, slot, i, image);

		if (error)
			return error;
	}
	if (image != s->image) {
		shim_mmap_image_get(image);
		shim_mmap_image_put(s->image);
		s->image = image;
	}
	s->broken = 0;
	return 0;
}

/* ---- the operations --------------------------------------------------------- */

static int slot_bring(struct shim_mmap_pool *mm, uint32_t slot, struct shim_mmap_image *image,
		      uint64_t keep)
{
	struct shim_mmap_slot *s = &mm->slots[slot];
	int error;

	if (s->broken || s->image != image)
		error = slot_rebuild(mm, slot, image);
	else
		error = slot_restore(mm, slot, keep);
	if (error)
		slot_break(mm, slot, error);
	return error;
}

int shim_mmap_slot_rebind(struct shim_mmap_pool *mm, uint32_t slot, struct shim_mmap_image *image)
{
	int error = slot_bring(mm, slot, image, keeps_pages(mm) ? mm->keep_pages : 0);

	if (!error)
		mm->slots[slot].resets++;
	return error;
}

int shim_mmap_slot_reset(struct shim_mmap_pool *mm, uint32_t slot)
{
	return shim_mmap_slot_rebind(mm, slot, mm->slots[slot].image);
}

int shim_mmap_slot_purge(struct shim_mmap_pool *mm, uint32_t slot)
{
	struct shim_mmap_image *image = mm->slots[slot].image;
	int error;

	if (image && image->destroyed)
		image = NULL;
	error = slot_bring(mm, slot, image, 0);
	if (!error)
		mm->slots[slot].purges++;
	return error;
}

/* Counts pages that cannot be the zero page; 0 where nobody knows. */
static uint64_t private_pages(struct shim_mmap_pool *mm, uint64_t at, uint64_t end)
{
	struct shim_pagemap_run runs[SHIM_PAGEMAP_RUNS];
	uint64_t pages = 0;

	while (at < end) {
		int found = shim_pagemap_find(&mm->pagemap, &at, end, runs, SHIM_PAGEMAP_RUNS);

		if (found < 0)
			break;
		for (int i = 0; i < found; i++)
			if (!runs[i].shared)
				pages += (runs[i].end - runs[i].start) / mm->pool.page_size;
	}
	return pages;
}

uint64_t shim_mmap_slot_resident(struct shim_mmap_pool *mm, uint32_t slot)
{
	uint64_t pages = 0;

	for (uint32_t i = 0; i < mm->pool.area_count; i++) {
		uint64_t at = (uintptr_t)shim_area_address(&mm->pool, slot, i);

		pages += private_pages(mm, at, at + mm->slots[slot].limits[i]);
	}
	return pages;
}

/* ---- prefault ----------------------------------------------------------------- */

/* A write that changes nothing, whatever another thread writes there meanwhile. */
static void pages_touch(struct shim_mmap_pool *mm, unsigned char *start, uint64_t length)
{
	for (uint64_t at = 0; at < length; at += mm->pool.page_size)
		__atomic_fetch_or(start + at, 0, __ATOMIC_RELAXED);
}

int shim_mmap_slot_prefault(struct shim_mmap_pool *mm, uint32_t slot,
			    const struct shim_range *range, uint64_t *pages)
{
	unsigned char *start = shim_area_address(&mm->pool, slot, range->area) + range->offset;
	uint64_t at = (uintptr_t)start, before;
	int error = shim_mmap_slot_usable(mm, slot);

	if (error)
		return error;
	if (range->offset + range->length > mm->slots[slot].limits[range->area])
		return shim_range_error(slot, range);
	if (!range->length)
		return 0;
	before = private_pages(mm, at, at + range->length);
	if (madvise(start, range->length, MADV_POPULATE_WRITE)) {
		/* A kernel without it; a touch has no way to say that memory is short. */
		if (errno != EINVAL)
			return map_error(-errno, "cannot prefault", slot, range->area);
		pages_touch(mm, start, range->length);
	}
	*pages += range->length / mm->pool.page_size - before;
	return 0;
}
