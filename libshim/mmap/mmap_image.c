// SPDX-License-Identifier: MIT
/*
 * The images of the mmap backend: how they are made of the caller's bytes, and the
 * table of their ids.
 *
 * An image is made first and published then; its content never changes afterwards. It
 * lives until its id is destroyed and no slot is bound to it.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/pages.h"
#include "mmap/mmap_pool.h"

struct shim_mmap_image *shim_mmap_image_alloc(uint64_t tag)
{
	struct shim_mmap_image *image = calloc(1, sizeof(*image));

	if (!image) {
		shim_error_set(-ENOMEM, "image: no memory");
		return NULL;
	}
	atomic_init(&image->references, 1);
	image->tag = tag;
	image->file.memfd.file.fd = -1;
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

/* The index of the image with this id, or count. */
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
	uint32_t capacity = table->capacity ? table->capacity * 2 : 16;
	struct shim_mmap_image **images;

	if (table->count < table->capacity)
		return 0;
	images = realloc(table->images, capacity * sizeof(*images));
	if (!images)
		return shim_error_set(-ENOMEM, "image: no memory for %" PRIu32 " images", capacity);
	table->images = images;
	table->capacity = capacity;
	return 0;
}

int shim_mmap_image_publish(struct shim_mmap_pool *mm, struct shim_mmap_image *image, uint32_t *id)
{
	struct shim_mmap_image_table *table = &mm->images;
	int error;

	pthread_mutex_lock(&table->lock);
	if (table->last_id == UINT32_MAX) {
		error = shim_error_set(-ENOSPC, "image: all %" PRIu32 " ids were given",
				       UINT32_MAX);
		goto unlock;
	}
	error = table_grow(table);
	if (error)
		goto unlock;
	image->id = ++table->last_id;
	table->images[table->count++] = image;
	*id = image->id;
unlock:
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

void shim_mmap_image_count(struct shim_mmap_pool *mm, uint64_t *images, uint64_t *bytes)
{
	struct shim_mmap_image_table *table = &mm->images;

	pthread_mutex_lock(&table->lock);
	*images = table->count;
	for (uint32_t i = 0; i < table->count; i++)
		*bytes += shim_image_file_filled(&table->images[i]->file);
	pthread_mutex_unlock(&table->lock);
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
	if (error)
		return error;
	for (uint32_t i = 0; i < mm->pool.area_count; i++) {
		error = shim_image_file_write(&image->file, i, areas[i].offset, areas[i].source,
					      areas[i].length);
		if (error)
			return error;
	}
	return shim_image_file_seal(&image->file);
}

int shim_mmap_image_create(struct shim_pool *pool, uint64_t tag,
			   const struct shim_image_area *areas, uint32_t *id)
{
	struct shim_mmap_pool *mm = shim_mmap_pool(pool);
	struct shim_mmap_image *image = shim_mmap_image_alloc(tag);
	int error;

	if (!image)
		return -ENOMEM;
	error = image_fill(mm, image, areas);
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
