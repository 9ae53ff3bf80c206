// SPDX-License-Identifier: MIT
/*
 * The list of pools. An entry stays on it for good and is used again, so that a thread may
 * look an address up while another one makes or destroys a pool.
 */
#define _GNU_SOURCE
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "seam/fork.h"
#include "seam/geometry.h"
#include "seam/pool.h"
#include "seam/real.h"
#include "seam/report.h"

_Atomic(uintptr_t) seam_low = UINTPTR_MAX;
_Atomic(uintptr_t) seam_high = 0;

__attribute__((tls_model("initial-exec"))) _Thread_local int seam_inside;

static pthread_mutex_t list_lock = PTHREAD_MUTEX_INITIALIZER; /* of making and destroying */
static _Atomic(struct seam_pool *) list;

struct seam_pool *seam_pool_lookup(uintptr_t address)
{
	struct seam_pool *pool = atomic_load_explicit(&list, memory_order_acquire);

	for (; pool; pool = pool->next) {
		uintptr_t start = atomic_load_explicit(&pool->start, memory_order_acquire);

		if (start &&
		    address - start < atomic_load_explicit(&pool->length, memory_order_relaxed))
			return pool;
	}
	return NULL;
}

/* An entry without a pool: the locks are ready. Under list_lock, as all below. */
static struct seam_pool *entry_get(void)
{
	struct seam_pool *pool = atomic_load_explicit(&list, memory_order_relaxed);

	for (; pool; pool = pool->next)
		if (!atomic_load_explicit(&pool->start, memory_order_relaxed))
			return pool;
	pool = calloc(1, sizeof(*pool));
	if (!pool)
		return NULL;
	pthread_mutex_init(&pool->lock, NULL);
	pthread_mutex_init(&pool->images.lock, NULL);
	pool->next = atomic_load_explicit(&list, memory_order_relaxed);
	atomic_store_explicit(&list, pool, memory_order_release);
	return pool;
}

static void bounds_widen(uintptr_t start, size_t length)
{
	if (start < atomic_load(&seam_low))
		atomic_store(&seam_low, start);
	if (start + length > atomic_load(&seam_high))
		atomic_store(&seam_high, start + length);
}

static int slots_alloc(struct seam_pool *pool, const struct seam_geometry *geometry)
{
	size_t size = geometry->slots * sizeof(struct seam_slot);

	pool->slots = aligned_alloc(_Alignof(struct seam_slot), size);
	if (!pool->slots)
		return -ENOMEM;
	memset(pool->slots, 0, size);
	for (uint32_t i = 0; i < geometry->slots; i++)
		pool->slots[i].end = geometry->reserve;
	return 0;
}

static int shim_create(struct seam_pool *pool, const struct seam_geometry *geometry)
{
	const char *keep = seam_setting("GUARDSLOT_WASMTIME_KEEP");
	struct shim_pool_config config;

	shim_pool_config_init(&config);
	config.slots = geometry->slots;
	config.area_count = 1;
	config.pre_guard = geometry->pre_guard;
	config.keep_resident = keep ? strtoull(keep, NULL, 0) : 0;
	config.areas[0].reserve = geometry->reserve;
	config.areas[0].guard = geometry->guard;
	config.areas[0].max = geometry->reserve;
	return shim_pool_create(&config, &pool->shim);
}

static void counters_clear(struct seam_pool *pool)
{
	atomic_store(&pool->is_carved, false);
	atomic_store(&pool->has_warned, false);
	atomic_store(&pool->reset_calls, 0);
	atomic_store(&pool->resets, 0);
	atomic_store(&pool->rebinds, 0);
	atomic_store(&pool->resizes, 0);
}

static void publish(struct seam_pool *pool, const struct seam_geometry *geometry, size_t length)
{
	unsigned char *start;

	pool->first = shim_slot_address(pool->shim, 0, 0);
	pool->stride = geometry->reserve + geometry->guard;
	pool->reserve = geometry->reserve;
	pool->slot_count = geometry->slots;
	pool->backend = shim_pool_backend(pool->shim);
	counters_clear(pool);
	start = pool->first - geometry->pre_guard;
	bounds_widen((uintptr_t)start, length);
	atomic_store_explicit(&pool->length, length, memory_order_relaxed);
	atomic_store_explicit(&pool->start, (uintptr_t)start, memory_order_release);
}

static struct seam_pool *create(const struct seam_geometry *geometry, size_t length)
{
	struct seam_pool *pool = entry_get();

	if (!pool || slots_alloc(pool, geometry))
		return NULL;
	if (shim_create(pool, geometry)) {
		seam_report("a pool of %zu bytes is plain memory: %s", length, shim_error());
		goto free_slots;
	}
	/* After libshim's handlers are there, so that its lock is taken after those of here. */
	if (seam_fork_prepare())
		goto destroy_shim;
	publish(pool, geometry, length);
	return pool;
destroy_shim:
	shim_pool_destroy(pool->shim);
	pool->shim = NULL;
free_slots:
	free(pool->slots);
	pool->slots = NULL;
	return NULL;
}

void *seam_pool_create(size_t length)
{
	struct seam_geometry geometry;
	struct seam_pool *pool = NULL;

	if (!seam_geometry_find(length, seam_setting("GUARDSLOT_WASMTIME_LAYOUT"), &geometry)) {
		seam_report("a mapping of %zu bytes is plain memory: it has the size of no pool",
			    length);
		return NULL;
	}
	pthread_mutex_lock(&list_lock);
	pool = create(&geometry, length);
	pthread_mutex_unlock(&list_lock);
	if (!pool)
		return NULL;
	seam_report("a pool of %" PRIu32 " slots of %" PRIu64 " bytes is on slots, over %s",
		    geometry.slots, pool->stride,
		    pool->backend == SHIM_BACKEND_DEVICE ? "the device" : "mmap");
	return (void *)atomic_load(&pool->start);
}

void seam_pool_destroy(struct seam_pool *pool)
{
	void *start = (void *)atomic_load(&pool->start);
	size_t length = atomic_load(&pool->length);

	pthread_mutex_lock(&list_lock);
	/*
	 * The address is free for other threads' mappings once it is unmapped, so the pool is
	 * off the list before.
	 */
	atomic_store_explicit(&pool->start, 0, memory_order_release);
	if (pool->shim)
		shim_pool_destroy(pool->shim);
	else
		real_munmap(start, length);
	pool->shim = NULL;
	seam_images_free(&pool->images);
	free(pool->slots);
	pool->slots = NULL;
	pthread_mutex_unlock(&list_lock);
}

struct seam_pool *seam_pool_lock_all(void)
{
	pthread_mutex_lock(&list_lock);
	return atomic_load_explicit(&list, memory_order_relaxed);
}

void seam_pool_unlock_all(void)
{
	pthread_mutex_unlock(&list_lock);
}
