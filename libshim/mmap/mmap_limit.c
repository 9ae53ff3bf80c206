// SPDX-License-Identifier: MIT
/*
 * The limits of a slot of the mmap backend, which are page protections.
 *
 * What lies past a limit never holds a private page: shrinking replaces the map, access
 * and pages at once, so that not even a thread that writes meanwhile leaves something
 * behind that a later grow would show.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <inttypes.h>

#include "base/error.h"
#include "base/map_error.h"
#include "mmap/mmap_pool.h"

int shim_mmap_map_error(int error, const char *what, uint32_t slot, uint32_t area, uint64_t opened)
{
	if (error == -EEXIST)
		return shim_error_set(error,
				      "slot %" PRIu32 ", area %" PRIu32 ": %s: another map of the "
				      "process came to lie there when one of the pool's was "
				      "replaced; until it is unmapped the slot is unusable",
				      slot, area, what);
	shim_map_error(error, 0, opened);
	return shim_error_prefix(error, "slot %" PRIu32 ", area %" PRIu32 ": %s: ", slot, area,
				 what);
}

uint64_t shim_mmap_limit_initial(const struct shim_mmap_pool *mm,
				 const struct shim_mmap_image *image, uint32_t area)
{
	return image ? image->limits[area] : mm->pool.areas[area].initial;
}

/* Takes the access away in place, which needs no memory, as no map is split. */
static void part_hide(struct shim_mmap_pool *mm, unsigned char *start, unsigned char *end)
{
	if (start >= end)
		return;
	shim_mmap_slab_deny(mm, start, (uint64_t)(end - start));
	shim_mmap_discard(mm, start, (uint64_t)(end - start));
}

/* All of the area but for a hole. */
static void area_hide(struct shim_mmap_pool *mm, uint32_t slot, unsigned char *start,
		      unsigned char *end)
{
	const struct shim_mmap_hole *hole = &shim_mmap_slot_at(mm, slot)->hole;

	if (!hole->start || hole->start >= end || hole->start + hole->length <= start) {
		part_hide(mm, start, end);
		return;
	}
	part_hide(mm, start, hole->start);
	part_hide(mm, hole->start + hole->length, end);
}

/* With a hole nothing is tried that could make a second one. */
void shim_mmap_slot_break(struct shim_mmap_pool *mm, uint32_t slot, int error)
{
	struct shim_mmap_slot *s = shim_mmap_slot_at(mm, slot);
	bool is_limited = shim_mmap_space_is_limited();

	for (uint32_t i = 0; i < mm->pool.area_count; i++) {
		unsigned char *base = shim_area_address(&mm->pool, slot, i);
		uint64_t max = mm->pool.areas[i].max;
		bool is_gone;

		if (s->hole.start ||
		    shim_mmap_slab_close(mm, slot, base, max, is_limited, &is_gone))
			area_hide(mm, slot, base, base + max);
		s->limits[i] = 0;
	}
	s->broken = error;
}

int shim_mmap_slot_usable(const struct shim_mmap_pool *mm, uint32_t slot)
{
	int error = shim_mmap_slot_at(mm, slot)->broken;

	if (!error)
		return 0;
	return shim_error_set(error,
			      "slot %" PRIu32 " is unusable, its last reset failed: "
			      "reset it again",
			      slot);
}

/*
 * Two calls, as a core dump by gdb has what is not accessible too, unless it is marked.
 * Undoing what came first merges what was split, and needs no new map. A part may have been
 * accessible for a moment, and may have been written.
 */
static int limit_grow(struct shim_mmap_pool *mm, uint32_t slot, uint32_t area, uint64_t limit)
{
	const struct shim_mmap_slot *s = shim_mmap_slot_at(mm, slot);
	unsigned char *base = shim_area_address(&mm->pool, slot, area);
	uint64_t old = s->limits[area];
	int error = shim_mmap_slab_mark(mm, base + old, limit - old);

	if (error)
		return error;
	error = shim_mmap_slab_open(base + old, limit - old);

	if (!error) {
		if (s->image)
			shim_image_file_copy(&s->image->file, area, base, old, limit);
		return 0;
	}
	if (shim_mmap_slab_deny(mm, base + old, limit - old) ||
	    shim_mmap_discard(mm, base + old, limit - old))
		shim_mmap_slot_break(mm, slot, error);
	return error;
}

/* What of [*from, *to) is content of the image; an empty range at the end if nothing. */
static void content_clip(const struct shim_mmap_image *image, uint32_t area, uint64_t *from,
			 uint64_t *to)
{
	const struct shim_image_part *part = image ? &image->file.parts[area] : NULL;

	if (!part || part->start >= *to || part->end <= *from) {
		*from = *to;
		return;
	}
	if (part->start > *from)
		*from = part->start;
	if (part->end < *to)
		*to = part->end;
}

int shim_mmap_content_map(struct shim_mmap_pool *mm, uint32_t slot, uint32_t area,
			  const struct shim_mmap_image *image, uint64_t from, uint64_t to,
			  bool *is_gone)
{
	unsigned char *base = shim_area_address(&mm->pool, slot, area);
	int error;

	*is_gone = false;
	content_clip(image, area, &from, &to);
	if (from == to)
		return 0;
	error = shim_image_file_map(&image->file, area, base, from, to);
	if (error)
		*is_gone = shim_mmap_slab_mend(mm, slot, base + from, to - from) != 0;
	return error;
}

/*
 * Takes the access to content away, which is there again when the area grows. The way in
 * place leaves the commit charge, but needs no map.
 */
static int content_close(struct shim_mmap_pool *mm, uint32_t slot, uint32_t area, uint64_t from,
			 uint64_t to, bool is_limited)
{
	unsigned char *base = shim_area_address(&mm->pool, slot, area);
	bool is_gone;
	int error;

	if (!is_limited) {
		error = shim_mmap_content_map(mm, slot, area, shim_mmap_slot_at(mm, slot)->image,
					      from, to, &is_gone);
		if (!error || is_gone)
			return error;
	}
	error = shim_mmap_slab_deny(mm, base + from, to - from);
	if (error)
		return error;
	return shim_mmap_discard(mm, base + from, to - from);
}

static int limit_shrink(struct shim_mmap_pool *mm, uint32_t slot, uint32_t area, uint64_t limit)
{
	const struct shim_mmap_slot *s = shim_mmap_slot_at(mm, slot);
	unsigned char *base = shim_area_address(&mm->pool, slot, area);
	uint64_t old = s->limits[area], from = limit, to = old;
	bool is_limited = shim_mmap_space_is_limited(), is_gone;
	int error;

	if (s->image && !shim_image_file_is_copied(&s->image->file))
		content_clip(s->image, area, &from, &to);
	else
		from = to;
	error = shim_mmap_slab_close(mm, slot, base + limit, from - limit, is_limited, &is_gone);
	if (error && !is_gone)
		return error;
	if (!error)
		error = shim_mmap_slab_close(mm, slot, base + to, old - to, is_limited, &is_gone);
	if (!error && from < to)
		error = content_close(mm, slot, area, from, to, is_limited);
	if (error)
		shim_mmap_slot_break(mm, slot, error);
	return error;
}

int shim_mmap_limit_set(struct shim_mmap_pool *mm, uint32_t slot, uint32_t area, uint64_t limit)
{
	struct shim_mmap_slot *s = shim_mmap_slot_at(mm, slot);
	uint64_t old = s->limits[area];
	int error = 0;

	if (limit > old)
		error = limit_grow(mm, slot, area, limit);
	else if (limit < old)
		error = limit_shrink(mm, slot, area, limit);
	if (error)
		return shim_mmap_map_error(error, "cannot set the limit", slot, area,
					   limit > old ? limit - old : 0);
	s->limits[area] = limit;
	return 0;
}
