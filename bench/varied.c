// SPDX-License-Identifier: MIT
/*
 * Tenants that do not all write the same pages: what was once written may stay resident,
 * and a contender that restores all that is resident restores many clean pages.
 */
#include <stdlib.h>

#include "measure.h"
#include "result.h"
#include "workload.h"

#define MEMORY (16 * MIB)
#define IMAGE (1 * MIB)
#define UNION 512
#define WRITTEN 32
/* Of bimodal, how many a large tenant writes, and every how many tenants there is one. */
#define MANY 320
#define EVERY 10
/* Of drift. */
#define SET 64
#define TENANCIES 100

static uint32_t pages[UNION];
static uint64_t seed;
static uint32_t tenants;

static int compare(const void *a, const void *b)
{
	uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;

	return (left > right) - (left < right);
}

/* That many pages of all come first, at random. */
static void choose(struct workload *work, uint32_t count)
{
	uint32_t i, other, page;

	for (i = 0; i < count; i++) {
		other = i + (uint32_t)(random_next(&seed) >> 33) % (UNION - i);
		page = pages[i];
		pages[i] = pages[other];
		pages[other] = page;
	}
	qsort(pages, count, sizeof(*pages), compare);
	work->count = count;
}

/* The first cycle writes all of them. */
static void vary(struct workload *work)
{
	work->count = UNION;
	if (!seed++)
		return;
	choose(work, WRITTEN);
}

static void vary_bimodal(struct workload *work)
{
	work->count = UNION;
	if (!seed++)
		return;
	choose(work, ++tenants % EVERY ? WRITTEN : MANY);
}

static void vary_drift(struct workload *work)
{
	uint32_t first = tenants++ / TENANCIES * SET;

	for (uint32_t i = 0; i < SET; i++)
		pages[i] = first + i;
	work->count = SET;
}

static void run(struct workload *work)
{
	work->memory = MEMORY;
	work->image = IMAGE;
	work->content = content_create(IMAGE, 1);
	work->pages = pages;
	for (int i = 0; contenders[i]; i++) {
		pages_dense(pages, UNION);
		seed = 0;
		tenants = 0;
		work->count = WRITTEN;
		measure_contender(contenders[i], work);
	}
	result_end();
	free((void *)work->content);
}

static void run_varied(void)
{
	struct workload work = { .vary = vary };

	result_begin("varied");
	result_param("union", UNION);
	result_param("pages", WRITTEN);
	run(&work);
}

static void run_drift(void)
{
	struct workload work = {
		.vary = vary_drift,
		.warm_up = 250,
		.cycles = 101,
		.mean = true,
	};

	result_begin("drift");
	result_param("pages", SET);
	result_param("tenancies", TENANCIES);
	run(&work);
}

static void run_bimodal(void)
{
	struct workload work = { .vary = vary_bimodal, .cycles = 101, .mean = true };

	result_begin("bimodal");
	result_param("union", UNION);
	result_param("pages", WRITTEN);
	result_param("many", MANY);
	run(&work);
}

const struct scenario scenario_varied = { "varied", run_varied };
const struct scenario scenario_drift = { "drift", run_drift };
const struct scenario scenario_bimodal = { "bimodal", run_bimodal };
