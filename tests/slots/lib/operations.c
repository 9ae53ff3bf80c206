// SPDX-License-Identifier: MIT
/* Takes slots of a pool through all operations. */
#include "operations.h"

#include "slot_test.h"

/* Shrinks into the image's content and grows again: it is there, and then zeroes. */
static void limits_work(struct shim_pool *pool, const struct shim_pool_config *config,
			const struct model *model)
{
	uint64_t limit = model->limits[0], max = config->areas[0].max;

	resize(pool, 0, 0, max);
	fill(area_at(pool, 0, 0), max, 8);
	resize(pool, 0, 0, PAGE);
	touches_fault(area_at(pool, 0, 0) + PAGE);
	resize(pool, 0, 0, max);
	test_mem((const void *)(area_at(pool, 0, 0) + PAGE), model->bytes[0] + PAGE, limit - PAGE);
	test_bytes((const void *)(area_at(pool, 0, 0) + limit), 0, max - limit);
	touches_fault(area_at(pool, 0, 0) + max);
}

void operations_work(struct shim_pool *pool, const struct shim_pool_config *config)
{
	struct model model, none = model_none(config);
	uint32_t image = image_noise(pool, config, 1, 3, &model), copy;

	rebind(pool, 0, image);
	model_check(pool, 0, &model);
	for (unsigned int round = 0; round < 3; round++) {
		dirty_all(pool, 0, round);
		limits_work(pool, config, &model);
		reset(pool, 0);
		model_check(pool, 0, &model);
	}
	purge(pool, 0);
	model_check(pool, 0, &model);

	fill(area_at(pool, 0, 0), PAGE, 11);
	must(shim_image_snapshot(pool, 2, 0, &copy));
	rebind(pool, 1, copy);
	test_eq(area_at(pool, 1, 0)[5], noise(5, 11));
	test_mem((const void *)(area_at(pool, 1, 0) + PAGE), model.bytes[0] + PAGE,
		 model.limits[0] - PAGE);
	must(shim_image_destroy(pool, copy));
	must(shim_image_destroy(pool, image));
	reset(pool, 0);
	model_check(pool, 0, &model);

	rebind(pool, 0, SHIM_IMAGE_NONE);
	model_check(pool, 0, &none);
	dirty_all(pool, 0, 4);
	purge(pool, 0);
	purge(pool, 1);
	model_check(pool, 0, &none);
	model_check(pool, 1, &none);
	must(release_kept(pool, 0));
	must(shim_pool_purge_idle(pool, NULL));
	must(shim_slot_claim(pool, 0));
	model_free(&model);
	model_free(&none);
}

void operations_work_anew(void)
{
	struct shim_pool_config config = config_default();
	struct shim_pool *pool = pool_create(&config);

	operations_work(pool, &config);
	pool_destroy(pool);
}
