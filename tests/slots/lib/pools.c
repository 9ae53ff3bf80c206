// SPDX-License-Identifier: MIT
/* Makes pools and destroys those that a test leaves behind. */
#include "pools.h"

#include "backend.h"
#include "must.h"
#include "test.h"

/* The pools that the test has not destroyed. */
static struct shim_pool *pools_left[8];

struct shim_pool_config config_default(void)
{
	return (struct shim_pool_config){
		.size = sizeof(struct shim_pool_config),
		.backend = backend_get(),
		.slots = 4,
		.area_count = 2,
		.pre_guard = 16 * PAGE,
		.areas = {
			{ .reserve = 64 * PAGE, .guard = 16 * PAGE, .max = 48 * PAGE,
			  .initial = 4 * PAGE },
			{ .reserve = 12 * PAGE, .guard = 3 * PAGE, .max = 12 * PAGE,
			  .initial = 2 * PAGE },
		},
	};
}

struct shim_pool *pool_create(const struct shim_pool_config *config)
{
	struct shim_pool *pool;
	unsigned int i = 0;

	must(shim_pool_create(config, &pool));
	while (pools_left[i])
		test_ok(++i < ARRAY_SIZE(pools_left));
	pools_left[i] = pool;
	return pool;
}

void pool_destroy(struct shim_pool *pool)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(pools_left); i++)
		if (pools_left[i] == pool)
			pools_left[i] = NULL;
	shim_pool_destroy(pool);
}

/* At the end of a test: what a sanitizer then finds leaked was lost by the library. */
__attribute__((destructor)) static void pools_destroy(void)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(pools_left); i++)
		shim_pool_destroy(pools_left[i]);
}

struct shim_pool *pool_default(void)
{
	struct shim_pool_config config = config_default();

	return pool_create(&config);
}
