// SPDX-License-Identifier: MIT
// Of slots with as many areas as there can be, each area is shown.
#include "test.h"

#include <stdio.h>

#include "ctl.h"
#include "ctl_pool.h"

#define AREAS 16

static struct shim_pool *pool_many(void)
{
	struct shim_pool_config config = {
		.size = sizeof(config),
		.backend = SHIM_BACKEND_DEVICE,
		.slots = 1,
		.area_count = AREAS,
	};

	for (uint32_t i = 0; i < config.area_count; i++)
		config.areas[i] = (struct shim_area_config){ .reserve = AREAS * PAGE,
							     .guard = i * PAGE,
							     .max = AREAS * PAGE,
							     .initial = i * PAGE };
	return pool_new(&config);
}

TEST("by show, five columns each")
{
	struct shim_pool *pool = pool_many();
	struct output output;
	char words[128], expected[256];

	for (uint32_t i = 0; i < AREAS; i++) {
		snprintf(words, sizeof(words), "show -o area%u_guard,area%u_initial %u", i, i,
			 pool_id());
		snprintf(expected, sizeof(expected),
			 "field\tvalue\narea%u_guard\t%zu\narea%u_initial\t%zu\n", i, i * PAGE, i,
			 i * PAGE);
		ctl(&output, words);
		test_str(output.err, "");
		test_str(output.out, expected);
	}
	shim_pool_destroy(pool);
}

TEST("by slots, the limits in their order")
{
	struct shim_pool *pool = pool_many();
	struct output output;
	char words[128], expected[256] = "limits\n";
	size_t length = strlen(expected);

	test_success(shim_slot_resize(pool, 0, AREAS - 1, PAGE, NULL));
	for (size_t i = 0; i < AREAS; i++)
		length += (size_t)snprintf(expected + length, sizeof(expected) - length, "%s%zu",
					   i ? "," : "", i == AREAS - 1 ? PAGE : i * PAGE);
	snprintf(expected + length, sizeof(expected) - length, "\n");
	snprintf(words, sizeof(words), "slots -o limits %u", pool_id());
	ctl(&output, words);
	test_str(output.err, "");
	test_str(output.out, expected);
	shim_pool_destroy(pool);
}

TEST_MAIN()
