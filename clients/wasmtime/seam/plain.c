// SPDX-License-Identifier: MIT
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "seam/plain.h"
#include "seam/real.h"
#include "seam/report.h"

/* What is copied at a time; every page size is a multiple or a divisor of it. */
#define PIECE 4096u

static int nothing_map(unsigned char *start, uint64_t length)
{
	void *at = real_mmap(start, length, PROT_NONE,
			     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);

	return real_is_error(at) ? -ENOMEM : 0;
}

static bool is_zero(const unsigned char *piece)
{
	return !piece[0] && !memcmp(piece, piece + 1, PIECE - 1);
}

/* What is not zero; to is zero. */
static void copy_save(unsigned char *to, const unsigned char *from, uint64_t length)
{
	for (uint64_t at = 0; at < length; at += PIECE)
		if (!is_zero(from + at))
			memcpy(to + at, from + at, PIECE);
}

/* What is different, so that the pages of the image stay shared. */
static void copy_restore(unsigned char *to, const unsigned char *from, uint64_t length)
{
	for (uint64_t at = 0; at < length; at += PIECE)
		if (memcmp(to + at, from + at, PIECE))
			memcpy(to + at, from + at, PIECE);
}

int seam_plain_image(unsigned char *start, uint64_t want, const struct seam_image *image)
{
	void *at;
	int fd;

	if (want && real_mprotect(start, want, PROT_READ | PROT_WRITE))
		return -ENOMEM;
	if (!image || !image->length)
		return 0;
	fd = seam_image_file(image);
	if (fd < 0)
		return -ENOMEM;
	at = real_mmap(start + image->offset, image->length, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_FIXED, fd, 0);
	close(fd);
	return real_is_error(at) ? -ENOMEM : 0;
}

/* Replaces the slot, of which held bytes are in copy. */
static int slot_replace(struct seam_pool *pool, uint32_t index, const unsigned char *copy,
			uint64_t held)
{
	struct seam_slot *slot = &pool->slots[index];
	unsigned char *base = seam_slot_base(pool, index);
	/* Behind the end there is plain memory already. */
	uint64_t length = slot->end == pool->reserve ? pool->stride : slot->end;
	int error = nothing_map(base, length);

	if (error)
		return error;
	slot->end = 0;
	/* The pages are the slot's still. A purge over mmap would purge what is there now. */
	if (pool->backend == SHIM_BACKEND_DEVICE && shim_slot_purge(pool->shim, &index, 1, NULL))
		seam_report("slot %u keeps its pages: %s", index, shim_error());
	error = seam_plain_image(base, slot->want, slot->image);
	if (error) {
		nothing_map(base, length);
		return error;
	}
	copy_restore(base, copy, held);
	if (slot->image)
		seam_image_put(&pool->images, pool->shim, slot->image);
	slot->image = NULL;
	return 0;
}

static void warn(struct seam_pool *pool, uint32_t index, const char *reason)
{
	if (!atomic_exchange(&pool->has_warned, true))
		seam_report("slot %u of the pool at %p is plain memory from now on, as others "
			    "may be: %s",
			    index, (void *)atomic_load(&pool->start), reason);
}

int seam_plain_slot(struct seam_pool *pool, uint32_t index, const char *reason)
{
	struct seam_slot *slot = &pool->slots[index];
	uint64_t held = slot->want < slot->real ? slot->want : slot->real;
	void *copy = NULL;
	int error;

	if (!slot->end)
		return 0;
	warn(pool, index, reason);
	if (held) {
		copy = real_mmap(NULL, held, PROT_READ | PROT_WRITE,
				 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
		if (real_is_error(copy))
			return -ENOMEM;
		copy_save(copy, seam_slot_base(pool, index), held);
	}
	error = slot_replace(pool, index, copy, held);
	if (held)
		real_munmap(copy, held);
	return error;
}

/* Under the slot's lock. */
static int slot_carve(struct seam_pool *pool, uint32_t index)
{
	struct seam_slot *slot = &pool->slots[index];
	int error;

	if (slot->end != pool->reserve)
		return 0;
	error = nothing_map(seam_slot_base(pool, index) + slot->want, pool->stride - slot->want);
	if (!error)
		slot->end = slot->want;
	return error;
}

int seam_plain_rest(struct seam_pool *pool)
{
	unsigned char *start = (unsigned char *)atomic_load(&pool->start);
	int error = 0;

	pthread_mutex_lock(&pool->lock);
	if (atomic_load(&pool->is_carved))
		goto unlock;
	warn(pool, 0, "the layout is another (GUARDSLOT_WASMTIME_LAYOUT)");
	if (pool->first > start)
		error = nothing_map(start, (uint64_t)(pool->first - start));
	for (uint32_t i = 0; i < pool->slot_count && !error; i++) {
		seam_slot_lock(&pool->slots[i]);
		error = slot_carve(pool, i);
		seam_slot_unlock(&pool->slots[i]);
	}
	if (!error)
		atomic_store(&pool->is_carved, true);
unlock:
	pthread_mutex_unlock(&pool->lock);
	return error;
}
