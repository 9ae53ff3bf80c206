// SPDX-License-Identifier: MIT
// Threads that work on slots of their own do not disturb each other, whatever they do.
#include "slot_test.h"

#include <pthread.h>

#define THREADS 4
#define ROUNDS 150

static struct shim_pool_config config;
static struct shim_pool *pool;
static struct model models[3];
static uint32_t images[3];

static void round_run(uint32_t slot, unsigned int round)
{
	unsigned int bound = (slot + round / 8) % 3;
	uint64_t limit = (round % 48 + 1) * PAGE;

	rebind(pool, slot, images[bound]);
	resize(pool, slot, 0, limit);
	fill(area_at(pool, slot, 0), limit, round);
	resize(pool, slot, 1, round % 13 * PAGE);
	if (round % 7 == 3)
		purge(pool, slot);
	else
		reset(pool, slot);
	model_check(pool, slot, &models[bound]);
}

static void *work(void *name)
{
	uint32_t slot = (uint32_t)(uintptr_t)name;

	for (unsigned int round = 0; round < ROUNDS; round++)
		round_run(slot, round);
	return NULL;
}

/* Makes, copies and drops images while the others bind theirs. */
static void *churn(void *unused)
{
	(void)unused;
	for (unsigned int round = 0; round < ROUNDS; round++) {
		struct model model;
		uint32_t image = image_noise(pool, &config, 7, round, &model), copy, done;

		rebind(pool, THREADS, image);
		must(shim_image_destroy(pool, image));
		must(shim_image_snapshot(pool, 8, THREADS, &copy));
		must(shim_pool_purge_tag(pool, 7, &done));
		test_eq(done, 1);
		rebind(pool, THREADS, copy);
		model_check(pool, THREADS, &model);
		must(shim_image_destroy(pool, copy));
		model_free(&model);
	}
	return NULL;
}

TEST("bind, write, resize, reset and purge on four slots, and images come and go")
{
	pthread_t threads[THREADS + 1];

	config = config_default();
	config.slots = THREADS + 1;
	pool = pool_create(&config);
	models[0] = model_none(&config);
	images[1] = image_noise(pool, &config, 1, 1, &models[1]);
	images[2] = image_noise(pool, &config, 2, 2, &models[2]);
	for (uintptr_t i = 0; i < THREADS; i++)
		test_eq(pthread_create(&threads[i], NULL, work, (void *)i), 0);
	test_eq(pthread_create(&threads[THREADS], NULL, churn, NULL), 0);
	for (unsigned int i = 0; i <= THREADS; i++)
		pthread_join(threads[i], NULL);
	pool_destroy(pool);
}

static void *hammer(void *unused)
{
	(void)unused;
	for (unsigned int round = 0; round < ROUNDS * 4; round++) {
		const uint32_t slots[] = { 2, 1, 0, 1 };

		must(shim_slot_rebind(pool, slots, ARRAY_SIZE(slots), images[round % 3], NULL));
		must(shim_pool_purge_image(pool, images[1], NULL));
		resize(pool, 1, 0, (round % 48 + 1) * PAGE);
		query(pool, 0);
	}
	return NULL;
}

TEST("calls on the same slots are one after the other")
{
	pthread_t threads[THREADS];

	config = config_default();
	pool = pool_create(&config);
	models[0] = model_none(&config);
	images[1] = image_noise(pool, &config, 1, 1, &models[1]);
	images[2] = image_noise(pool, &config, 2, 2, &models[2]);
	for (uintptr_t i = 0; i < THREADS; i++)
		test_eq(pthread_create(&threads[i], NULL, hammer, NULL), 0);
	for (unsigned int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	for (uint32_t slot = 0; slot < 3; slot++) {
		rebind(pool, slot, images[2]);
		model_check(pool, slot, &models[2]);
	}
	pool_destroy(pool);
}

TEST_MAIN()
