// SPDX-License-Identifier: MIT
/*
 * The same module again in the same slot: some pages are written, and all of them
 * are reset.
 */
#include <stdlib.h>

#include "measure.h"
#include "result.h"
#include "workload.h"

#define MEMORY (16 * MIB)
#define IMAGE (1 * MIB)
#define MOST_PAGES 1024
#define SPREAD 8

/* Rising. One page in eight, and from the front again at the memory's end. */
static void pages_scattered(uint32_t *pages, uint32_t count)
{
	uint32_t lap = MEMORY / page_size / SPREAD, laps = (count + lap - 1) / lap, n = 0;

	for (uint32_t group = 0; n < count; group++)
		for (uint32_t i = 0; i < laps && n < count; i++)
			pages[n++] = group * SPREAD + i;
}

static void run_pages(const char *name, const uint8_t *content, uint32_t count, const char *pattern)
{
	uint32_t pages[MOST_PAGES];
	struct workload work = {
		.memory = MEMORY,
		.image = IMAGE,
		.content = content,
		.pages = pages,
		.count = count,
	};

	if (*pattern == 'd')
		pages_dense(pages, count);
	else
		pages_scattered(pages, count);
	result_begin(name);
	result_param("pages", count);
	result_param_text("pattern", pattern);
	for (int i = 0; contenders[i]; i++)
		measure_contender(contenders[i], &work);
	result_end();
}

static void run_reset_affine(void)
{
	uint8_t *content = content_create(IMAGE, 1);

	for (uint32_t count = 1; count <= MOST_PAGES; count *= 4) {
		run_pages("reset_affine", content, count, "dense");
		run_pages("reset_affine", content, count, "scattered");
	}
	free(content);
}

/* The scenarios that a change of the module is checked by, which take two minutes. */
static void run_check(void)
{
	uint8_t *content = content_create(IMAGE, 1);

	for (uint32_t count = 1; count <= 64; count *= 4)
		run_pages("reset_affine", content, count, "dense");
	free(content);
	/* Instructions tell what resets decide by cost, which tests by time cannot. */
	scenario_varied.run();
	scenario_drift.run();
	scenario_bimodal.run();
	scenario_rebind.run();
	scenario_grow.run();
	scenario_first_instance.run();
	scenario_fault.run();
	scenario_instance_cycle.run();
	scenario_purge_module.run();
}

const struct scenario scenario_reset_affine = { "reset_affine", run_reset_affine };
const struct scenario scenario_check = { "check", run_check };
