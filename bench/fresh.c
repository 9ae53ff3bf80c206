// SPDX-License-Identifier: MIT
/*
 * Slots with no resident pages: the first instance of a module whose write set is
 * known, and what a page fault costs.
 */
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/mman.h>

#include "mapping.h"
#include "measure.h"
#include "pool.h"
#include "result.h"
#include "workload.h"

/* Of linux/mman.h, 5.14. */
#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

#define MEMORY (16 * MIB)
#define IMAGE (1 * MIB)
#define WRITTEN 64

/*
 * @empty: drops all pages
 * @fill: brings in those that will be written; NULL: faults do
 * @flags: of the pool, for the device
 */
struct starter {
	const char *name;
	uint32_t flags;
	const char *(*init)(struct workload *work, const struct starter *starter);
	void (*empty)(struct workload *work);
	void (*fill)(struct workload *work);
	void (*uninit)(struct workload *work);
};

static const uint32_t slot;

static const char *device_init(struct workload *work, const struct starter *starter)
{
	struct pool_config config = {
		.slots = 1,
		.flags = starter->flags,
		.reserve = RESERVE,
		.guard = GUARD,
		.max = MEMORY,
		.initial = MEMORY,
	};
	struct pool *pool = allocate(1, sizeof(*pool));

	pool_open(pool, &config);
	work->base[0] = pool_slot(pool, slot);
	work->own = pool;
	if (!work->image)
		return NULL;
	pool_rebind(pool, &slot, 1, pool_image(pool, 1, work->content, IMAGE, MEMORY));
	/* The image learns its write set. */
	workload_touch(work);
	return NULL;
}

static void device_empty(struct workload *work)
{
	pool_purge(work->own, &slot, 1);
}

static void device_prefault(struct workload *work)
{
	if (pool_prefault(work->own, slot) != work->count)
		die("PREFAULT brought not all pages");
}

static void device_uninit(struct workload *work)
{
	pool_close(work->own);
	free(work->own);
}

static const char *mapped_init(struct workload *work, const struct starter *starter)
{
	(void)starter;
	return mapping_init(work);
}

static void mapped_empty(struct workload *work)
{
	pages_drop(work->base[0], work->memory);
}

/* One call for each run of pages. */
static void mapped_populate(struct workload *work)
{
	for (uint32_t i = 0, run; i < work->count; i += run) {
		for (run = 1; i + run < work->count; run++)
			if (work->pages[i + run] != work->pages[i] + run)
				break;
		if (madvise(work->base[0] + work->pages[i] * page_size, run * page_size,
			    MADV_POPULATE_WRITE))
			die("madvise(MADV_POPULATE_WRITE): %m");
	}
}

static const struct starter first_instance[] = {
	{ "guardslot", 0, device_init, device_empty, device_prefault, device_uninit },
	{ "guardslot_touch", GUARDSLOT_CREATE_PREFAULT, device_init, device_empty, NULL,
	  device_uninit },
	{ "guardslot_faults", 0, device_init, device_empty, NULL, device_uninit },
	{ "populate", 0, mapped_init, mapped_empty, mapped_populate, mapping_uninit },
	{ "faults", 0, mapped_init, mapped_empty, NULL, mapping_uninit },
};

/* Without an image: nothing but faults. */
static const struct starter fault[] = {
	{ "guardslot", 0, device_init, device_empty, NULL, device_uninit },
	{ "anonymous", 0, mapped_init, mapped_empty, NULL, mapping_uninit },
};

struct start {
	const struct starter *starter;
	struct workload *work;
};

static void start_prepare(void *data)
{
	struct start *start = data;

	start->starter->empty(start->work);
}

static void start_cycle(void *data)
{
	struct start *start = data;

	if (start->starter->fill)
		start->starter->fill(start->work);
	workload_touch(start->work);
}

static void start_check(void *data)
{
	struct start *start = data;

	start->starter->empty(start->work);
	workload_check(start->work);
}

static void measure_starter(const struct starter *starter, struct workload *work, uint32_t units)
{
	struct start start = { starter, work };
	struct job job = {
		.data = &start,
		.units = units,
		.prepare = start_prepare,
		.cycle = start_cycle,
		.check = start_check,
	};
	uint8_t *base[1];

	if (!is_wanted(starter->name))
		return;
	work->slots = 1;
	work->base = base;
	starter->init(work, starter);
	measure_job(starter->name, &job);
	starter->uninit(work);
}

static void run_first_instance(void)
{
	uint32_t pages[WRITTEN];
	struct workload work = {
		.memory = MEMORY,
		.image = IMAGE,
		.content = content_create(IMAGE, 1),
		.pages = pages,
		.count = WRITTEN,
	};

	for (uint32_t spread = 1; spread <= 8; spread += 7) {
		for (uint32_t i = 0; i < WRITTEN; i++)
			pages[i] = i * spread;
		result_begin("first_instance");
		result_param("pages", WRITTEN);
		result_param_text("pattern", spread == 1 ? "dense" : "scattered");
		for (size_t i = 0; i < ARRAY_SIZE(first_instance); i++)
			measure_starter(&first_instance[i], &work, 1);
		result_end();
	}
	free((void *)work.content);
}

static void run_fault(void)
{
	uint32_t pages[WRITTEN];
	struct workload work = { .memory = MEMORY, .pages = pages, .count = WRITTEN };

	pages_dense(pages, WRITTEN);
	result_begin("fault");
	for (size_t i = 0; i < ARRAY_SIZE(fault); i++)
		measure_starter(&fault[i], &work, WRITTEN);
	result_end();
}

const struct scenario scenario_first_instance = { "first_instance", run_first_instance };
const struct scenario scenario_fault = { "fault", run_fault };
