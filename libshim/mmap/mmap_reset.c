// SPDX-License-Identifier: MIT
/*
 * How a slot of the mmap backend is brought to its image: in place, by restoring the
 * pages that were written, or, to another image and in a purge, by mapping its areas anew.
 *
 * Content is private anonymous memory and, where the image has content, a private
 * map of its file. One area, with an image whose content starts inside it:
 *
 *   | anonymous | image file | anonymous | no access ... | guard, no access |
 *   0         part.start  part.end      limit          reserve
 */
#include <string.h>

#include "mmap/mmap_pool.h"

static bool has_content(const struct shim_mmap_image *image, uint32_t area)
{
	return image && image->file.parts[area].start < image->file.parts[area].end;
}

/* ---- in place ---------------------------------------------------------------- */

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
 * Restores the pages of one run, as many as may be kept. Returns the offset of the
 * first page of the run that is to be dropped, or the run's end.
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

/* Restores the pages of one run, or drops those that are not kept. */
static int run_reset(struct shim_mmap_pool *mm, const struct shim_mmap_image *image, uint32_t area,
		     unsigned char *base, const struct shim_pagemap_run *run, uint64_t *keep)
{
	uint64_t kept = run->start - (uintptr_t)base;

	if (!run->absent)
		kept = run_restore(mm, image, area, base, run, keep);
	return shim_mmap_discard(mm, base + kept, run->end - (uintptr_t)base - kept);
}

/* Of content that was copied no page can be left to the kernel to bring back. */
static int area_recopy(struct shim_mmap_pool *mm, uint32_t slot, uint32_t area)
{
	struct shim_mmap_slot *s = shim_mmap_slot_at(mm, slot);
	unsigned char *base = shim_area_address(&mm->pool, slot, area);
	int error = shim_mmap_discard(mm, base, s->limits[area]);

	if (error)
		return error;
	shim_image_file_copy(&s->image->file, area, base, 0, s->limits[area]);
	return 0;
}

/* Restores one area up to its limit; *keep is how many more pages may be kept. */
static int area_restore(struct shim_mmap_pool *mm, uint32_t slot, uint32_t area, uint64_t *keep)
{
	struct shim_mmap_slot *s = shim_mmap_slot_at(mm, slot);
	unsigned char *base = shim_area_address(&mm->pool, slot, area);
	uint64_t limit = s->limits[area];
	struct shim_pagemap_search search = shim_mmap_search(mm, slot, area, 0, limit);
	struct shim_pagemap_run runs[SHIM_PAGEMAP_RUNS];

	search.intact = true; /* or nothing is kept */
	if (has_content(s->image, area) && shim_image_file_is_copied(&s->image->file))
		return area_recopy(mm, slot, area);
	while (search.at < search.end && *keep) {
		uint64_t from = search.at - (uintptr_t)base;
		int found = shim_pagemap_find(&mm->pagemap, &search, runs, SHIM_PAGEMAP_RUNS);

		if (found < 0)
			return shim_mmap_discard(mm, base + from, limit - from);
		for (int i = 0; i < found; i++) {
			int error = run_reset(mm, s->image, area, base, &runs[i], keep);

			if (error)
				return error;
		}
	}
	return shim_mmap_discard(mm, base + (search.at - (uintptr_t)base), search.end - search.at);
}

static int slot_restore(struct shim_mmap_pool *mm, uint32_t slot, uint64_t keep)
{
	struct shim_mmap_slot *s = shim_mmap_slot_at(mm, slot);
	uint64_t left;
	int error;

	if (shim_history_drop(&s->history, mm->fault_price))
		keep = 0;
	left = keep;
	for (uint32_t i = 0; i < mm->pool.area_count; i++) {
		error = shim_mmap_limit_set(mm, slot, i, shim_mmap_limit_initial(mm, s->image, i));
		if (error)
			return error;
	}
	for (uint32_t i = 0; i < mm->pool.area_count; i++) {
		error = area_restore(mm, slot, i, &left);
		if (error)
			return shim_mmap_map_error(error, "cannot drop pages", slot, i, 0);
	}
	shim_history_note(&s->history, keep - left);
	return 0;
}

/* ---- rebuild ---------------------------------------------------------------- */

/*
 * Behind this there is nothing but what the slab was made of: not past the limit, nor past
 * the content of the image, which is mapped past a limit, too. Of a slot that is broken
 * nothing is known, and under RLIMIT_AS mmap() has to be asked before mremap() is.
 */
static uint64_t area_used(const struct shim_mmap_pool *mm, uint32_t slot, uint32_t area,
			  bool is_limited)
{
	const struct shim_mmap_slot *s = shim_mmap_slot_at(mm, slot);
	uint64_t used = s->limits[area];

	if (s->broken || is_limited)
		return mm->pool.areas[area].max;
	if (s->image && s->image->file.parts[area].end > used)
		used = s->image->file.parts[area].end;
	return used;
}

/*
 * Maps the area anew, whatever is there. It becomes accessible when all is in place. After
 * an error the slot has to be broken.
 *
 * A purge takes four calls for an area so, five with content. Dropping the pages would be
 * one, and leave what only a new map is without: the anon_vma, maps that do not merge, and
 * the program's locks, policies and protections. The limit has to be asked for before
 * mremap(), and no call both opens a map and marks it for dumps: a copy of one that is open
 * would commit the longest area where vm.overcommit_memory is 2.
 */
static int area_rebuild(struct shim_mmap_pool *mm, uint32_t slot, uint32_t area,
			const struct shim_mmap_image *image)
{
	unsigned char *base = shim_area_address(&mm->pool, slot, area);
	uint64_t limit = shim_mmap_limit_initial(mm, image, area);
	bool is_limited = shim_mmap_space_is_limited(), is_gone;
	int error = shim_mmap_slab_close(mm, slot, base, area_used(mm, slot, area, is_limited),
					 is_limited, &is_gone);

	if (error)
		return error;
	error = shim_mmap_content_map(mm, slot, area, image, 0, limit, &is_gone);
	if (error)
		return error;
	error = shim_mmap_slab_mark(mm, base, limit);
	if (error)
		return error;
	error = shim_mmap_slab_open(base, limit);
	if (error)
		return error;
	shim_mmap_slot_at(mm, slot)->limits[area] = limit;
	if (image)
		shim_image_file_copy(&image->file, area, base, 0, limit);
	return 0;
}

/*
 * An area without content of an image, before and after, needs no new map, unless all of
 * the slot is given back.
 */
static int area_rebind(struct shim_mmap_pool *mm, uint32_t slot, uint32_t area,
		       struct shim_mmap_image *image, bool give_back)
{
	struct shim_mmap_slot *s = shim_mmap_slot_at(mm, slot);
	int error;

	if (give_back || s->broken || has_content(s->image, area) || has_content(image, area)) {
		error = area_rebuild(mm, slot, area, image);
		if (error)
			return shim_mmap_map_error(error, "cannot be mapped", slot, area,
						   shim_mmap_limit_initial(mm, image, area));
		return 0;
	}
	error = shim_mmap_limit_set(mm, slot, area, shim_mmap_limit_initial(mm, image, area));
	if (error)
		return error;
	error = shim_mmap_discard(mm, shim_area_address(&mm->pool, slot, area), s->limits[area]);
	if (error)
		return shim_mmap_map_error(error, "cannot drop pages", slot, area, 0);
	return 0;
}

/* The last try to map something may have left a hole; until it is closed nothing else is tried. */
static int hole_fill(struct shim_mmap_pool *mm, uint32_t slot)
{
	const unsigned char *start = shim_mmap_slot_at(mm, slot)->hole.start;
	int error = shim_mmap_slab_fill(mm, slot);
	uint32_t area = 0;

	if (!error)
		return 0;
	while (area + 1 < mm->pool.area_count &&
	       start >= shim_area_address(&mm->pool, slot, area + 1))
		area++;
	return shim_mmap_map_error(error, "cannot be mapped", slot, area, 0);
}

static int slot_rebuild(struct shim_mmap_pool *mm, uint32_t slot, struct shim_mmap_image *image,
			bool give_back)
{
	struct shim_mmap_slot *s = shim_mmap_slot_at(mm, slot);
	int error = hole_fill(mm, slot);

	if (error)
		return error;
	for (uint32_t i = 0; i < mm->pool.area_count; i++) {
		error = area_rebind(mm, slot, i, image, give_back);

		if (error)
			return error;
	}
	if (image != s->image) {
		shim_mmap_image_get(image);
		shim_mmap_image_put(s->image);
		s->image = image;
	}
	memset(&s->history, 0, sizeof(s->history));
	s->broken = 0;
	return 0;
}

/*
 * Without PAGEMAP_SCAN the search for written pages costs more than dropping all. Asking for
 * the file costs as much as a small reset: once in a call of the library is enough, as what
 * another thread does to it meanwhile may be too late for any look.
 */
static uint64_t pages_kept(const struct shim_mmap_pool *mm, struct shim_mmap_kept *kept)
{
	if (!kept->is_known) {
		kept->is_known = true;
		if (mm->pagemap.kind == SHIM_PAGEMAP_SCAN && shim_pagemap_is_intact(&mm->pagemap))
			kept->pages = mm->keep_pages;
	}
	return kept->pages;
}

int shim_mmap_slot_rebind(struct shim_mmap_pool *mm, uint32_t slot, struct shim_mmap_image *image,
			  struct shim_mmap_kept *kept)
{
	struct shim_mmap_slot *s = shim_mmap_slot_at(mm, slot);
	int error;

	if (s->broken || s->image != image)
		error = slot_rebuild(mm, slot, image, false);
	else
		error = slot_restore(mm, slot, pages_kept(mm, kept));
	if (error) {
		shim_mmap_slot_break(mm, slot, error);
		return error;
	}
	s->resets++;
	return 0;
}

int shim_mmap_slot_purge(struct shim_mmap_pool *mm, uint32_t slot)
{
	struct shim_mmap_slot *s = shim_mmap_slot_at(mm, slot);
	struct shim_mmap_image *image = s->image;
	int error;

	if (image && image->destroyed)
		image = NULL;
	error = slot_rebuild(mm, slot, image, true);
	if (error) {
		shim_mmap_slot_break(mm, slot, error);
		return error;
	}
	s->purges++;
	return 0;
}
