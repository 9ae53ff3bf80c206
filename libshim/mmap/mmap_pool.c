// SPDX-License-Identifier: MIT
/*
 * The pool of the mmap backend. The backend needs plain system calls only: it serves
 * hosts without the module, is the baseline of benchmarks, and is the second
 * implementation that every test of the contract runs against.
 *
 * A pool is one reservation without access, and limits are page protections in it.
 * Every slot with a limit costs memory maps (two, and two more for each part of an
 * image). vm.max_map_count allows 65530 of them by default; when there is none left,
 * calls fail with -ENOMEM.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "base/error.h"
#include "mmap/mmap_pool.h"

/* The same as the module's, so that a pool fits either backend. */
#define MAX_SLOTS (UINT32_C(1) << 20)
#define MAX_VECTOR SHIM_MAX_VECTOR
#define CLAIM_STRIDE 64

/*
 * The addresses that mmap() without a hint gives: of 38 bits on riscv64 with page tables
 * of three levels, of 47 on x86-64, of 48 on arm64, and so on. No call says how many they
 * are, but they end where the program's first stack does, whose random distance from there
 * changes none of the highest bits. Without it there is no limit but what mmap() refuses.
 */
static uint64_t address_space(void)
{
	uint64_t in_stack = getauxval(AT_RANDOM);

	return in_stack ? UINT64_C(1) << (64 - __builtin_clzll(in_stack)) : UINT64_C(1) << 63;
}

static int mmap_open(int file, struct shim_pool **pool)
{
	struct shim_mmap_pool *mm;

	if (file >= 0)
		return shim_error_set(-EINVAL, "descriptor %d: the mmap backend has no device",
				      file);
	mm = calloc(1, sizeof(*mm));
	if (!mm)
		return shim_error_set(-ENOMEM, "pool: no memory");
	mm->pool.page_size = (uint64_t)sysconf(_SC_PAGESIZE);
	mm->pool.limits.max_slots = MAX_SLOTS;
	mm->pool.limits.max_vector = MAX_VECTOR;
	mm->pool.limits.max_map_size = address_space() - mm->pool.page_size;
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
		shim_mmap_image_put(shim_mmap_slot_at(mm, i)->image);
		pthread_mutex_destroy(&shim_mmap_slot_at(mm, i)->lock);
	}
}

static void mmap_close(struct shim_pool *pool)
{
	struct shim_mmap_pool *mm = shim_mmap_pool(pool);

	/*
	 * A child has the images as they were at any moment of the fork, and not all of them at
	 * the same: another thread of its parent may have been freeing one. They stay.
	 */
	if (*pool->mark) {
		shim_mmap_slab_destroy(mm);
		slots_uninit(mm);
		shim_mmap_image_table_uninit(&mm->images);
	}
	free(mm->slots);
	shim_pagemap_close(&mm->pagemap);
	free(pool->claims);
	shim_pool_free(pool);
}

/* Whole cache lines. */
static size_t slot_size(uint32_t area_count)
{
	const size_t line = _Alignof(struct shim_mmap_slot);
	size_t end = offsetof(struct shim_mmap_slot, limits) + area_count * sizeof(uint64_t);

	return (end + line - 1) / line * line;
}

static int slots_init(struct shim_mmap_pool *mm)
{
	struct shim_pool *pool = &mm->pool;

	/* All words 0: ACTIVE. */
	pool->claim_stride = CLAIM_STRIDE;
	pool->claims = aligned_alloc(CLAIM_STRIDE, (size_t)pool->slots * CLAIM_STRIDE);
	mm->slot_size = slot_size(pool->area_count);
	mm->slots = aligned_alloc(_Alignof(struct shim_mmap_slot), pool->slots * mm->slot_size);
	if (!pool->claims || !mm->slots) {
		free(mm->slots);
		mm->slots = NULL;
		return shim_error_set(-ENOMEM, "slots %" PRIu32 ": no memory", pool->slots);
	}
	memset(pool->claims, 0, (size_t)pool->slots * CLAIM_STRIDE);
	memset(mm->slots, 0, pool->slots * mm->slot_size);
	for (uint32_t i = 0; i < pool->slots; i++)
		pthread_mutex_init(&shim_mmap_slot_at(mm, i)->lock, NULL);
	return 0;
}

static int limits_init(struct shim_mmap_pool *mm)
{
	struct shim_pool *pool = &mm->pool;

	for (uint32_t slot = 0; slot < pool->slots; slot++)
		for (uint32_t i = 0; i < pool->area_count; i++) {
			int error = shim_mmap_limit_set(mm, slot, i, pool->areas[i].initial);

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
	mm->fault_price = shim_history_price(pool->page_size);

	error = shim_mmap_slab_create(mm);
	if (error)
		return error;
	pool->first_slot = mm->map + config->pre_guard;
	error = slots_init(mm);
	if (error)
		return error;
	return limits_init(mm);
}

static void mmap_query(struct shim_pool *pool, struct shim_pool_info *info)
{
	struct shim_mmap_pool *mm = shim_mmap_pool(pool);

	info->descriptor = -1;
	shim_mmap_image_count(mm, &info->images, &info->image_bytes);
	for (uint32_t slot = 0; slot < pool->slots; slot++)
		info->resident += shim_mmap_slot_resident(mm, slot) * pool->page_size;
}

const struct shim_backend_ops shim_backend_mmap = {
	.open = mmap_open,
	.create = mmap_create,
	.close = mmap_close,
	.image_create = shim_mmap_image_create,
	.image_snapshot = shim_mmap_image_snapshot,
	.image_destroy = shim_mmap_image_destroy,
	.slot_reset = shim_mmap_slot_reset,
	.slot_resize = shim_mmap_slot_resize,
	.slot_prefault = shim_mmap_slot_prefault,
	.slot_query = shim_mmap_slot_query,
	.slot_check = shim_mmap_slot_check,
	.purge = shim_mmap_purge,
	.query = mmap_query,
};
