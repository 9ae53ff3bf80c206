// SPDX-License-Identifier: MIT
/*
 * The operations on slots of the mmap backend. Each holds the lock of the slot that it
 * works on and no other, so that threads on different slots meet only in the kernel.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "mmap/mmap_pool.h"

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

/* Binds to the image with rebind, else to the one that the slot is bound to. */
static int slot_reset(struct shim_mmap_pool *mm, uint32_t slot, bool rebind,
		      struct shim_mmap_image *image, struct shim_mmap_kept *kept)
{
	struct shim_mmap_slot *s = shim_mmap_slot_at(mm, slot);
	int error;

	pthread_mutex_lock(&s->lock);
	error = shim_mmap_slot_rebind(mm, slot, rebind ? image : s->image, kept);
	pthread_mutex_unlock(&s->lock);
	return error;
}

int shim_mmap_slot_reset(struct shim_pool *pool, const uint32_t *slots, uint32_t count, bool rebind,
			 uint32_t id, uint32_t *done)
{
	struct shim_mmap_pool *mm = shim_mmap_pool(pool);
	struct shim_mmap_image *image = NULL;
	struct shim_mmap_kept kept = { .is_known = false };
	int error = 0;

	if (rebind && id != SHIM_IMAGE_NONE) {
		image = shim_mmap_image_find(mm, id);
		if (!image)
			return shim_image_error(id);
	}
	for (uint32_t i = 0; i < count; i++) {
		error = slot_reset(mm, slots[i], rebind, image, &kept);
		if (error)
			goto put_image;
		++*done;
	}
put_image:
	shim_mmap_image_put(image);
	return error;
}

int shim_mmap_slot_resize(struct shim_pool *pool, uint32_t slot, uint32_t area, uint64_t limit,
			  uint64_t *old_limit)
{
	struct shim_mmap_pool *mm = shim_mmap_pool(pool);
	struct shim_mmap_slot *s = shim_mmap_slot_at(mm, slot);
	int error;

	pthread_mutex_lock(&s->lock);
	error = shim_mmap_slot_usable(mm, slot);
	if (error)
		goto unlock;
	*old_limit = s->limits[area];
	error = shim_mmap_limit_set(mm, slot, area, limit);
unlock:
	pthread_mutex_unlock(&s->lock);
	return error;
}

int shim_mmap_slot_check(struct shim_pool *pool, uint32_t slot)
{
	struct shim_mmap_pool *mm = shim_mmap_pool(pool);
	int error;

	pthread_mutex_lock(&shim_mmap_slot_at(mm, slot)->lock);
	error = shim_mmap_slot_usable(mm, slot);
	pthread_mutex_unlock(&shim_mmap_slot_at(mm, slot)->lock);
	return error;
}

/* ---- which pages are private -------------------------------------------------- */

/*
 * Counts the pages in a range of an area that are there, are no file's and cannot be the
 * zero page; 0 where the kernel does not tell.
 */
static uint64_t private_pages(struct shim_mmap_pool *mm, uint32_t slot, uint32_t area,
			      uint64_t from, uint64_t to)
{
	struct shim_pagemap_search search = shim_mmap_search(mm, slot, area, from, to);
	struct shim_pagemap_run runs[SHIM_PAGEMAP_RUNS];
	uint64_t pages = 0;

	while (search.at < search.end) {
		int found = shim_pagemap_find(&mm->pagemap, &search, runs, SHIM_PAGEMAP_RUNS);

		if (found < 0)
			break;
		for (int i = 0; i < found; i++)
			if (!runs[i].absent && !runs[i].shared)
				pages += (runs[i].end - runs[i].start) / mm->pool.page_size;
	}
	return pages;
}

/* The slot's lock is held. */
static uint64_t slot_resident(struct shim_mmap_pool *mm, uint32_t slot)
{
	uint64_t pages = 0;

	for (uint32_t i = 0; i < mm->pool.area_count; i++)
		pages += private_pages(mm, slot, i, 0, shim_mmap_slot_at(mm, slot)->limits[i]);
	return pages;
}

uint64_t shim_mmap_slot_resident(struct shim_mmap_pool *mm, uint32_t slot)
{
	uint64_t pages;

	pthread_mutex_lock(&shim_mmap_slot_at(mm, slot)->lock);
	pages = slot_resident(mm, slot);
	pthread_mutex_unlock(&shim_mmap_slot_at(mm, slot)->lock);
	return pages;
}

int shim_mmap_slot_query(struct shim_pool *pool, uint32_t slot, struct shim_slot_info *info)
{
	struct shim_mmap_pool *mm = shim_mmap_pool(pool);
	struct shim_mmap_slot *s = shim_mmap_slot_at(mm, slot);

	pthread_mutex_lock(&s->lock);
	if (s->image) {
		info->image = s->image->id;
		info->tag = s->image->tag;
	}
	memcpy(info->limit, s->limits, pool->area_count * sizeof(*s->limits));
	info->resident_pages = slot_resident(mm, slot);
	info->resets = s->resets;
	info->purges = s->purges;
	pthread_mutex_unlock(&s->lock);
	info->state = atomic_load_explicit(shim_claim_word(pool, slot), memory_order_relaxed);
	return 0;
}

/* ---- prefault ----------------------------------------------------------------- */

/* Writes that change nothing, whatever another thread writes there meanwhile. */
static void pages_touch(struct shim_mmap_pool *mm, unsigned char *start, uint64_t length)
{
	for (uint64_t at = 0; at < length; at += mm->pool.page_size)
		__atomic_fetch_or(start + at, 0, __ATOMIC_RELAXED);
}

/*
 * A kernel before 5.14 has no MADV_POPULATE_WRITE and refuses it with EINVAL; a filter of
 * system calls may refuse it, too.
 */
static int pages_populate(struct shim_mmap_pool *mm, unsigned char *start, uint64_t length)
{
	if (!madvise(start, length, MADV_POPULATE_WRITE))
		return 0;
	if (errno != EINVAL && errno != EPERM && errno != EACCES && errno != ENOSYS)
		return -errno;
	pages_touch(mm, start, length);
	return 0;
}

/* Adds to *pages those that were not private before. The slot's lock is held. */
static int range_prefault(struct shim_mmap_pool *mm, uint32_t slot, const struct shim_range *range,
			  uint64_t *pages)
{
	unsigned char *start = shim_area_address(&mm->pool, slot, range->area) + range->offset;
	uint64_t before;
	int error = shim_mmap_slot_usable(mm, slot);

	if (error)
		return error;
	if (range->offset + range->length > shim_mmap_slot_at(mm, slot)->limits[range->area])
		return shim_range_error(slot, range);
	if (!range->length)
		return 0;
	before = private_pages(mm, slot, range->area, range->offset, range->offset + range->length);
	error = pages_populate(mm, start, range->length);
	if (error)
		return shim_mmap_map_error(error, "cannot prefault", slot, range->area, 0);
	*pages += range->length / mm->pool.page_size - before;
	return 0;
}

/* The backend learns no write sets: without a range there is nothing to do. */
int shim_mmap_slot_prefault(struct shim_pool *pool, const uint32_t *slots, uint32_t count,
			    const struct shim_range *range, uint64_t *pages, uint32_t *done)
{
	struct shim_mmap_pool *mm = shim_mmap_pool(pool);

	for (uint32_t i = 0; range && i < count; i++) {
		pthread_mutex_t *lock = &shim_mmap_slot_at(mm, slots[i])->lock;
		int error;

		pthread_mutex_lock(lock);
		error = range_prefault(mm, slots[i], range, pages);
		pthread_mutex_unlock(lock);
		if (error)
			return error;
		++*done;
	}
	*done = count;
	return 0;
}
