// SPDX-License-Identifier: MIT
/*
 * Many slots: what it takes to make them, how many memory maps the process then
 * has, and what the reset of one costs among them.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "clock.h"
#include "mapping.h"
#include "median.h"
#include "pagemap_scan.h"
#include "pool.h"
#include "result.h"
#include "uffd.h"
#include "workload.h"

/* Small, so that 50,000 of them have room. */
#define SLOT_RESERVE (64 * MIB)
#define SLOT_GUARD (16 * MIB)
#define MEMORY (1 * MIB)
#define IMAGE (128 * UINT64_C(1024))
#define WRITTEN 16

static const uint32_t sizes[] = { 100, 1000, 10000, 50000 };

static long count_maps(void)
{
	FILE *file = fopen("/proc/self/maps", "re");
	long lines = 0;
	int c;

	if (!file)
		die("cannot open /proc/self/maps: %m");
	while ((c = getc(file)) != EOF)
		lines += c == '\n';
	fclose(file);
	return lines;
}

/*
 * A few slots in the middle of those that are there, over and over; one slot a
 * call.
 */
static double time_reset(struct workload *work, void (*reset)(struct workload *work))
{
	uint64_t samples[CYCLES];

	for (int i = -WARM_UP; i < CYCLES; i++) {
		uint64_t start = clock_read();

		workload_touch(work);
		reset(work);
		if (i >= 0)
			samples[i] = clock_read() - start - clock_cost();
		workload_check(work);
	}
	return (double)median(samples, CYCLES);
}

static void print(const char *contender, uint32_t made, uint64_t create, long maps, double reset)
{
	char key[64];

	result_contender(contender);
	result_value("slots", made);
	snprintf(key, sizeof(key), "create_%s", clock_unit());
	result_value(key, (double)create);
	result_value("vmas", (double)maps);
	result_value(clock_unit(), reset);
}

/* ---- guardslot ----------------------------------------------------------- */

static uint32_t middle;

static void device_reset(struct workload *work)
{
	pool_reset(work->own, &middle, 1);
}

static void run_device(struct workload *work, uint32_t count)
{
	struct pool_config config = {
		.slots = count,
		.reserve = SLOT_RESERVE,
		.guard = SLOT_GUARD,
		.max = MEMORY,
		.initial = MEMORY,
	};
	uint32_t *slots = allocate(count, sizeof(*slots)), image;
	long maps = count_maps();
	struct pool pool;
	uint64_t create;

	for (uint32_t i = 0; i < count; i++)
		slots[i] = i;
	create = clock_read();
	pool_open(&pool, &config);
	image = pool_image(&pool, 1, work->content, IMAGE, MEMORY);
	pool_rebind(&pool, slots, count, image);
	create = clock_read() - create;
	maps = count_maps() - maps;

	middle = count / 2;
	work->base[0] = pool_slot(&pool, middle);
	work->own = &pool;
	print("guardslot", count, create, maps, time_reset(work, device_reset));
	pool_close(&pool);
	free(slots);
}

/* ---- mmap -------------------------------------------------------------------- */

static int pagemap;
static int uffd = -1; /* slots are not watched */

/* What a slot needs: access, an image, and to be watched. False when there are no maps left. */
static bool slot_map(uint8_t *base, int file)
{
	if (mprotect(base, MEMORY, PROT_READ | PROT_WRITE) == 0 &&
	    mmap(base, IMAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED, file, 0) == base) {
		if (uffd >= 0)
			uffd_wp_watch(uffd, base, MEMORY);
		return true;
	}
	if (errno != ENOMEM)
		die("cannot make a slot: %m");
	return false;
}

static void mapped_reset(struct workload *work)
{
	pagemap_scan_restore(pagemap, work, work->base[0], MEMORY, true);
}

static void watched_reset(struct workload *work)
{
	uffd_wp_restore(pagemap, work);
}

static void run_mapped(struct workload *work, uint32_t count, const char *contender,
		       void (*reset)(struct workload *work))
{
	uint64_t stride = SLOT_RESERVE + SLOT_GUARD, create;
	int file = image_file_create(work->content, IMAGE);
	long maps = count_maps();
	uint32_t made = 0;
	uint8_t *slab;

	create = clock_read();
	slab = mmap(NULL, count * stride, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
		    -1, 0);
	if (slab == MAP_FAILED)
		die("mmap: %m");
	/* For all, as it could not be set slot by slot afterwards. */
	if (madvise(slab, count * stride, MADV_NOHUGEPAGE))
		die("madvise: %m");
	while (made < count && slot_map(slab + made * stride, file))
		made++;
	create = clock_read() - create;
	maps = count_maps() - maps;

	work->base[0] = slab + made / 2 * stride;
	pagemap = pagemap_scan_open();
	print(contender, made, create, maps, time_reset(work, reset));
	munmap(slab, count * stride);
	close(pagemap);
	close(file);
}

static void run_watched(struct workload *work, uint32_t count)
{
	uffd = uffd_wp_open();
	if (uffd < 0) {
		result_contender("mmap_uffd_wp_async");
		result_text("skipped", "this kernel has no UFFD_FEATURE_WP_ASYNC");
		return;
	}
	run_mapped(work, count, "mmap_uffd_wp_async", watched_reset);
	close(uffd);
	uffd = -1;
}

static void run_scale(void)
{
	uint32_t pages[WRITTEN];
	uint8_t *base[1];
	struct workload work = {
		.slots = 1,
		.memory = MEMORY,
		.image = IMAGE,
		.content = content_create(IMAGE, 1),
		.pages = pages,
		.count = WRITTEN,
		.base = base,
	};

	pages_dense(pages, WRITTEN);
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		result_begin("scale");
		result_param("slots", sizes[i]);
		result_param("pages", WRITTEN);
		if (is_wanted("guardslot"))
			run_device(&work, sizes[i]);
		if (is_wanted("mmap_pagemap_scan"))
			run_mapped(&work, sizes[i], "mmap_pagemap_scan", mapped_reset);
		if (is_wanted("mmap_uffd_wp_async"))
			run_watched(&work, sizes[i]);
		result_end();
	}
	free((void *)work.content);
}

const struct scenario scenario_scale = { "scale", run_scale };
