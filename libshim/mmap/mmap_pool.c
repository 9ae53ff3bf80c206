// SPDX-License-Identifier: MIT
/*
 * The mmap backend: the contract with plain system calls, for a host without
 * the module, as the baseline of benchmarks and as the second implementation
 * that every contract test runs against.
 *
 * A pool is one reservation without access; limits open it page by page. Every
 * slot with a limit costs memory maps (two, and two more for each image part),
 * of which vm.max_map_count allows 65530 by default; past that, calls fail with
 * -ENOMEM. Operations on a slot hold its lock and no other, so that threads on
 * different slots meet only in the kernel.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "mmap/mmap_pool.h"
#include "base/error.h"

/* As the module has them, so that what fits one backend fits the other. */
#define MAX_SLOTS (UINT32_C(1) << 20)
#define MAX_VECTOR SHIM_MAX_VECTOR
#define ADDRESS_SPACE (UINT64_C(1) << 47)

#define CLAIM_STRIDE 64

static int mmap_open(struct shim_pool **pool)
{
	struct shim_mmap_pool *mm = calloc(1, sizeof(*mm));

	if (!mm)
		return shim_error_set(-ENOMEM, "pool: no memory");
	mm->pool.page_size = (uint64_t)sysconf(_SC_PAGESIZE);
	mm->pool.limits.max_slots = MAX_SLOTS;
	mm->pool.limits.max_vector = MAX_VECTOR;
	mm->pool.limits.max_map_size = ADDRESS_SPACE - mm->pool.page_size;
	shim_pagemap_open(&mm->pagemap, mm->pool.page_size);
	shim_mmap_image_table_init(&mm->images);
	*pool = &mm->pool;
	return 0;
}

static void slots_uninit(struct shim_mmap_pool *mm)
{
	if (!mm->slots)
		return;
	for (uint32_t i = 0; i < mm->pool.slots; i++) {
		shim_mmap_image_put(mm->slots[i].image);
		pthread_mutex_destroy(&mm->slots[i].lock);
	}
	free(mm->slots);
}

static void mmap_close(struct shim_pool *pool)
{
	struct shim_mmap_pool *mm = shim_mmap_pool(pool);

	if (mm->map)
		munmap(mm->map, pool->map_size);
	slots_uninit(mm);
	shim_mmap_image_table_uninit(&mm->images);
	shim_pagemap_close(&mm->pagemap);
	free(pool->claims);
	free(mm);
}

static int slab_map(struct shim_mmap_pool *mm, uint64_t pre_guard)
{
	struct shim_pool *pool = &mm->pool;
	void *map = mmap(NULL, pool->map_size, PROT_NONE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	int error;

	if (map == MAP_FAILED)
		return shim_error_set(-errno,
				      "slots %" PRIu32 ": no address space for a slab of %" PRIu64
				      " bytes: %m",
				      pool->slots, pool->map_size);
	mm->map = map;
	pool->first_slot = mm->map + pre_guard;
	error = shim_mmap_advise(map, pool->map_size);
	if (error)
		return shim_error_set(error, "slab: cannot be kept from fork: %m");
	return 0;
}

static int slots_init(struct shim_mmap_pool *mm)
{
	struct shim_pool *pool = &mm->pool;

	/* All words 0: ACTIVE. */
	pool->claim_stride = CLAIM_STRIDE;
	pool->claims = aligned_alloc(CLAIM_STRIDE, (size_t)pool->slots * CLAIM_STRIDE);
	mm->slots = aligned_alloc(_Alignof(struct shim_mmap_slot),
				  (size_t)pool->slots * sizeof(*mm->slots));
	if (!pool->claims || !mm->slots) {
		free(mm->slots);
		mm->slots = NULL;
		return shim_error_set(-ENOMEM, "slots %" PRIu32 ": no memory", pool->slots);
	}
	memset(pool->claims, 0, (size_t)pool->slots * CLAIM_STRIDE);
	memset(mm->slots, 0, (size_t)pool->slots * sizeof(*mm->slots));
	for (uint32_t i = 0; i < pool->slots; i++)
		pthread_mutex_init(&mm->slots[i].lock, NULL);
	return 0;
}

static int limits_init(struct shim_mmap_pool *mm)
{
	struct shim_pool *pool = &mm->pool;

	for (uint32_t slot = 0; slot < pool->slots; slot++)
		for (uint32_t i = 0; i < pool->area_count; i++) {
			int error = shim_mmap_slot_resize(mm, slot, i, pool->areas[i].initial);

			if (error)
				return error;
		}
	return 0;
}

static int mmap_create(struct shim_pool *pool, const struct shim_pool_config *config)
{
	struct shim_mmap_pool *mm = shim_mmap_pool(pool);
	int error;

	if (config->max_resident)
		return shim_error_set(-EOPNOTSUPP,
				      "max_resident %" PRIu64 " cannot be kept by the mmap backend",
				      config->max_resident);
	if (config->flags & SHIM_POOL_PREFAULT)
		return shim_error_set(-EOPNOTSUPP,
				      "SHIM_POOL_PREFAULT: the mmap backend sees no first touch");
	mm->keep_pages = UINT64_MAX;
	if (config->keep_resident)
		mm->keep_pages = config->keep_resident / pool->page_size;

	error = slab_map(mm, config->pre_guard);
	if (!error)
		error = slots_init(mm);
	if (!error)
		error = limits_init(mm);
	return error;
}

/* The image to bind to; NULL for none. */
static int image_find(struct shim_mmap_pool *mm, uint32_t id, struct shim_mmap_image **image)
{
	*image = NULL;
	if (id == SHIM_IMAGE_NONE)
		return 0;
	*image = shim_mmap_image_find(mm, id);
	if (*image)
		return 0;
	return shim_image_error(id);
}

static int mmap_slot_reset(struct shim_pool *pool, const uint32_t *slots, uint32_t count,
			   bool rebind, uint32_t id, uint32_t *done)
{
	struct shim_mmap_pool *mm = shim_mmap_pool(pool);
	struct shim_mmap_image *image = NULL;
	int error = rebind ? image_find(mm, id, &image) : 0;

	for (uint32_t i = 0; !error && i < count; i++) {
		pthread_mutex_t *lock = &mm->slots[slots[i]].lock;

		pthread_mutex_lock(lock);
		if (rebind)
			error = shim_mmap_slot_rebind(mm, slots[i], image);
		else
			error = shim_mmap_slot_reset(mm, slots[i]);
		pthread_mutex_unlock(lock);
		*done += !error;
	}
	shim_mmap_image_put(image);
	return error;
}

static int mmap_slot_resize(struct shim_pool *pool, uint32_t slot, uint32_t area, uint64_t limit,
			    uint64_t *old_limit)
{
	struct shim_mmap_pool *mm = shim_mmap_pool(pool);
	struct shim_mmap_slot *s = &mm->slots[slot];
	int error;

	pthread_mutex_lock(&s->lock);
	error = shim_mmap_slot_usable(mm, slot);
	*old_limit = s->limits[area];
	if (!error)
		error = shim_mmap_slot_resize(mm, slot, area, limit);
	pthread_mutex_unlock(&s->lock);
	return error;
}

static int mmap_slot_check(struct shim_pool *pool, uint32_t slot)
{
	struct shim_mmap_pool *mm = shim_mmap_pool(pool);
	int error;

	pthread_mutex_lock(&mm->slots[slot].lock);
	error = shim_mmap_slot_usable(mm, slot);
	pthread_mutex_unlock(&mm->slots[slot].lock);
	return error;
}

/* There are no write sets: without a range nothing is to be done. */
static int mmap_slot_prefault(struct shim_pool *pool, const uint32_t *slots, uint32_t count,
			      const struct shim_range *range, uint64_t *pages, uint32_t *done)
{
	struct shim_mmap_pool *mm = shim_mmap_pool(pool);
	int error = 0;

	for (uint32_t i = 0; range && !error && i < count; i++) {
		pthread_mutex_t *lock = &mm->slots[slots[i]].lock;

		pthread_mutex_lock(lock);
		error = shim_mmap_slot_prefault(mm, slots[i], range, pages);
		pthread_mutex_unlock(lock);
		*done += !error;
	}
	if (!range)
		*done = count;
	return error;
}

static int mmap_slot_query(struct shim_pool *pool, uint32_t slot, struct shim_slot_info *info)
{
	struct shim_mmap_pool *mm = shim_mmap_pool(pool);
	struct shim_mmap_slot *s = &mm->slots[slot];

	pthread_mutex_lock(&s->lock);
	if (s->image) {
		info->image = s->image->id;
		info->tag = s->image->tag;
	}
	memcpy(info->limit, s->limits, sizeof(info->limit));
	info->resident_pages = shim_mmap_slot_resident(mm, slot);
	info->resets = s->resets;
	info->purges = s->purges;
	pthread_mutex_unlock(&s->lock);
	info->state = atomic_load_explicit(shim_claim_word(pool, slot), memory_order_relaxed);
	return 0;
}

/* ---- purge ------------------------------------------------------------------- */

/* Whether the purge is for the slot, by what it is bound to; its lock is held. */
static bool purge_takes(const struct shim_purge *purge, const struct shim_mmap_slot *s,
			const struct shim_mmap_image *image)
{
	switch (purge->mode) {
	case SHIM_PURGE_IMAGE:
		return s->image == image;
	case SHIM_PURGE_TAG:
		return s->image && s->image->tag == purge->tag;
	default:
		return true;
	}
}

static int slot_purge(struct shim_mmap_pool *mm, uint32_t slot, const struct shim_purge *purge,
		      const struct shim_mmap_image *image, uint32_t *done)
{
	struct shim_mmap_slot *s = &mm->slots[slot];
	int error = 0;

	pthread_mutex_lock(&s->lock);
	if (purge_takes(purge, s, image)) {
		error = shim_mmap_slot_purge(mm, slot);
		*done += !error;
	}
	pthread_mutex_unlock(&s->lock);
	return error;
}

/* Nobody can claim the slot meanwhile. Pairs with shim_slot_claim(). */
static int slot_purge_idle(struct shim_mmap_pool *mm, uint32_t slot, const struct shim_purge *purge,
			   uint32_t *done)
{
	_Atomic uint32_t *claim = shim_claim_word(&mm->pool, slot);
	uint32_t state = SHIM_SLOT_IDLE;
	int error;

	if (!atomic_compare_exchange_strong_explicit(claim, &state, SHIM_SLOT_RECLAIM,
						     memory_order_acquire, memory_order_relaxed))
		return 0;
	error = slot_purge(mm, slot, purge, NULL, done);
	/* A slot that is broken now must not be claimed. */
	atomic_store_explicit(claim, error ? SHIM_SLOT_ACTIVE : SHIM_SLOT_IDLE,
			      memory_order_release);
	return error;
}

static int slots_purge_all(struct shim_mmap_pool *mm, const struct shim_purge *purge,
			   const struct shim_mmap_image *image, uint32_t *done)
{
	int error = 0;

	for (uint32_t slot = 0; !error && slot < mm->pool.slots; slot++) {
		if (purge->mode == SHIM_PURGE_IDLE)
			error = slot_purge_idle(mm, slot, purge, done);
		else
			error = slot_purge(mm, slot, purge, image, done);
	}
	return error;
}

static int mmap_purge(struct shim_pool *pool, const struct shim_purge *purge, uint32_t *done)
{
	struct shim_mmap_pool *mm = shim_mmap_pool(pool);
	struct shim_mmap_image *image = NULL;
	int error = 0;

	if (purge->mode == SHIM_PURGE_SLOTS) {
		for (uint32_t i = 0; !error && i < purge->count; i++)
			error = slot_purge(mm, purge->slots[i], purge, NULL, done);
		return error;
	}
	if (purge->mode == SHIM_PURGE_IMAGE) {
		image = shim_mmap_image_find(mm, purge->image);
		if (!image)
			return shim_image_error(purge->image);
	}
	error = slots_purge_all(mm, purge, image, done);
	shim_mmap_image_put(image);
	return error;
}

const struct shim_backend_ops shim_backend_mmap = {
	.open = mmap_open,
	.create = mmap_create,
	.close = mmap_close,
	.image_create = shim_mmap_image_create,
	.image_snapshot = shim_mmap_image_snapshot,
	.image_destroy = shim_mmap_image_destroy,
	.slot_reset = mmap_slot_reset,
	.slot_resize = mmap_slot_resize,
	.slot_prefault = mmap_slot_prefault,
	.slot_query = mmap_slot_query,
	.slot_check = mmap_slot_check,
	.purge = mmap_purge,
};
