// SPDX-License-Identifier: MIT
/* The device's calls, each with the arguments that benchmarks need. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "pool.h"

static void call(struct pool *pool, unsigned long number, void *arg, const char *name)
{
	if (ioctl(pool->fd, number, arg))
		die("%s: %m", name);
}

#define CALL(_pool, _number, _arg) call(_pool, GUARDSLOT_IOC_##_number, _arg, #_number)

void pool_open(struct pool *pool, const struct pool_config *config)
{
	pool->geometry = (struct guardslot_create){
		.size = sizeof(pool->geometry),
		.flags = config->flags,
		.slots = config->slots,
		.area_count = 1,
		.areas[0] = { config->reserve, config->guard, config->max, config->initial },
	};
	pool->fd = open(GUARDSLOT_DEVICE, O_RDWR | O_CLOEXEC);
	if (pool->fd < 0)
		die("cannot open %s: %m", GUARDSLOT_DEVICE);
	CALL(pool, CREATE, &pool->geometry);
	pool->map = mmap(NULL, pool->geometry.out_map_size, PROT_READ | PROT_WRITE, MAP_SHARED,
			 pool->fd, 0);
	if (pool->map == MAP_FAILED)
		die("cannot map %u slots: %m", config->slots);
}

void pool_close(struct pool *pool)
{
	munmap(pool->map, pool->geometry.out_map_size);
	close(pool->fd);
}

uint8_t *pool_slot(const struct pool *pool, uint32_t slot)
{
	return pool->map + pool->geometry.pre_guard + slot * pool->geometry.out_stride +
	       pool->geometry.out_area_offset[0];
}

uint32_t pool_image(struct pool *pool, uint64_t tag, const uint8_t *content, uint64_t length,
		    uint64_t limit)
{
	struct guardslot_image_create create = {
		.size = sizeof(create),
		.tag = tag,
		.areas[0] = { (uintptr_t)content, length, 0, limit },
	};

	CALL(pool, IMAGE_CREATE, &create);
	return create.out_image;
}

void pool_reset(struct pool *pool, const uint32_t *slots, uint32_t count)
{
	struct guardslot_reset reset = {
		.size = sizeof(reset),
		.slots = (uintptr_t)slots,
		.count = count,
	};

	CALL(pool, RESET, &reset);
}

void pool_rebind(struct pool *pool, const uint32_t *slots, uint32_t count, uint32_t image)
{
	struct guardslot_reset reset = {
		.size = sizeof(reset),
		.flags = GUARDSLOT_RESET_REBIND,
		.slots = (uintptr_t)slots,
		.count = count,
		.image = image,
	};

	CALL(pool, RESET, &reset);
}

void pool_resize(struct pool *pool, uint32_t slot, uint64_t limit)
{
	struct guardslot_resize resize = { .size = sizeof(resize), .slot = slot, .limit = limit };

	CALL(pool, RESIZE, &resize);
}

void pool_purge(struct pool *pool, const uint32_t *slots, uint32_t count)
{
	struct guardslot_purge purge = {
		.size = sizeof(purge),
		.mode = GUARDSLOT_PURGE_SLOTS,
		.slots = (uintptr_t)slots,
		.count = count,
	};

	CALL(pool, PURGE, &purge);
}

void pool_purge_tag(struct pool *pool, uint64_t tag)
{
	struct guardslot_purge purge = {
		.size = sizeof(purge),
		.mode = GUARDSLOT_PURGE_TAG,
		.tag = tag,
	};

	CALL(pool, PURGE, &purge);
}

uint64_t pool_prefault(struct pool *pool, uint32_t slot)
{
	struct guardslot_prefault prefault = {
		.size = sizeof(prefault),
		.slots = (uintptr_t)&slot,
		.count = 1,
	};

	CALL(pool, PREFAULT, &prefault);
	return prefault.out_pages;
}

uint32_t pool_resident(struct pool *pool, uint32_t slot)
{
	struct guardslot_query query = { .size = sizeof(query), .slot = slot };

	CALL(pool, QUERY, &query);
	return query.out_resident_pages;
}
