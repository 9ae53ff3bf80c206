// SPDX-License-Identifier: MIT
/*
 * Pools: the checks of a config before a backend makes a pool of it.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backend/backend.h"
#include "backend/layout.h"
#include "base/error.h"
#include "base/map.h"
#include "base/pages.h"
#include "base/struct_copy.h"
#include "slots/backends.h"
#include "slots/checked.h"
#include "slots/waiting.h"

/* What the first version of the struct had; the rest of a shorter one is 0. */
#define CONFIG_FIRST_SIZE offsetof(struct shim_pool_config, flags)
#define INFO_FIRST_SIZE offsetof(struct shim_pool_info, waiting)
#define KNOWN_FLAGS \
	(SHIM_POOL_NO_WRITE_SETS | SHIM_POOL_PREFAULT | SHIM_POOL_IDLE | SHIM_POOL_DESCRIPTOR)

/* Copies a config of any size of which this version knows all that is not 0. */
static int config_copy(struct shim_pool_config *to, const struct shim_pool_config *from)
{
	int error = shim_struct_copy(to, sizeof(*to), CONFIG_FIRST_SIZE, from);

	if (error)
		return error;
	if (to->flags & ~KNOWN_FLAGS)
		return shim_error_set(-EOPNOTSUPP, "flags 0x%" PRIx32 " are unknown",
				      to->flags & ~KNOWN_FLAGS);
	if (to->flags & SHIM_POOL_DESCRIPTOR ? to->descriptor < 0 : to->descriptor != 0)
		return shim_error_set(-EINVAL, "descriptor %" PRId32 " with flags 0x%" PRIx32,
				      to->descriptor, to->flags);
	if (to->reserved)
		return shim_error_set(-EINVAL, "reserved %" PRIu32 " is not 0", to->reserved);
	error = shim_waiting_check(to);
	if (error)
		return error;
	return shim_backend_check(to->backend);
}

static int area_check(const struct shim_pool *pool, uint32_t index,
		      const struct shim_area_config *area)
{
	const struct {
		const char *name;
		uint64_t value;
	} fields[] = {
		{ "reserve", area->reserve },
		{ "guard", area->guard },
		{ "max", area->max },
		{ "initial", area->initial },
	};

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (!shim_page_is_multiple(fields[i].value, pool->page_size))
			return shim_error_set(-EINVAL,
					      "area %" PRIu32 ": %s %" PRIu64
					      " is not a multiple of the page size %" PRIu64,
					      index, fields[i].name, fields[i].value,
					      pool->page_size);
	if (!area->reserve)
		return shim_error_set(-EINVAL, "area %" PRIu32 ": reserve is 0", index);
	if (area->max > area->reserve)
		return shim_error_set(-EINVAL,
				      "area %" PRIu32 ": max %" PRIu64 " is over reserve %" PRIu64,
				      index, area->max, area->reserve);
	if (area->initial > area->max)
		return shim_error_set(-EINVAL,
				      "area %" PRIu32 ": initial %" PRIu64 " is over max %" PRIu64,
				      index, area->initial, area->max);
	return 0;
}

static int areas_check(const struct shim_pool *pool, const struct shim_pool_config *config)
{
	static const struct shim_area_config zero;
	uint32_t i;

	for (i = 0; i < config->area_count; i++) {
		int error = area_check(pool, i, &config->areas[i]);

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

static int multiple_check(const struct shim_pool *pool, const char *field, uint64_t value)
{
	if (shim_page_is_multiple(value, pool->page_size))
		return 0;
	return shim_error_set(-EINVAL, "%s %" PRIu64 " is not a multiple of the page size %" PRIu64,
			      field, value, pool->page_size);
}

static int config_check(const struct shim_pool *pool, const struct shim_pool_config *config)
{
	int error;

	if (config->slots < 1 || config->slots > pool->limits.max_slots)
		return shim_error_set(-EINVAL, "slots %" PRIu32 " is not 1 to %" PRIu32,
				      config->slots, pool->limits.max_slots);
	if (config->area_count < 1 || config->area_count > SHIM_MAX_AREAS)
		return shim_error_set(-EINVAL, "area_count %" PRIu32 " is not 1 to %d",
				      config->area_count, SHIM_MAX_AREAS);
	error = multiple_check(pool, "pre_guard", config->pre_guard);
	if (error)
		return error;
	return areas_check(pool, config);
}

/* Says how many slots would fit. */
static int too_long_error(const struct shim_pool *pool, const struct shim_pool_config *config,
			  struct shim_layout *layout)
{
	struct shim_pool_config one = *config;
	uint64_t most = pool->limits.max_map_size;

	one.slots = 1;
	if (shim_layout_init(layout, &one, most))
		return shim_error_set(-EOVERFLOW,
				      "areas, pre_guard: one slot is longer than the address "
				      "space of %" PRIu64 " bytes",
				      most);
	return shim_error_set(-EOVERFLOW,
			      "slots %" PRIu32 ": of %" PRIu64 " bytes each with the guards, "
			      "%" PRIu64 " fit into the address space of %" PRIu64 " bytes",
			      config->slots, layout->stride,
			      (most - config->pre_guard) / layout->stride, most);
}

static int layout_set(struct shim_pool *pool, const struct shim_pool_config *config)
{
	struct shim_layout layout;

	if (shim_layout_init(&layout, config, pool->limits.max_map_size))
		return too_long_error(pool, config, &layout);
	pool->slots = config->slots;
	pool->area_count = config->area_count;
	pool->stride = layout.stride;
	memcpy(pool->area_offset, layout.area_offset, sizeof(pool->area_offset));
	memcpy(pool->areas, config->areas, sizeof(pool->areas));
	pool->map_size = layout.map_size;
	pool->pre_guard = config->pre_guard;
	return 0;
}

static int caps_check(const struct shim_pool *pool, const struct shim_pool_config *config)
{
	int error = multiple_check(pool, "max_resident", config->max_resident);

	if (error)
		return error;
	return multiple_check(pool, "keep_resident", config->keep_resident);
}

/* calloc() takes no memory for what is never set. */
static int users_alloc(struct shim_pool *pool)
{
	pool->users = calloc(pool->slots, sizeof(*pool->users));
	if (!pool->users)
		return shim_error_set(-ENOMEM, "slots %" PRIu32 ": no memory", pool->slots);
	return 0;
}

/* Nobody else knows the pool yet. */
static void claims_release(struct shim_pool *pool)
{
	for (uint32_t slot = 0; slot < pool->slots; slot++)
		atomic_store_explicit(shim_claim_word(pool, slot), SHIM_SLOT_IDLE,
				      memory_order_release);
}

int shim_pool_create(const struct shim_pool_config *config, struct shim_pool **out)
{
	struct shim_pool_config known;
	struct shim_pool *pool;
	const uint8_t *mark;
	int error;

	if (!config || !out)
		return shim_error_set(-EFAULT, "%s is NULL", config ? "out" : "config");
	error = config_copy(&known, config);
	if (error)
		return error;
	error = shim_map_check();
	if (error)
		return error;
	error = shim_process_mark(&mark);
	if (error)
		return error;
	error = shim_backend_open(
		known.backend, known.flags & SHIM_POOL_DESCRIPTOR ? known.descriptor : -1, &pool);
	if (error)
		return error;
	pool->mark = mark;
	pool->owner = getpid();
	error = config_check(pool, &known);
	if (error)
		goto close_pool;
	error = layout_set(pool, &known);
	if (error)
		goto close_pool;
	error = caps_check(pool, &known);
	if (error)
		goto close_pool;
	error = users_alloc(pool);
	if (error)
		goto close_pool;
	error = pool->ops->create(pool, &known);
	if (error)
		goto close_pool;
	if (known.flags & SHIM_POOL_IDLE)
		claims_release(pool);
	error = shim_checked_init(pool);
	if (error)
		goto close_pool;
	error = shim_waiting_init(pool, &known);
	if (error)
		goto close_pool;
	*out = pool;
	return 0;
close_pool:
	pool->ops->close(pool);
	return error;
}

void shim_pool_destroy(struct shim_pool *pool)
{
	/* One that was destroyed has no owner: shim_pool_free(). */
	if (!pool || !pool->owner)
		return;
	shim_waiting_uninit(pool);
	pool->ops->close(pool);
}

enum shim_backend shim_pool_backend(const struct shim_pool *pool)
{
	return shim_pool_is_usable(pool) ? pool->backend : SHIM_BACKEND_BEST;
}

int shim_pool_query(struct shim_pool *pool, struct shim_pool_info *info)
{
	struct shim_pool_info known;
	int error = shim_pool_check(pool);

	if (error)
		return error;
	if (!info)
		return shim_error_set(-EFAULT, "info is NULL");
	known = (struct shim_pool_info){
		.size = sizeof(known),
		.backend = pool->backend,
		.slots = pool->slots,
		.area_count = pool->area_count,
		.page_size = pool->page_size,
		.map_size = pool->map_size,
		.stride = pool->stride,
		.start = pool->first_slot - pool->pre_guard,
		.max_vector = pool->limits.max_vector,
		.reason = pool->reason ? pool->reason : "",
	};
	pool->ops->query(pool, &known);
	shim_waiting_query(pool, &known);
	return shim_struct_fill(info, sizeof(known), INFO_FIRST_SIZE, &known);
}
