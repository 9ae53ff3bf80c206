// SPDX-License-Identifier: MIT
/*
 * Pools: which backend, and whether the config is right for it.
 */
#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <string.h>

#include "backend/backend.h"
#include "backend/layout.h"
#include "base/error.h"
#include "base/struct_copy.h"

/* What the first version of the struct had; the rest of a shorter one is 0. */
#define CONFIG_FIRST_SIZE offsetof(struct shim_pool_config, flags)
#define KNOWN_FLAGS (SHIM_POOL_NO_WRITE_SETS | SHIM_POOL_PREFAULT)

/* Takes over a config of any size that agrees with what is known here. */
static int config_copy(struct shim_pool_config *to, const struct shim_pool_config *from)
{
	int error = shim_struct_copy(to, sizeof(*to), CONFIG_FIRST_SIZE, from);

	if (error)
		return error;
	if (to->flags & ~KNOWN_FLAGS)
		return shim_error_set(-EOPNOTSUPP, "flags 0x%" PRIx32 " are unknown",
				      to->flags & ~KNOWN_FLAGS);
	if (to->reserved)
		return shim_error_set(-EOPNOTSUPP, "reserved is %" PRIu32 ", not 0", to->reserved);
	if (to->backend > SHIM_BACKEND_MMAP)
		return shim_error_set(-EINVAL, "backend %" PRIu32 " is over %d", to->backend,
				      SHIM_BACKEND_MMAP);
	return 0;
}

static int page_multiple_check(const struct shim_pool *pool, uint32_t area, const char *field,
			       uint64_t value)
{
	if (shim_is_page_multiple(pool, value))
		return 0;
	return shim_error_set(-EINVAL,
			      "area %" PRIu32 ": %s %" PRIu64
			      " is not a multiple of the page size %" PRIu64,
			      area, field, value, pool->page_size);
}

static int at_most_check(uint32_t area, const char *field, uint64_t value, const char *most_field,
			 uint64_t most)
{
	if (value <= most)
		return 0;
	return shim_error_set(-EINVAL, "area %" PRIu32 ": %s %" PRIu64 " is over %s %" PRIu64, area,
			      field, value, most_field, most);
}

static int area_check(const struct shim_pool *pool, uint32_t index,
		      const struct shim_area_config *area)
{
	int error = page_multiple_check(pool, index, "reserve", area->reserve);

	if (!error)
		error = page_multiple_check(pool, index, "guard", area->guard);
	if (!error)
		error = page_multiple_check(pool, index, "max", area->max);
	if (!error)
		error = page_multiple_check(pool, index, "initial", area->initial);
	if (!error && !area->reserve)
		error = shim_error_set(-EINVAL, "area %" PRIu32 ": reserve is 0", index);
	if (!error)
		error = at_most_check(index, "max", area->max, "reserve", area->reserve);
	if (!error)
		error = at_most_check(index, "initial", area->initial, "max", area->max);
	return error;
}

static int config_check(const struct shim_pool *pool, const struct shim_pool_config *config)
{
	static const struct shim_area_config zero;
	uint32_t i;
	int error;

	if (config->slots < 1 || config->slots > pool->limits.max_slots)
		return shim_error_set(-EINVAL, "slots %" PRIu32 " is not 1 to %" PRIu32,
				      config->slots, pool->limits.max_slots);
	if (config->area_count < 1 || config->area_count > SHIM_MAX_AREAS)
		return shim_error_set(-EINVAL, "area_count %" PRIu32 " is not 1 to %d",
				      config->area_count, SHIM_MAX_AREAS);
	if (!shim_is_page_multiple(pool, config->pre_guard))
		return shim_error_set(-EINVAL,
				      "pre_guard %" PRIu64
				      " is not a multiple of the page size %" PRIu64,
				      config->pre_guard, pool->page_size);
	for (i = 0; i < config->area_count; i++) {
		error = area_check(pool, i, &config->areas[i]);
		if (error)
			return error;
	}
	for (; i < SHIM_MAX_AREAS; i++)
		if (memcmp(&config->areas[i], &zero, sizeof(zero)) != 0)
			return shim_error_set(-EINVAL,
					      "area %" PRIu32 " is not 0, area_count is %" PRIu32,
					      i, config->area_count);
	return 0;
}

static int layout_set(struct shim_pool *pool, const struct shim_pool_config *config)
{
	struct shim_layout layout;

	if (shim_layout_init(&layout, config, pool->limits.max_map_size))
		return shim_error_set(-EOVERFLOW,
				      "slots %" PRIu32 ": the slab is longer than the "
				      "address space of %" PRIu64 " bytes",
				      config->slots, pool->limits.max_map_size);
	pool->slots = config->slots;
	pool->area_count = config->area_count;
	pool->stride = layout.stride;
	memcpy(pool->area_offset, layout.area_offset, sizeof(pool->area_offset));
	memcpy(pool->areas, config->areas, sizeof(pool->areas));
	pool->map_size = layout.map_size;
	return 0;
}

static int caps_check(const struct shim_pool *pool, const struct shim_pool_config *config)
{
	bool keep = shim_is_page_multiple(pool, config->max_resident);

	if (keep && shim_is_page_multiple(pool, config->keep_resident))
		return 0;
	return shim_error_set(-EINVAL, "%s %" PRIu64 " is not a multiple of the page size %" PRIu64,
			      keep ? "keep_resident" : "max_resident",
			      keep ? config->keep_resident : config->max_resident, pool->page_size);
}

static int backend_open(enum shim_backend backend, struct shim_pool **pool)
{
	const struct shim_backend_ops *ops = &shim_backend_device;
	int error = -ENOENT;

	if (backend != SHIM_BACKEND_MMAP)
		error = ops->open(pool);
	if (error && backend != SHIM_BACKEND_DEVICE) {
		ops = &shim_backend_mmap;
		error = ops->open(pool);
		if (!error && backend == SHIM_BACKEND_BEST)
			shim_error_clear();
	}
	if (error)
		return error;
	(*pool)->ops = ops;
	(*pool)->backend = ops == &shim_backend_device ? SHIM_BACKEND_DEVICE : SHIM_BACKEND_MMAP;
	return 0;
}

int shim_pool_create(const struct shim_pool_config *config, struct shim_pool **out)
{
	struct shim_pool_config known;
	struct shim_pool *pool;
	int error;

	if (!config || !out)
		return shim_error_set(-EFAULT, "%s is NULL", config ? "out" : "config");
	error = config_copy(&known, config);
	if (error)
		return error;
	error = backend_open(known.backend, &pool);
	if (error)
		return error;

	error = config_check(pool, &known);
	if (!error)
		error = layout_set(pool, &known);
	if (!error)
		error = caps_check(pool, &known);
	if (!error)
		error = pool->ops->create(pool, &known);
	if (error) {
		pool->ops->close(pool);
		return error;
	}
	*out = pool;
	return 0;
}

void shim_pool_destroy(struct shim_pool *pool)
{
	if (pool)
		pool->ops->close(pool);
}

enum shim_backend shim_pool_backend(const struct shim_pool *pool)
{
	return pool->backend;
}

static int pool_purge(struct shim_pool *pool, const struct shim_purge *purge, uint32_t *done)
{
	uint32_t purged = 0;
	int error = pool->ops->purge(pool, purge, &purged);

	if (done)
		*done = purged;
	return error;
}

int shim_pool_purge_image(struct shim_pool *pool, uint32_t image, uint32_t *done)
{
	struct shim_purge purge = { .mode = SHIM_PURGE_IMAGE, .image = image };

	return pool_purge(pool, &purge, done);
}

int shim_pool_purge_tag(struct shim_pool *pool, uint64_t tag, uint32_t *done)
{
	struct shim_purge purge = { .mode = SHIM_PURGE_TAG, .tag = tag };

	return pool_purge(pool, &purge, done);
}

int shim_pool_purge_idle(struct shim_pool *pool, uint32_t *done)
{
	struct shim_purge purge = { .mode = SHIM_PURGE_IDLE };

	return pool_purge(pool, &purge, done);
}
