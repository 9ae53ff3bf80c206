// SPDX-License-Identifier: MIT
/*
 * A module is unloaded: its warm slots give back their pages, and the pool its image.
 */
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/mman.h>

#include "device.h"
#include "mapping.h"
#include "measure.h"
#include "result.h"
#include "workload.h"

#define SLOTS 100
#define MEMORY (16 * MIB)
#define IMAGE (1 * MIB)
#define WRITTEN 16
#define TAG 1

static uint32_t image;

static void device_init(struct workload *work)
{
	struct device *device = device_create(work, MEMORY, MEMORY);

	image = pool_image(&device->pool, TAG, work->content, IMAGE, MEMORY);
}

/* Warm: bound, written and reset. */
static void device_warm(void *data)
{
	struct workload *work = data;
	struct device *device = work->own;

	pool_rebind(&device->pool, device->slots, SLOTS, image);
	workload_touch(work);
	pool_reset(&device->pool, device->slots, SLOTS);
}

static void device_purge(void *data)
{
	struct workload *work = data;
	struct device *device = work->own;

	pool_purge_tag(&device->pool, TAG);
}

static void mapped_init(struct workload *work)
{
	mapping_init(work);
}

static void mapped_warm(void *data)
{
	struct workload *work = data;
	struct mapping *mapping = work->own;

	for (uint32_t i = 0; i < SLOTS; i++)
		image_file_map(work->base[i], IMAGE, mapping->memfd);
	workload_touch(work);
}

/* Anonymous memory over the image, so that nothing holds its file. */
static void mapped_purge(void *data)
{
	struct workload *work = data;

	for (uint32_t i = 0; i < SLOTS; i++) {
		pages_drop(work->base[i], MEMORY);
		if (mmap(work->base[i], IMAGE, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED)
			die("mmap: %m");
	}
}

struct purger {
	const char *name;
	void (*init)(struct workload *work);
	void (*warm)(void *data);
	void (*purge)(void *data);
	void (*uninit)(struct workload *work);
};

static const struct purger purgers[] = {
	{ "guardslot", device_init, device_warm, device_purge, device_destroy },
	{ "madvise_mmap", mapped_init, mapped_warm, mapped_purge, mapping_uninit },
};

static void run_purge_module(void)
{
	uint32_t pages[WRITTEN];
	uint8_t *base[SLOTS];
	struct workload work = {
		.slots = SLOTS,
		.memory = MEMORY,
		.image = IMAGE,
		.content = content_create(IMAGE, 1),
		.pages = pages,
		.count = WRITTEN,
		.base = base,
	};

	pages_dense(pages, WRITTEN);
	result_begin("purge_module");
	result_param("slots", SLOTS);
	result_param("pages", WRITTEN);
	for (size_t i = 0; i < ARRAY_SIZE(purgers); i++) {
		struct job job = {
			.data = &work,
			.units = 1,
			.prepare = purgers[i].warm,
			.cycle = purgers[i].purge,
		};

		if (!is_wanted(purgers[i].name))
			continue;
		purgers[i].init(&work);
		measure_job(purgers[i].name, &job);
		purgers[i].uninit(&work);
	}
	result_end();
	free((void *)work.content);
}

const struct scenario scenario_purge_module = { "purge_module", run_purge_module };
