// SPDX-License-Identifier: MIT
/*
 * Two modules in turn in one slot: a tenant of the first writes, then the slot is
 * bound to the other's image, which has another limit.
 */
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "device.h"
#include "mapping.h"
#include "measure.h"
#include "result.h"
#include "workload.h"

#define IMAGE (1 * MIB)
#define WRITTEN 16

static const uint64_t limits[2] = { 16 * MIB, 8 * MIB };
static uint8_t *contents[2];

/* The module that comes next. */
static unsigned int module_of(const struct workload *work)
{
	return work->content == contents[1];
}

static void vary(struct workload *work)
{
	work->content = contents[!module_of(work)];
}

/* ---- guardslot ----------------------------------------------------------- */

static uint32_t images[2];

static void device_reset(struct workload *work)
{
	struct device *device = work->own;

	pool_rebind(&device->pool, device->slots, work->slots, images[module_of(work)]);
}

static const char *device_init(struct workload *work)
{
	struct device *device = device_create(work, limits[0], 0);

	for (int i = 0; i < 2; i++)
		images[i] = pool_image(&device->pool, 1 + i, contents[i], IMAGE, limits[i]);
	device_reset(work);
	return NULL;
}

/* ---- mmap and mprotect ----------------------------------------------------- */

struct remapped {
	struct mapping mapping;
	int files[2];
};

static const char *remapped_init(struct workload *work)
{
	struct remapped *remapped = allocate(1, sizeof(*remapped));

	mapping_create(&remapped->mapping, work);
	for (int i = 0; i < 2; i++)
		remapped->files[i] = image_file_create(contents[i], IMAGE);
	work->own = remapped;
	return NULL;
}

/* The new image over the old one takes the pages there with it. */
static void remapped_reset(struct workload *work)
{
	struct remapped *remapped = work->own;
	unsigned int next = module_of(work);
	int access = next ? PROT_NONE : PROT_READ | PROT_WRITE;
	uint8_t *base = work->base[0];

	image_file_map(base, IMAGE, remapped->files[next]);
	pages_drop(base + IMAGE, limits[0] - IMAGE);
	if (mprotect(base + limits[1], limits[0] - limits[1], access))
		die("mprotect: %m");
}

static void remapped_uninit(struct workload *work)
{
	struct remapped *remapped = work->own;

	mapping_destroy(&remapped->mapping);
	close(remapped->files[0]);
	close(remapped->files[1]);
	free(remapped);
}

static const struct contender rebinders[] = {
	{ .name = "guardslot_bulk",
	  .slots = BULK,
	  .init = device_init,
	  .reset = device_reset,
	  .uninit = device_destroy },
	{ .name = "guardslot",
	  .slots = 1,
	  .init = device_init,
	  .reset = device_reset,
	  .uninit = device_destroy },
	{ .name = "mmap_mprotect",
	  .slots = 1,
	  .drops_pages = true,
	  .init = remapped_init,
	  .reset = remapped_reset,
	  .uninit = remapped_uninit },
};

static void run_rebind(void)
{
	uint32_t pages[WRITTEN];
	struct workload work = {
		.memory = limits[0],
		.image = IMAGE,
		.pages = pages,
		.count = WRITTEN,
		.vary = vary,
	};

	pages_dense(pages, WRITTEN);
	for (int i = 0; i < 2; i++)
		contents[i] = content_create(IMAGE, 1 + i);
	work.content = contents[0];
	result_begin("rebind");
	result_param("pages", WRITTEN);
	measure_contender(&contender_limit, &work);
	for (size_t i = 0; i < ARRAY_SIZE(rebinders); i++)
		measure_contender(&rebinders[i], &work);
	result_end();
	free(contents[0]);
	free(contents[1]);
}

const struct scenario scenario_rebind = { "rebind", run_rebind };
