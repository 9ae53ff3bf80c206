// SPDX-License-Identifier: MIT
/* Makes models of slots and images, and compares slots with them. */
#include "models.h"

#include "bytes.h"
#include "must.h"
#include "slots.h"
#include "test.h"

/* Models are left to the end of the process; the library has no part in it. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:model_none";
}

struct model model_none(const struct shim_pool_config *config)
{
	struct model model = { .areas = config->area_count };

	for (uint32_t i = 0; i < config->area_count; i++) {
		model.limits[i] = config->areas[i].initial;
		model.bytes[i] = calloc(1, config->areas[i].max + 1);
		test_ok(model.bytes[i]);
	}
	return model;
}

void model_free(struct model *model)
{
	for (uint32_t i = 0; i < model->areas; i++)
		free(model->bytes[i]);
}

void model_check(struct shim_pool *pool, uint32_t slot, const struct model *model)
{
	struct shim_slot_info info = query(pool, slot);

	for (uint32_t i = 0; i < model->areas; i++) {
		volatile unsigned char *at = area_at(pool, slot, i);

		test_eq(info.limit[i], model->limits[i]);
		test_mem((const void *)at, model->bytes[i], model->limits[i]);
		touches_fault(at + model->limits[i]);
	}
}

uint32_t image_noise(struct shim_pool *pool, const struct shim_pool_config *config, uint64_t tag,
		     unsigned int seed, struct model *model)
{
	struct shim_image_area areas[SHIM_MAX_AREAS] = { 0 };
	uint32_t image;

	*model = model_none(config);
	for (uint32_t i = 0; i < config->area_count; i++) {
		uint64_t limit = config->areas[i].max / 2 & ~(PAGE - 1);

		model->limits[i] = limit;
		areas[i].limit = limit;
		areas[i].offset = 100 + seed % 50;
		areas[i].length = limit / 2;
		fill(model->bytes[i] + areas[i].offset, areas[i].length, seed + i);
		areas[i].source = model->bytes[i] + areas[i].offset;
	}
	must(shim_image_create(pool, tag, areas, config->area_count, &image));
	return image;
}
