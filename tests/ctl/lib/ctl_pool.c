// SPDX-License-Identifier: MIT
/* Makes pools by the library and finds their ids by guardslotctl. */
#include "ctl_pool.h"

#include "ctl.h"

struct shim_pool *pool_new(const struct shim_pool_config *config)
{
	struct shim_pool *pool;

	if (shim_pool_create(config, &pool))
		test_fail("pool: %s", shim_error());
	return pool;
}

struct shim_pool *pool_plain(uint32_t slots)
{
	const uint64_t size = 16 * PAGE;
	struct shim_pool_config config = {
		.size = sizeof(config),
		.backend = SHIM_BACKEND_DEVICE,
		.slots = slots,
		.area_count = 1,
		.areas = { { .reserve = size, .guard = size, .max = size, .initial = size } },
	};

	return pool_new(&config);
}

unsigned int pool_id(void)
{
	unsigned int pool, pid, found = 0;
	struct output output;

	ctl(&output, "list");
	test_eq(output.code, 0);
	for (char *line = strtok(output.out, "\n"); line; line = strtok(NULL, "\n"))
		if (sscanf(line, "%u\t%u\t", &pool, &pid) == 2 && pid == (unsigned int)getpid())
			found = pool;
	test_ok(found > 0);
	return found;
}
