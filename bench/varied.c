// SPDX-License-Identifier: MIT
/*
 * Each tenant writes some pages of many, chosen at random: what was once written
 * stays resident, and a contender that restores all that is resident restores many
 * clean pages.
 */
#include <stdlib.h>

#include "measure.h"
#include "result.h"
#include "workload.h"

#define MEMORY (16 * MIB)
#define IMAGE (1 * MIB)
#define UNION 512
#define WRITTEN 32

static uint32_t pages[UNION];
static uint64_t seed;

static int compare(const void *a, const void *b)
{
	uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;

	return (left > right) - (left < right);
}

/* The first cycle writes all of them. */
static void vary(struct workload *work)
{
	uint32_t i, other, page;

	work->count = UNION;
	if (!seed++)
		return;
	for (i = 0; i < WRITTEN; i++) {
		other = i + (uint32_t)(random_next(&seed) >> 33) % (UNION - i);
		page = pages[i];
		pages[i] = pages[other];
		pages[other] = page;
	}
	qsort(pages, WRITTEN, sizeof(*pages), compare);
	work->count = WRITTEN;
}

static void run_varied(void)
{
	struct workload work = {
		.memory = MEMORY,
		.image = IMAGE,
		.content = content_create(IMAGE, 1),
		.pages = pages,
		.vary = vary,
	};

	result_begin("varied");
	result_param("union", UNION);
	result_param("pages", WRITTEN);
	for (int i = 0; contenders[i]; i++) {
		pages_dense(pages, UNION);
		seed = 0;
		measure_contender(contenders[i], &work);
	}
	result_end();
	free((void *)work.content);
}

const struct scenario scenario_varied = { "varied", run_varied };
