// SPDX-License-Identifier: MIT
/*
 * The images of the mmap backend: how they are made, and the table of their ids.
 *
 * An image is built out of sight and only then published; after that its content
 * never changes. It lives until its id is destroyed and no slot is bound to it.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "mmap/mmap_pool.h"
#include "base/error.h"

static struct shim_mmap_image *image_alloc(uint64_t tag)
{
	struct shim_mmap_image *image = calloc(1, sizeof(*image));

	if (!image) {
		shim_error_set(-ENOMEM, "image: no memory");
		return NULL;
	}
	atomic_init(&image->references, 1);
	image->tag = tag;
	image->file.fd = -1;
	return image;
}

void shim_mmap_image_get(struct shim_mmap_image *image)
{
	if (image)
		atomic_fetch_add_explicit(&image->references, 1, memory_order_relaxed);
}

void shim_mmap_image_put(struct shim_mmap_image *image)
{
	if (!image)
		return;
	if (atomic_fetch_sub_explicit(&image->references, 1, memory_order_acq_rel) != 1)
		return;
	shim_image_file_uninit(&image->file);
	free(image);
}

/* ---- the table -------------------------------------------------------------- */

void shim_mmap_image_table_init(struct shim_mmap_image_table *table)
{
	pthread_mutex_init(&table->lock, NULL);
}

void shim_mmap_image_table_uninit(struct shim_mmap_image_table *table)
{
	for (uint32_t i = 0; i < table->count; i++)
		shim_mmap_image_put(table->images[i]);
	free(table->images);
	pthread_mutex_destroy(&table->lock);
}

/* Where the id is, or count. */
static uint32_t table_index(const struct shim_mmap_image_table *table, uint32_t id)
{
	uint32_t low = 0, high = table->count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (table->images[middle]->id < id)
			low = middle + 1;
		else
			high = middle;
	}
	return low < table->count && table->images[low]->id == id ? low : table->count;
}

static int table_grow(struct shim_mmap_image_table *table)
{
	uint32_t room = table->room ? table->room * 2 : 16;
	struct shim_mmap_image **images;

	if (table->count < table->room)
		return 0;
	images = realloc(table->images, room * sizeof(*images));
	if (!images)
		return shim_error_set(-ENOMEM, "image: no memory for %" PRIu32 " images", room);
	table->images = images;
	table->room = room;
	return 0;
}

/* Takes over the caller's reference when it succeeds. */
static int image_publish(struct shim_mmap_pool *mm, struct shim_mmap_image *image, uint32_t *id)
{
	struct shim_mmap_image_table *table = &mm->images;
	int error = 0;

	pthread_mutex_lock(&table->lock);
	if (table->last_id == UINT32_MAX)
		error = shim_error_set(-ENOSPC, "image: all %" PRIu32 " ids were given",
				       UINT32_MAX);
	else
		error = table_grow(table);
	if (!error) {
		image->id = ++table->last_id;
		table->images[table->count++] = image;
		*id = image->id;
	}
	pthread_mutex_unlock(&table->lock);
	return error;
}

struct shim_mmap_image *shim_mmap_image_find(struct shim_mmap_pool *mm, uint32_t id)
{
	struct shim_mmap_image_table *table = &mm->images;
	struct shim_mmap_image *image = NULL;
	uint32_t index;

	pthread_mutex_lock(&table->lock);
	index = table_index(table, id);
	if (index < table->count) {
		image = table->images[index];
		shim_mmap_image_get(image);
	}
	pthread_mutex_unlock(&table->lock);
	return image;
}

int shim_mmap_image_destroy(struct shim_pool *pool, uint32_t id)
{
	struct shim_mmap_image_table *table = &shim_mmap_pool(pool)->images;
	struct shim_mmap_image *image = NULL;
	uint32_t index;

	pthread_mutex_lock(&table->lock);
	index = table_index(table, id);
	if (index < table->count) {
		image = table->images[index];
		atomic_store(&image->destroyed, true);
		table->count--;
		memmove(&table->images[index], &table->images[index + 1],
			(table->count - index) * sizeof(*table->images));
	}
	pthread_mutex_unlock(&table->lock);
	if (!image)
		return shim_image_error(id);
	shim_mmap_image_put(image);
	return 0;
}

/* ---- from the caller's bytes ------------------------------------------------- */

static int image_fill(struct shim_mmap_pool *mm, struct shim_mmap_image *image,
		      const struct shim_image_area *areas)
{
	struct shim_image_part parts[SHIM_MAX_AREAS] = { 0 };
	uint64_t page_size = mm->pool.page_size;
	int error;

	for (uint32_t i = 0; i < mm->pool.area_count; i++) {
		image->limits[i] = areas[i].limit;
		if (!areas[i].length)
			continue;
		parts[i].start = shim_page_round_down(areas[i].offset, page_size);
		parts[i].end = shim_page_round_up(areas[i].offset + areas[i].length, page_size);
	}
	error = shim_image_file_init(&image->file, page_size, parts);
	for (uint32_t i = 0; !error && i < mm->pool.area_count; i++)
		error = shim_image_file_write(&image->file, i, areas[i].offset, areas[i].source,
					      areas[i].length);
	return error ? error : shim_image_file_seal(&image->file);
}

int shim_mmap_image_create(struct shim_pool *pool, uint64_t tag,
			   const struct shim_image_area *areas, uint32_t *id)
{
	struct shim_mmap_pool *mm = shim_mmap_pool(pool);
	struct shim_mmap_image *image = image_alloc(tag);
	int error;

	if (!image)
		return -ENOMEM;
	error = image_fill(mm, image, areas);
	if (!error)
		error = image_publish(mm, image, id);
	if (error)
		shim_mmap_image_put(image);
	return error;
}

/* ---- from a slot -------------------------------------------------------------- */

/* The pages of one area that the slot has for itself: bit p is page p. */
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

/* Where nobody knows what was written, everything may have been. */
static int written_find(struct shim_mmap_pool *mm, uint32_t slot, uint32_t area,
			struct written_set *set)
{
	uint64_t page_size = mm->pool.page_size;
	uint64_t base = (uintptr_t)shim_area_address(&mm->pool, slot, area);
	uint64_t limit = mm->slots[slot].limits[area];
	uint64_t at = base, end = base + limit;
	struct shim_pagemap_run runs[SHIM_PAGEMAP_RUNS];

	set->pages = limit / page_size;
	set->bits = calloc(set->pages / 64 + 1, sizeof(*set->bits));
	if (!set->bits)
		return shim_error_set(-ENOMEM, "image: no memory");
	while (at < end) {
		int found = shim_pagemap_find(&mm->pagemap, &at, end, runs, SHIM_PAGEMAP_RUNS);

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

/* The part of the area in which there can be content. */
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
	const struct shim_mmap_slot *s = &mm->slots[slot];
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
 * Copies what the slot wrote, and the image's content where it did not write;
 * pages that nobody touched stay so.
 */
static int image_copy_slot(struct shim_mmap_pool *mm, struct shim_mmap_image *image, uint32_t slot)
{
	struct written_set written[SHIM_MAX_AREAS] = { 0 };
	struct shim_image_part parts[SHIM_MAX_AREAS] = { 0 };
	struct shim_mmap_slot *s = &mm->slots[slot];
	uint32_t areas = mm->pool.area_count, i;
	int error = shim_mmap_slot_usable(mm, slot);

	for (i = 0; !error && i < areas; i++) {
		image->limits[i] = s->limits[i];
		error = written_find(mm, slot, i, &written[i]);
		if (!error)
			parts[i] = part_find(mm, s, i, &written[i]);
	}
	if (!error)
		error = shim_image_file_init(&image->file, mm->pool.page_size, parts);
	for (i = 0; !error && i < areas; i++)
		error = area_copy(mm, slot, i, &written[i], &image->file);
	if (!error)
		error = shim_image_file_seal(&image->file);
	for (i = 0; i < areas; i++)
		free(written[i].bits);
	return error;
}

int shim_mmap_image_snapshot(struct shim_pool *pool, uint64_t tag, uint32_t slot, uint32_t *id)
{
	struct shim_mmap_pool *mm = shim_mmap_pool(pool);
	struct shim_mmap_image *image = image_alloc(tag);
	int error;

	if (!image)
		return -ENOMEM;
	pthread_mutex_lock(&mm->slots[slot].lock);
	error = image_copy_slot(mm, image, slot);
	pthread_mutex_unlock(&mm->slots[slot].lock);
	if (!error)
		error = image_publish(mm, image, id);
	if (error)
		shim_mmap_image_put(image);
	return error;
}
