// SPDX-License-Identifier: MIT
#define _GNU_SOURCE
#include <errno.h>
#include <sys/mman.h>

#include "seam/plain.h"
#include "seam/slot.h"

/* A range in a slot. */
struct place {
	uint32_t index;
	uint64_t offset;
	uint64_t length;
	struct seam_slot *slot;
};

#define ALLOCATOR_FLAGS (MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED)

/* ---- places ------------------------------------------------------------------------ */

/* false: the range begins before the first slot, or it is empty. */
static bool place_find(struct seam_pool *pool, void *address, size_t length, struct place *place)
{
	uint64_t offset = (uint64_t)((unsigned char *)address - pool->first);

	if ((unsigned char *)address < pool->first || !length)
		return false;
	place->index = (uint32_t)(offset / pool->stride);
	place->offset = offset % pool->stride;
	place->length = length;
	place->slot = &pool->slots[place->index];
	return true;
}

/*
 * 0: the range is in the slot, which is locked; SEAM_PLAIN: it is in plain memory. A range that
 * no slot of the guessed layout has tells that the layout is another.
 */
static int place_lock(struct seam_pool *pool, void *address, size_t length, struct place *place)
{
	int error;

	if (!place_find(pool, address, length, place)) {
		error = length ? seam_plain_rest(pool) : 0;
		return error ? error : SEAM_PLAIN;
	}
	seam_slot_lock(place->slot);
	if (place->slot->end == pool->reserve &&
	    (place->offset > place->slot->want || length > pool->reserve - place->offset)) {
		seam_slot_unlock(place->slot);
		error = seam_plain_rest(pool);
		if (error)
			return error;
		seam_slot_lock(place->slot);
	}
	if (place->offset >= place->slot->end) {
		seam_slot_unlock(place->slot);
		return SEAM_PLAIN;
	}
	return 0;
}

/* The slot is left to the kernel. */
static int place_leave(struct seam_pool *pool, const struct place *place, const char *reason)
{
	int error = seam_plain_slot(pool, place->index, reason);

	return error ? error : SEAM_PLAIN;
}

static bool has_content(const struct seam_slot *slot)
{
	return slot->image && slot->image->length;
}

/* ---- limits and images, of a locked slot -------------------------------------------- */

int seam_slot_limit(struct seam_pool *pool, uint32_t index, uint64_t value)
{
	struct seam_slot *slot = &pool->slots[index];
	int error;

	if (slot->real == value)
		return 0;
	error = shim_slot_resize(pool->shim, index, 0, value, NULL);
	if (error)
		return error == -EINVAL ? error : -ENOMEM;
	slot->real = value;
	atomic_fetch_add_explicit(&pool->resizes, 1, memory_order_relaxed);
	return 0;
}

int seam_slot_bind(struct seam_pool *pool, uint32_t index, struct seam_image *image)
{
	struct seam_slot *slot = &pool->slots[index];

	if (shim_slot_rebind(pool->shim, &index, 1, image ? image->id : SHIM_IMAGE_NONE, NULL)) {
		if (image)
			seam_image_put(&pool->images, pool->shim, image);
		return -ENOMEM;
	}
	if (slot->image)
		seam_image_put(&pool->images, pool->shim, slot->image);
	slot->image = image;
	slot->real = image ? image->limit : 0;
	slot->exposed = 0;
	slot->lowers = false;
	atomic_fetch_add_explicit(&pool->rebinds, 1, memory_order_relaxed);
	return 0;
}

/* ---- mprotect() ---------------------------------------------------------------------- */

static int expose(struct seam_pool *pool, const struct place *place)
{
	struct seam_slot *slot = place->slot;
	int error;

	if (place->offset != slot->want || place->length > slot->end - place->offset)
		return place_leave(pool, place, "it grows from elsewhere than its end");
	error = seam_slot_limit(pool, place->index, place->offset + place->length);
	if (error == -EINVAL)
		return place_leave(pool, place, "it grows by no whole number of pages");
	if (error)
		return error;
	slot->want = place->offset + place->length;
	if (slot->exposed < 2)
		slot->exposed++;
	return 0;
}

static int lower(struct seam_pool *pool, const struct place *place)
{
	struct seam_slot *slot = place->slot;
	int error;

	if (place->offset + place->length != slot->want)
		return place_leave(pool, place, "it shrinks elsewhere than at its end");
	if (slot->exposed)
		return place_leave(pool, place,
				   "it shrinks and was not reset by madvise() "
				   "(linear_memory_keep_resident)");
	if (has_content(slot) && slot->image->offset + slot->image->length > place->offset)
		return place_leave(pool, place, "it shrinks below its image");
	error = seam_slot_limit(pool, place->index, place->offset);
	if (error)
		return error;
	slot->want = place->offset;
	if (slot->image)
		slot->lowers = true;
	return 0;
}

int seam_slot_protect(struct seam_pool *pool, void *address, size_t length, int prot)
{
	struct place place;
	int error = place_lock(pool, address, length, &place);

	if (error)
		return error;
	if (prot == (PROT_READ | PROT_WRITE))
		error = expose(pool, &place);
	else if (prot == PROT_NONE)
		error = lower(pool, &place);
	else
		error = place_leave(pool, &place, "mprotect() with other rights");
	seam_slot_unlock(place.slot);
	return error;
}

/* ---- mmap() ------------------------------------------------------------------------- */

static int image_map(struct seam_pool *pool, const struct place *place, int fd, off_t offset)
{
	struct seam_slot *slot = place->slot;
	struct seam_image *image;

	if (has_content(slot) || slot->exposed > 1)
		return place_leave(pool, place, "an image comes into a slot that is in use");
	if (place->offset + place->length > slot->want)
		return place_leave(pool, place, "an image is where nothing is accessible");
	if (seam_image_get(&pool->images, pool->shim, fd, (uint64_t)offset, place->length,
			   place->offset, slot->want, &image))
		return place_leave(pool, place, "its image cannot be read");
	return seam_slot_bind(pool, place->index, image);
}

static int image_unmap(struct seam_pool *pool, const struct place *place)
{
	struct seam_slot *slot = place->slot;
	struct seam_image *empty;

	if (!has_content(slot) || place->offset != slot->image->offset ||
	    place->length != slot->image->length)
		return place_leave(pool, place, "memory is mapped where there is no image");
	if (slot->exposed)
		return place_leave(pool, place,
				   "its image goes and it was not reset by madvise() "
				   "(linear_memory_keep_resident)");
	if (shim_slot_purge(pool->shim, &place->index, 1, NULL) ||
	    seam_image_get_empty(&pool->images, pool->shim, slot->want, &empty))
		return -ENOMEM;
	return seam_slot_bind(pool, place->index, empty);
}

static int erase(struct seam_pool *pool, const struct place *place)
{
	struct seam_slot *slot = place->slot;
	int error;

	if (place->offset || place->length < slot->want)
		return place_leave(pool, place, "a part of it is replaced");
	if (shim_slot_purge(pool->shim, &place->index, 1, NULL))
		return -ENOMEM;
	error = seam_slot_bind(pool, place->index, NULL);
	if (!error)
		slot->want = 0;
	return error;
}

static int map(struct seam_pool *pool, const struct place *place, int prot, int flags, int fd,
	       off_t offset)
{
	if (flags == ALLOCATOR_FLAGS && prot == PROT_NONE)
		return erase(pool, place);
	if (flags == ALLOCATOR_FLAGS && prot == (PROT_READ | PROT_WRITE))
		return image_unmap(pool, place);
	if (flags == (MAP_PRIVATE | MAP_FIXED) && prot == (PROT_READ | PROT_WRITE))
		return image_map(pool, place, fd, offset);
	return place_leave(pool, place, "mmap() with other flags");
}

int seam_slot_map(struct seam_pool *pool, void *address, size_t length, int prot, int flags, int fd,
		  off_t offset)
{
	struct place place;
	int error = place_lock(pool, address, length, &place);

	if (error)
		return error;
	error = map(pool, &place, prot, flags, fd, offset);
	seam_slot_unlock(place.slot);
	return error;
}

/* ---- others -------------------------------------------------------------------------- */

int seam_slot_leave(struct seam_pool *pool, void *address, size_t length, const char *reason)
{
	struct place place;
	int error = place_lock(pool, address, length, &place);

	if (error)
		return error;
	error = place_leave(pool, &place, reason);
	seam_slot_unlock(place.slot);
	return error;
}

int seam_slot_leave_all(struct seam_pool *pool, void *address, size_t length, const char *reason)
{
	unsigned char *end = (unsigned char *)address + length;
	/* What no instance has is plain first, so that the kernel may have the whole range. */
	int error = seam_plain_rest(pool);

	for (uint32_t i = 0; i < pool->slot_count && !error; i++) {
		unsigned char *base = seam_slot_base(pool, i);

		if (base + pool->stride <= (unsigned char *)address || base >= end)
			continue;
		seam_slot_lock(&pool->slots[i]);
		error = seam_plain_slot(pool, i, reason);
		seam_slot_unlock(&pool->slots[i]);
	}
	return error ? error : SEAM_PLAIN;
}
