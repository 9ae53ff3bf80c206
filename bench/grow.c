// SPDX-License-Identifier: MIT
/*
 * A tenant grows its memory, writes into what is new, and the slot goes back to
 * its image and its limit.
 */
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "device.h"
#include "mapping.h"
#include "measure.h"
#include "pagemap_scan.h"
#include "result.h"
#include "uffd.h"
#include "workload.h"

#define MEMORY (16 * MIB)
#define GROWTH (1 * MIB)
#define IMAGE (1 * MIB)
#define WRITTEN 4

static int probe[2];

/* Ends the program when the memory can be reached past its limit. */
static void check_guard(struct workload *work)
{
	for (uint32_t slot = 0; slot < work->slots; slot++)
		for (uint32_t i = 0; i < work->count; i++)
			if (write(probe[1], work->base[slot] + work->pages[i] * page_size, 1) >= 0)
				die("slot %u has its memory past the limit", slot);
}

/* ---- guardslot ----------------------------------------------------------- */

static const char *device_init(struct workload *work)
{
	struct device *device = device_create(work, 2 * MEMORY, 0);

	pool_rebind(&device->pool, device->slots, work->slots,
		    pool_image(&device->pool, 1, work->content, IMAGE, MEMORY));
	return NULL;
}

static void device_grow(struct workload *work)
{
	struct device *device = work->own;

	for (uint32_t slot = 0; slot < work->slots; slot++)
		pool_resize(&device->pool, slot, MEMORY + GROWTH);
}

static void device_reset(struct workload *work)
{
	struct device *device = work->own;

	pool_reset(&device->pool, device->slots, work->slots);
}

static void device_cycle(struct workload *work)
{
	device_grow(work);
	workload_touch(work);
	device_reset(work);
}

/* ---- mprotect --------------------------------------------------------------- */

struct grown {
	struct mapping mapping;
	int pagemap;
	int uffd; /* -1: nothing is watched */
};

/* The mapping is made with room, which is then closed again. */
static const char *grown_init(struct workload *work)
{
	struct grown *grown = allocate(1, sizeof(*grown));

	mapping_create(&grown->mapping, work);
	if (mprotect(work->base[0] + MEMORY, GROWTH, PROT_NONE))
		die("mprotect: %m");
	grown->pagemap = pagemap_scan_open();
	grown->uffd = -1;
	work->own = grown;
	return NULL;
}

static const char *watched_init(struct workload *work)
{
	int uffd = uffd_wp_open();
	struct grown *grown;

	if (uffd < 0)
		return "this kernel has no UFFD_FEATURE_WP_ASYNC";
	grown_init(work);
	grown = work->own;
	grown->uffd = uffd;
	uffd_wp_watch(uffd, work->base[0], work->memory);
	return NULL;
}

static void grown_uninit(struct workload *work)
{
	struct grown *grown = work->own;

	mapping_destroy(&grown->mapping);
	if (grown->pagemap >= 0)
		close(grown->pagemap);
	if (grown->uffd >= 0)
		close(grown->uffd);
	free(grown);
}

static void allow(struct workload *work, int access)
{
	if (mprotect(work->base[0] + MEMORY, GROWTH, access))
		die("mprotect: %m");
}

static void open_growth(struct workload *work)
{
	allow(work, PROT_READ | PROT_WRITE);
}

static void dropping_cycle(struct workload *work)
{
	open_growth(work);
	workload_touch(work);
	pages_drop(work->base[0], work->memory);
	allow(work, PROT_NONE);
}

static void scanning_cycle(struct workload *work)
{
	struct grown *grown = work->own;

	open_growth(work);
	workload_touch(work);
	pagemap_scan_restore(grown->pagemap, work, work->base[0], work->memory, true);
	allow(work, PROT_NONE);
}

static void watching_cycle(struct workload *work)
{
	struct grown *grown = work->own;

	open_growth(work);
	workload_touch(work);
	uffd_wp_restore(grown->pagemap, work);
	allow(work, PROT_NONE);
}

/* The dirty pages are known, as they never are outside a benchmark. */
static void knowing_cycle(struct workload *work)
{
	open_growth(work);
	workload_touch(work);
	for (uint32_t i = 0; i < work->count; i++)
		workload_restore_page(work, work->base[0], work->pages[i]);
	allow(work, PROT_NONE);
}

/* @grow: makes the memory past the limit accessible again, for the check */
struct grower {
	struct contender contender;
	void (*grow)(struct workload *work);
};

static const struct grower growers[] = {
	{ { .name = "guardslot_bulk",
	    .slots = BULK,
	    .init = device_init,
	    .cycle = device_cycle,
	    .uninit = device_destroy },
	  device_grow },
	{ { .name = "guardslot",
	    .slots = 1,
	    .init = device_init,
	    .cycle = device_cycle,
	    .uninit = device_destroy },
	  device_grow },
	{ { .name = "mprotect_pagemap_scan",
	    .slots = 1,
	    .init = grown_init,
	    .cycle = scanning_cycle,
	    .uninit = grown_uninit },
	  open_growth },
	{ { .name = "mprotect_uffd_wp_async",
	    .slots = 1,
	    .init = watched_init,
	    .cycle = watching_cycle,
	    .uninit = grown_uninit },
	  open_growth },
	{ { .name = "mprotect_madvise",
	    .slots = 1,
	    .init = grown_init,
	    .cycle = dropping_cycle,
	    .uninit = grown_uninit },
	  open_growth },
	{ { .name = "mprotect_known_pages",
	    .slots = 1,
	    .init = grown_init,
	    .cycle = knowing_cycle,
	    .uninit = grown_uninit },
	  open_growth },
};

struct round {
	const struct grower *grower;
	struct workload *work;
};

static void round_cycle(void *data)
{
	struct round *round = data;

	round->grower->contender.cycle(round->work);
}

/* Behind a closed guard first; then, grown again, what is there. */
static void round_check(void *data)
{
	struct round *round = data;

	check_guard(round->work);
	round->grower->grow(round->work);
	workload_check(round->work);
	round_cycle(data);
}

static void measure_grower(const struct grower *grower, struct workload *work)
{
	struct round round = { grower, work };
	struct job job = {
		.data = &round,
		.cycle = round_cycle,
		.check = round_check,
		.units = grower->contender.slots,
	};
	uint8_t *base[BULK];
	const char *why;

	if (!is_wanted(grower->contender.name))
		return;
	work->slots = grower->contender.slots;
	work->base = base;
	why = grower->contender.init(work);
	if (why) {
		result_contender(grower->contender.name);
		result_text("skipped", why);
		return;
	}
	measure_job(grower->contender.name, &job);
	grower->contender.uninit(work);
}

static void run_grow(void)
{
	uint32_t pages[WRITTEN];
	struct workload work = {
		.memory = MEMORY + GROWTH,
		.image = IMAGE,
		.content = content_create(IMAGE, 1),
		.pages = pages,
		.count = WRITTEN,
	};

	if (pipe2(probe, 0))
		die("pipe: %m");
	for (uint32_t i = 0; i < WRITTEN; i++)
		pages[i] = MEMORY / page_size + i;
	result_begin("grow");
	result_param("pages", WRITTEN);
	result_param("growth", GROWTH);
	for (size_t i = 0; i < ARRAY_SIZE(growers); i++)
		measure_grower(&growers[i], &work);
	result_end();
	free((void *)work.content);
}

const struct scenario scenario_grow = { "grow", run_grow };
