// SPDX-License-Identifier: MIT
/*
 * Images of the mmap backend that are made of a slot's present content.
 */
#include <errno.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/pages.h"
#include "mmap/mmap_pool.h"

/* The pages of one area of a slot that may have been written: bit p is page p. */
struct written_set {
	uint64_t *bits;
	uint64_t pages;
};

static void written_add(struct written_set *set, uint64_t first, uint64_t end)
{
	for (uint64_t page = first; page < end; page++)
		set->bits[page / 64] |= UINT64_C(1) << page % 64;
}

static bool written_has(const struct written_set *set, uint64_t page)
{
	return set->bits[page / 64] >> page % 64 & 1;
}

/*
 * Content that was copied into the slot is anonymous memory, in which a page that is not
 * there, or that is zero, need not be as it was.
 */
static void written_add_copied(const struct shim_mmap_slot *s, uint32_t area, uint64_t page_size,
			       struct written_set *set)
{
	const struct shim_image_file *file = s->image ? &s->image->file : NULL;
	uint64_t end;

	if (!file || !shim_image_file_is_copied(file))
		return;
	end = file->parts[area].end / page_size;
	written_add(set, file->parts[area].start / page_size, end < set->pages ? end : set->pages);
}

/* Where the kernel does not tell what was written, every page counts as written. */
static int written_find(struct shim_mmap_pool *mm, uint32_t slot, uint32_t area,
			struct written_set *set)
{
	uint64_t page_size = mm->pool.page_size;
	uint64_t base = (uintptr_t)shim_area_address(&mm->pool, slot, area);
	uint64_t limit = shim_mmap_slot_at(mm, slot)->limits[area];
	struct shim_pagemap_search search = shim_mmap_search(mm, slot, area, 0, limit);
	struct shim_pagemap_run runs[SHIM_PAGEMAP_RUNS];

	set->pages = limit / page_size;
	set->bits = calloc(set->pages / 64 + 1, sizeof(*set->bits));
	if (!set->bits)
		return shim_error_set(-ENOMEM, "image: no memory");
	written_add_copied(shim_mmap_slot_at(mm, slot), area, page_size, set);
	while (search.at < search.end) {
		int found = shim_pagemap_find(&mm->pagemap, &search, runs, SHIM_PAGEMAP_RUNS);

		if (found < 0) {
			written_add(set, 0, set->pages);
			break;
		}
		for (int i = 0; i < found; i++)
			written_add(set, (runs[i].start - base) / page_size,
				    (runs[i].end - base) / page_size);
	}
	return 0;
}

/* The smallest part of the area that has all content. */
static struct shim_image_part part_find(const struct shim_mmap_pool *mm,
					const struct shim_mmap_slot *s, uint32_t area,
					const struct written_set *set)
{
	uint64_t page_size = mm->pool.page_size, first = 0, end = set->pages;
	const struct shim_image_file *old = s->image ? &s->image->file : NULL;

	while (first < end && !written_has(set, first) &&
	       !(old && shim_image_file_page(old, area, first * page_size)))
		first++;
	while (end > first && !written_has(set, end - 1) &&
	       !(old && shim_image_file_page(old, area, (end - 1) * page_size)))
		end--;
	return (struct shim_image_part){ .start = first * page_size, .end = end * page_size };
}

static int area_copy(struct shim_mmap_pool *mm, uint32_t slot, uint32_t area,
		     const struct written_set *set, struct shim_image_file *to)
{
	const struct shim_mmap_slot *s = shim_mmap_slot_at(mm, slot);
	const unsigned char *base = shim_area_address(&mm->pool, slot, area);
	uint64_t page_size = mm->pool.page_size;

	for (uint64_t at = to->parts[area].start; at < to->parts[area].end; at += page_size) {
		const unsigned char *page = NULL;
		int error;

		if (written_has(set, at / page_size))
			page = base + at;
		else if (s->image)
			page = shim_image_file_page(&s->image->file, area, at);
		if (!page || shim_page_is_zero(page, page_size))
			continue;
		error = shim_image_file_write(to, area, at, page, page_size);
		if (error)
			return error;
	}
	return 0;
}

/*
 * Copies what the slot wrote, and the content of its image where it did not write.
 * Pages that were never touched are not touched here either. The slot's lock is held.
 */
static int slot_copy(struct shim_mmap_pool *mm, uint32_t slot, struct shim_mmap_image *image)
{
	struct written_set written[SHIM_MAX_AREAS] = { 0 };
	struct shim_image_part parts[SHIM_MAX_AREAS] = { 0 };
	struct shim_mmap_slot *s = shim_mmap_slot_at(mm, slot);
	uint32_t areas = mm->pool.area_count, i;
	int error = shim_mmap_slot_usable(mm, slot);

	if (error)
		return error;
	for (i = 0; i < areas; i++) {
		image->limits[i] = s->limits[i];
		error = written_find(mm, slot, i, &written[i]);
		if (error)
			goto free_written;
		parts[i] = part_find(mm, s, i, &written[i]);
	}
	error = shim_image_file_init(&image->file, mm->pool.page_size, parts);
	if (error)
		goto free_written;
	for (i = 0; i < areas; i++) {
		error = area_copy(mm, slot, i, &written[i], &image->file);
		if (error)
			goto free_written;
	}
	error = shim_image_file_seal(&image->file);
free_written:
	for (i = 0; i < areas; i++)
		free(written[i].bits);
	return error;
}

int shim_mmap_image_snapshot(struct shim_pool *pool, uint64_t tag, uint32_t slot, uint32_t *id)
{
	struct shim_mmap_pool *mm = shim_mmap_pool(pool);
	struct shim_mmap_image *image = shim_mmap_image_alloc(tag);
	int error;

	if (!image)
		return -ENOMEM;
	pthread_mutex_lock(&shim_mmap_slot_at(mm, slot)->lock);
	error = slot_copy(mm, slot, image);
	pthread_mutex_unlock(&shim_mmap_slot_at(mm, slot)->lock);
	if (error)
		goto put_image;
	error = shim_mmap_image_publish(mm, image, id);
	if (error)
		goto put_image;
	return 0;
put_image:
	shim_mmap_image_put(image);
	return error;
}
